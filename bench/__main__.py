"""``./run bench [NAME [arguments]]``: one benchmark, or without a name the list of them.

A benchmark is a module of this folder with ``main(arguments) -> int``; the first line of its docstring is its row in
the list. Nothing here is asserted by a test: a benchmark prints what it measured, beside a peer or the plain way and
the physical limit, from one run.
"""

import ast
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """The name of each benchmark and the first line of what it says of itself; nothing is imported."""
    rows = {}
    for path in sorted(FOLDER.glob("[a-z]*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in module.body):
            rows[path.stem] = (ast.get_docstring(module) or "").split("\n")[0]
    return rows


def run(arguments: Sequence[str]) -> int:
    """Run the benchmark that is named first; 2 when there is none of that name."""
    rows = benchmarks()
    if not arguments or arguments[0] in {"-h", "--help"}:
        for name, line in rows.items():
            print(f"{name:16} {line}")
        return 0
    name, *rest = arguments
    if name not in rows:
        print(f'There is no benchmark "{name}". There are: {", ".join(rows)}.', file=sys.stderr)
        return 2
    return int(importlib.import_module(f"bench.{name}").main(rest))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
