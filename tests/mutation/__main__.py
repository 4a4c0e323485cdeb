"""``./run python -m tests.mutation``: take each guard away in turn and see that a test fails.

Three kinds: every reason of a pure rule, the question who may in every module of actions, every trigger of the
database. Prints each guard with what came of it and a table at the end. Exit 0 when a test failed for each, 1 when a
guard was taken away and nothing noticed. ``--only WORD`` takes those whose name holds the word; ``--list`` names them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import django

from tests.mutation.mutants import (
    CHECKOUT,
    ROUND_THE_DATABASE,
    Mutant,
    authorize_mutants,
    guard_mutants,
    rule_mutants,
)

SECONDS_FOR_ONE = 900
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "tests.mutation.plugin", "-p", "no:cacheprovider")


def main(arguments: Sequence[str]) -> int:
    """Try the guards that are asked for."""
    parser = argparse.ArgumentParser(
        prog="./run python -m tests.mutation", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--only", metavar="WORD", default="", help="guards whose name holds this")
    parser.add_argument("--list", action="store_true", help="name the guards and stop")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    alone = [m for m in (*rule_mutants(), *authorize_mutants()) if options.only in m.name]
    guards = [m for m in guard_mutants() if options.only in m.name]
    if options.list:
        print("\n".join(m.name for m in (*alone, *guards)))
        return 0
    survived = [
        mutant.name for number, mutant in enumerate(alone, 1) if not _killed(mutant, number, len(alone))
    ]
    survived += _guards_that_survive(guards) if guards else []
    tried = len(alone) + len(guards)
    print(
        f"\ntaken away | noticed | not noticed\n{tried:10} | {tried - len(survived):7} | {len(survived):11}"
    )
    for name in survived:
        print(f"NOT NOTICED: {name}")
    return 1 if survived else 0


def _killed(mutant: Mutant, number: int, of: int) -> bool:
    """Whether a test fails without this guard: file by file, so that the quick ones may spare the slow."""
    began = time.monotonic()
    by = next((file for file in mutant.tests if _fails(mutant.name, [file])), "")
    told = (
        f"noticed by {by}" if by else "NOT NOTICED" if mutant.tests else "NOT NOTICED: no test speaks of it"
    )
    print(f"[{number}/{of}] {mutant.name}: {told} ({time.monotonic() - began:.0f} s)", flush=True)
    return bool(by)


def _fails(mutant: str, files: Sequence[str]) -> bool:
    command = [*PYTEST, "-x", *files]
    environment = os.environ | {"STROMA_TESTS_MUTANT": mutant}
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, check=False, timeout=SECONDS_FOR_ONE
    )
    if done.returncode not in {0, 1, 5}:
        print(done.stdout.decode()[-2000:], done.stderr.decode()[-2000:], file=sys.stderr)
        raise SystemExit(2)
    return done.returncode == 1


def _guards_that_survive(guards: Sequence[Mutant]) -> list[str]:
    """All triggers in one run: each case of ``tests/never`` meets a database without the guard that it tries."""
    print(f"{len(guards)} guards of the database, in one run", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        verdicts = Path(folder) / "verdicts.json"
        subprocess.run(
            [*PYTEST, *ROUND_THE_DATABASE],
            cwd=CHECKOUT,
            env=os.environ | {"STROMA_TESTS_MUTANT": "guards", "STROMA_TESTS_VERDICTS": str(verdicts)},
            capture_output=True,
            check=False,
        )
        failed = json.loads(verdicts.read_text(encoding="utf-8"))
    survived = []
    for mutant in guards:
        guard = mutant.name.removeprefix("guard:")
        noticed = [node for node, has_failed in failed.items() if f"[{guard}: " in node and has_failed]
        print(
            f"{mutant.name}: {f'noticed by {len(noticed)} tests' if noticed else 'NOT NOTICED'}", flush=True
        )
        survived += [] if noticed else [mutant.name]
    return survived


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
