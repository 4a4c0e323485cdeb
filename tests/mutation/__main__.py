"""``./run python -m tests.mutation``: take each guard away in turn and see that a test fails.

Three kinds: every reason of a pure rule, the question who may in every module of actions, every trigger of the
database. One run for each step of the house, and one for the triggers, each bounded by ``--seconds``. Prints what came
of each guard, and a table; ``--table FILE`` writes it. Exit 0 when a test failed for each, 1 when a guard was taken
away and nothing noticed, 3 when the time was up before all were tried. ``--step NAME`` (``database`` for the triggers)
and ``--only WORD`` take some; ``--list`` names them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import django

from tests.mutation.mutants import (
    CHECKOUT,
    Mutant,
    authorize_mutants,
    guard_mutants,
    needs_database,
    rule_mutants,
)
from tests.mutation.table import Row, table

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "tests.mutation.plugin", "-p", "no:cacheprovider")
DATABASE = "database"


@dataclass
class Slice:
    """The guards of one step, tried in one run."""

    step: str
    mutants: list[Mutant]
    noticed: dict[str, str] = field(default_factory=dict)
    out_of_time: bool = False
    tried: dict[str, int] = field(default_factory=dict)

    def is_open(self, name: str) -> bool:
        """Whether the time was up before this guard could be called unnoticed."""
        return self.out_of_time and name not in self.noticed


def main(arguments: Sequence[str]) -> int:
    """Try the guards that are asked for."""
    parser = argparse.ArgumentParser(
        prog="./run python -m tests.mutation", description=__doc__.split("\n")[0]
    )
    parser.add_argument(
        "--step", metavar="NAME", action="append", default=[], help="a step; several are well"
    )
    parser.add_argument("--only", metavar="WORD", default="", help="guards whose name holds this")
    parser.add_argument("--seconds", type=int, default=600, help="for one step (600)")
    parser.add_argument("--list", action="store_true", help="name the guards and stop")
    parser.add_argument("--table", metavar="FILE", type=Path, help="write what came of it as a page")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    slices = _slices(options.only, options.step)
    if options.list:
        print("\n".join(mutant.name for one in slices for mutant in one.mutants))
        return 0
    for one in slices:
        _try(one, options.seconds)
    rows = [
        Row(one.step, mutant.name, one.noticed.get(mutant.name, ""), one.is_open(mutant.name))
        for one in slices
        for mutant in one.mutants
    ]
    if options.table:
        options.table.write_text(table(rows), encoding="utf-8")
    survived = [row.name for row in rows if not row.noticed_by and not row.is_open]
    untried = [row.name for row in rows if row.is_open]
    print(f"\ntaken away {len(rows)}, noticed {len(rows) - len(survived) - len(untried)}")
    for name in survived:
        print(f"NOT NOTICED: {name}")
    for name in untried:
        print(f"time was up: {name}")
    return 1 if survived else 3 if untried else 0


def _slices(only: str, steps: Sequence[str]) -> list[Slice]:
    found: dict[str, Slice] = {}
    for mutant in (*rule_mutants(), *authorize_mutants(), *guard_mutants()):
        step = DATABASE if mutant.name.startswith("guard:") else mutant.name.split(":")[1].split(".")[1]
        if only in mutant.name and (not steps or step in steps):
            found.setdefault(step, Slice(step, [])).mutants.append(mutant)
    return list(found.values())


def _try(one: Slice, seconds: int) -> None:
    began = time.monotonic()
    files = _quickest_first(one.mutants)
    with tempfile.TemporaryDirectory() as folder:
        verdicts = Path(folder) / "verdicts.json"
        orders = {
            "mutants": [mutant.name for mutant in one.mutants],
            "seconds": seconds,
            "verdicts": str(verdicts),
        }
        done = subprocess.run(
            [*PYTEST, *files],
            cwd=CHECKOUT,
            env=os.environ | {"STROMA_TESTS_MUTANTS": json.dumps(orders)},
            capture_output=True,
            check=False,
        )
        if not verdicts.exists():
            print(done.stdout.decode()[-2000:], done.stderr.decode()[-2000:], file=sys.stderr)
            raise SystemExit(2)
        told = json.loads(verdicts.read_text(encoding="utf-8"))
    one.noticed, one.tried, one.out_of_time = told["noticed"], told["tried"], told["out_of_time"]
    print(
        f"{one.step}: {len(one.noticed)} of {len(one.mutants)} noticed, {time.monotonic() - began:.0f} s",
        flush=True,
    )
    for mutant in one.mutants:
        if mutant.name not in one.noticed:
            print(f"  {mutant.name}: not noticed by {one.tried.get(mutant.name, 0)} tests", flush=True)
    for node in told["sick"]:
        print(f"  {node} fails as it is; it says nothing here", flush=True)


def _quickest_first(mutants: Sequence[Mutant]) -> list[str]:
    """Each file once: those without a database first, then those that come first for a guard."""
    place: dict[str, int] = {}
    for mutant in mutants:
        for number, file in enumerate(mutant.tests):
            place[file] = min(number, place.get(file, number))
    return sorted(place, key=lambda file: (needs_database(file), place[file], file))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
