"""Cytometry: one million events × 12 channels read, compensated, scaled and gated, beside FlowKit and the memory.

The file is made here. Both do the same work from the file on disk to the counts of the same eleven gates: compensate
eight dyes by the file's spillover, scale them by logicle, gate cells, singlets and live cells, and count seven stains
among them. FlowKit computes the scale of every event; ours asks once which linear value lies at the threshold, which
is the same question, since a scale rises. The reference gates of Gating-ML 2.0 are counted as well, where the real data
is there. The limit is the time in which the file's bytes can be read from memory at all.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from bench.gating_ml import EVENTS, FILE, REFERENCES, gate_set_of
from stroma.release.cytometry.counting import count
from stroma.release.cytometry.fcs import read_fcs
from stroma.release.cytometry.gates import ROOT, Gate, GateSet
from stroma.release.cytometry.scales import Scale
from stroma.release.cytometry.spillover import compensation_from, spillover_of
from stroma.release.cytometry.write import write_fcs

DYES = tuple(f"FL{number}-A" for number in range(1, 9))
NAMES = ("FSC-A", "FSC-H", "SSC-A", *DYES, "Time")
SCALE = {"t": 262144.0, "w": 0.5, "m": 4.5, "a": 0.0}
THRESHOLD = 0.46
"""On the logicle scale: between dark and bright."""

RANGES = (
    ("cells", ROOT, "FSC-A", 20_000.0, 250_000.0, False),
    ("in side scatter", "cells", "SSC-A", 5_000.0, 250_000.0, False),
    ("singlets", "in side scatter", "FSC-H", 15_000.0, 80_000.0, False),
    ("live", "singlets", DYES[7], None, THRESHOLD, True),
    *((f"{name} positive", "live", name, THRESHOLD, None, True) for name in DYES[:7]),
)
"""Name, parent, channel, from, to, whether on the scale: the same gates for both."""


def make_file(path: Path, events: int) -> None:
    """Cells, two in three of them bright in each dye, spilled into their neighbours."""
    chance = np.random.default_rng(20_260)
    table = np.empty((events, len(NAMES)))
    table[:, 0] = chance.normal(70_000, 15_000, events)
    table[:, 1] = table[:, 0] / 1.3 * chance.normal(1, 0.04, events)
    table[:, 2] = chance.normal(50_000, 9_000, events)
    for place in range(3, 11):
        bright = chance.lognormal(9, 0.6, events)
        table[:, place] = np.where(chance.random(events) < 0.66, bright, chance.normal(0, 250, events))
    spill = np.eye(8) + 0.06 * chance.random((8, 8)) * (1 - np.eye(8))
    table[:, 3:11] = table[:, 3:11] @ spill
    table[:, 11] = np.sort(chance.random(events)) * 1e5
    words = ",".join(["8", *DYES, *(f"{value:.6f}" for value in spill.ravel())])
    write_fcs(path, table, [(name, "") for name in NAMES], keywords={"$SPILLOVER": words})


def ours(path: Path, threads: int) -> dict[str, int]:
    """From the file to the counts."""
    (data,) = read_fcs(path)
    spillover = spillover_of(data)
    assert spillover is not None
    scale = Scale("logicle", **SCALE)
    gates = []
    for name, parent, channel, low, high, is_scaled in RANGES:
        bounds = [
            float(scale.inverse(np.array([bound]))[0]) if is_scaled and bound is not None else bound
            for bound in (low, high)
        ]
        gates.append(Gate(name, parent, "range", (channel,), *bounds))
    gate_set = GateSet(tuple(gates), compensation_from(spillover, file=str(path)))
    return count(data, gate_set, threads=threads).counts


def flowkit(path: Path) -> dict[str, int]:
    """The same by FlowKit's own objects."""
    import flowkit as fk

    sample = fk.Sample(str(path))
    strategy = fk.GatingStrategy()
    strategy.add_comp_matrix("spill", fk.Matrix(sample.metadata["spillover"], DYES))
    strategy.add_transform(
        "logicle",
        fk.transforms.LogicleTransform(
            param_t=SCALE["t"], param_w=SCALE["w"], param_m=SCALE["m"], param_a=SCALE["a"]
        ),
    )
    path_to: dict[str, tuple[str, ...]] = {ROOT: ("root",)}
    for name, parent, channel, low, high, is_scaled in RANGES:
        dimension = fk.Dimension(
            channel,
            compensation_ref="spill" if channel in DYES else "uncompensated",
            transformation_ref="logicle" if is_scaled else None,
            range_min=low,
            range_max=high,
        )
        strategy.add_gate(fk.gates.RectangleGate(name, [dimension]), gate_path=path_to[parent])
        path_to[name] = (*path_to[parent], name)
    results = strategy.gate_sample(sample)
    return {row[0]: results.get_gate_count(row[0], gate_path=path_to[row[1]]) for row in RANGES}


