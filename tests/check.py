"""``./run check``: formatting, lint, order of imports, types, migrations.

Prints each tool's verdict, and what it found where it disagrees, then one closing line.
Every tool runs even when an earlier one failed, so that one run shows all there is to mend. Exit 0 when all
agree, else 1. ``./run check --fix`` formats, and mends what ruff can mend, first.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

TOOLS = {
    "format": ["-m", "ruff", "format", "--check", "."],
    "lint": ["-m", "ruff", "check", "."],
    "order of imports": [
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        "--no-logo",
    ],
    "types": ["-m", "mypy"],
    "migrations": ["-m", "django", "makemigrations", "--check", "--dry-run"],
}
MENDING = [["-m", "ruff", "check", "--fix", "--quiet", "."], ["-m", "ruff", "format", "--quiet", "."]]


def main(arguments: Sequence[str]) -> int:
    """Run every tool and say what each found."""
    parser = argparse.ArgumentParser(prog="./run check", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="mend first what can be mended by itself")
    if parser.parse_args(arguments).fix:
        for command in MENDING:
            _run(command)
    failed = []
    for name, command in TOOLS.items():
        started = time.monotonic()
        code, said = _run(command)
        if code:
            failed.append(name)
            print(said.rstrip())
        print(f"{name}: {'FAILED' if code else 'ok'} ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"Check: FAILED: {', '.join(failed)}." if failed else "Check: all ok.")
    return int(bool(failed))


def _run(command: Sequence[str]) -> tuple[int, str]:
    with tempfile.TemporaryDirectory(prefix="stroma-check-") as home:
        # The settings as they are with nothing set: no tool may touch anybody's database.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STROMA_")}
        environment |= {"STROMA_HOME": home, "DJANGO_SETTINGS_MODULE": "stroma.config.settings"}
        environment["PYTHONPATH"] = str(CHECKOUT)
        done = subprocess.run(
            [sys.executable, *command],
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
