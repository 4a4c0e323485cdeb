"""The printed report of readings: Typst makes the PDF, and gets every word of a file as data, never as markup."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from stroma import __version__
from stroma.release.cytometry.gates import Gate
from stroma.release.cytometry.plots import plots_of, printed
from stroma.release.cytometry.reading import Population, Reading

PROVISIONAL_WORDS = (
    "Thresholds are the panel's own, not taken from a control measured with these cells. "
    "No lot is released on them."
)


def report_pdf(readings: Sequence[Reading]) -> bytes:
    """The report as PDF; the same readings give the same bytes, since nothing of the clock goes into it."""
    import typst  # slow import

    template = files("stroma.release.cytometry").joinpath("report.typ").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        values = {
            "title": "Flow cytometry",
            "footer": f"Stroma {__version__}, flow cytometry",
            "readings": [_values(one, number, root) for number, one in enumerate(readings)],
        }
        (root / "report.json").write_text(json.dumps(values, ensure_ascii=False), "utf-8")
        (root / "main.typ").write_text(template, "utf-8")
        return bytes(typst.compile(str(root / "main.typ"), root=str(root)))


def _values(reading: Reading, number: int, root: Path) -> dict[str, Any]:
    data = reading.data
    plots = []
    for place, plot in enumerate(plots_of(reading)):
        name = f"plot-{number}-{place}.svg"
        (root / name).write_text(printed(plot.svg), "utf-8")
        plots.append({"title": plot.title, "file": name})
    several = f", data set {data.number}" if data.number > 1 else ""
    panel = reading.panel.title if reading.panel else "no panel"
    compensation = reading.gate_set.compensation
    return {
        "heading": f"{Path(data.file).name}{several}",
        "lead": f"{data.version}, {data.cytometer or 'cytometer not named'}, {data.events} events. "
        f"Panel: {panel}. Compensation: {compensation.origin if compensation else 'none'}.",
        "provisional": reading.is_provisional,
        "provisional_words": PROVISIONAL_WORDS,
        "populations": [_population(one) for one in reading.populations],
        "plots": plots,
        "warnings": list(reading.warnings),
        "gates": [_gate(one) for one in reading.gate_set.gates],
        "digests": f"Gate set {reading.gate_set.digest}, version {reading.gate_set.version}. "
        f"Panel {reading.gate_set.panel or 'none'}.",
    }


def _population(one: Population) -> dict[str, str]:
    sign = "≥" if one.expect == "positive" else "≤"
    return {
        "name": one.name,
        "count": f"{one.count}",
        "percent": "–" if one.percent is None else f"{one.percent:.2f}",
        "interval": f"{one.low:.2f}–{one.high:.2f}" if one.parent else "",
        "limit": "" if one.limit_percent is None else f"{sign} {one.limit_percent:g} %",
        "verdict": one.verdict,
    }


def _gate(gate: Gate) -> dict[str, str]:
    reason = f" ({gate.reason})" if gate.reason else ""
    return {
        "name": gate.name,
        "channels": " / ".join(gate.channels),
        "low": "" if gate.low is None else f"{gate.low:.6g}",
        "high": "" if gate.high is None else f"{gate.high:.6g}",
        "origin": gate.origin + reason,
    }


def file_digest(content: bytes) -> str:
    """SHA-256 of a file as it was handed in."""
    return hashlib.sha256(content).hexdigest()