def best(work: Callable[[], dict[str, int]], times: int) -> tuple[float, dict[str, int]]:
    """The shortest of some runs, and the answer."""
    shortest, answer = float("inf"), {}
    for _ in range(times):
        begun = time.perf_counter()
        answer = work()
        shortest = min(shortest, time.perf_counter() - begun)
    return shortest, answer


def bandwidth() -> float:
    """Bytes a second that one core reads from memory: a sum over an array past every cache."""
    values = np.ones(1 << 25, np.float64)
    seconds = min(best(lambda: {"": int(values.sum())}, 1)[0] for _ in range(5))
    return values.nbytes / seconds


def reference_lines() -> list[str]:
    """Our counts beside those published with Gating-ML 2.0."""
    root = Path(os.environ.get("STROMA_REAL_DATA") or Path(__file__).parents[1] / ".." / "shared" / "data")
    if not (root / FILE).is_file():
        return ["Gating-ML 2.0 reference gates: not run, the real data is not there"]
    (data,) = read_fcs(root / FILE)
    assert data.events == EVENTS
    found = {one.name: count(data, gate_set_of(one)).of(one.name) for one in REFERENCES}
    same = [one.name for one in REFERENCES if found[one.name] == one.events]
    other = [f"{one.name} {found[one.name]}, not {one.events}" for one in REFERENCES if one.name not in same]
    line = f"Gating-ML 2.0 reference gates: {len(same)} of {len(REFERENCES)} counts are the published ones"
    return [line, *other]


def main(arguments: Sequence[str]) -> int:
    """Make the file, run both, print; 1 where a count differs."""
    parser = argparse.ArgumentParser(prog="bench cytometry")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5, help="runs of which the shortest counts")
    options = parser.parse_args(list(arguments))
    lines = reference_lines()
    is_same = not lines[1:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.fcs"
        make_file(path, options.events)
        size = path.stat().st_size
        speed = bandwidth()
        print(
            f"{options.events:,} events × {len(NAMES)} channels, {size / 1e6:.0f} MB, {os.cpu_count()} cores"
        )
        print(f"{'':28}{'seconds':>10}{'M events/s':>12}")
        rows = {}
        for threads in (1, 2):
            rows[threads] = best(lambda threads=threads: ours(path, threads), options.times)  # type: ignore[misc]
            _row(f"Stroma, {threads} thread{'s' * (threads > 1)}", rows[threads][0], options.events)
        fastest = min(seconds for seconds, _ in rows.values())
        try:
            seconds, theirs = best(lambda: flowkit(path), max(options.times // 2, 1))
        except ImportError:
            lines.append("FlowKit is not installed: ./run bench installs it")
        else:
            _row("FlowKit", seconds, options.events)
            counts = rows[1][1]
            differing = {
                name: (counts[name], theirs[name]) for name in counts if counts[name] != theirs[name]
            }
            is_same = is_same and not differing
            lines.append(f"Stroma is {seconds / fastest:.0f} times as fast as FlowKit")
            lines.append(f"Counts of the {len(counts)} gates: {differing or 'the same'}")
        _row(f"memory, {speed / 1e9:.1f} GB/s", size / speed, options.events)
    is_same = is_same and rows[1][1] == rows[2][1]
    print("\n".join(lines))
    return 0 if is_same else 1


def _row(name: str, seconds: float, events: int) -> None:
    print(f"{name:28}{seconds:10.3f}{events / seconds / 1e6:12.1f}")


if __name__ == "__main__":
    raise SystemExit(main([]))
