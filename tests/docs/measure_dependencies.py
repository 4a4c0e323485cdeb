"""What each part in ``requirements/*.in`` takes on disk, in MB: ``./run python -m tests.docs.measure_dependencies``.

Counts the files that the installed packages list as theirs, compiled Python left out. "With all it needs" adds
what the part itself requires, also where another part requires it too; so the columns do not add up.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.docs.made import CHECKOUT

BYTES_PER_MB = 1_000_000


def parts_of(list_name: str) -> list[Requirement]:
    """The parts that ``requirements/LIST.in`` names, lists it includes left out."""
    lines = (CHECKOUT / "requirements" / f"{list_name}.in").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line.strip() and not line.startswith(("#", "-r"))]


def measured(part: Requirement) -> tuple[float, float] | None:
    """MB of the part itself and of it with all it needs; None where it is not installed."""
    try:
        own = _bytes(distribution(part.name))
    except PackageNotFoundError:
        return None
    return own / BYTES_PER_MB, sum(_bytes(d) for d in _needed([part])) / BYTES_PER_MB


def whole(list_name: str) -> float:
    """MB of all parts of a list and all they need, each package once."""
    return sum(_bytes(d) for d in _needed(parts_of(list_name))) / BYTES_PER_MB


def _needed(parts: list[Requirement]) -> Iterator[Distribution]:
    waiting = [(part.name, frozenset(part.extras)) for part in parts]
    seen: set[tuple[str, frozenset[str]]] = set()
    told: set[str] = set()
    while waiting:
        name, extras = waiting.pop()
        name = re.sub(r"[-_.]+", "-", name).lower()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        if name not in told:
            told.add(name)
            yield found
        for text in found.requires or ():
            required = Requirement(text)
            environments = [{"extra": extra} for extra in (extras or {""})]
            if required.marker is None or any(required.marker.evaluate(e) for e in environments):
                waiting.append((required.name, frozenset(required.extras)))


def _bytes(found: Distribution) -> int:
    paths = [Path(str(found.locate_file(file))) for file in found.files or () if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.is_file())


def main() -> int:
    """Print one line for each part, then the sums."""
    for list_name in ("run", "dev"):
        for part in parts_of(list_name):
            sizes = measured(part)
            shown = f"{sizes[0]:7.1f} {sizes[1]:7.1f}" if sizes else "not installed"
            print(f"{list_name}  {part.name:<26} {shown}")
        print(f"{list_name}  {'all of it':<26} {whole(list_name):15.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
