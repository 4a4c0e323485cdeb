"""Reads the tables in ``tests/spec``: one case a line, columns separated by ``|``, blank for the default.

The tables are for clinicians. Lines that begin with ``#`` speak to them and are skipped; the first other line
names the columns. A case keeps the line it stands on, so that a failing test points at it.
"""

from dataclasses import dataclass
from pathlib import Path

SPEC_FOLDER = Path(__file__).parent / "spec"


@dataclass(frozen=True, slots=True)
class SpecCase:
    """One line of a table: its cells by column, a blank one left out."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str, default: str = "") -> str:
        return self.cells.get(column, default)

    def listed(self, column: str) -> list[str]:
        """The words of a cell that holds several, separated by commas; none for a blank cell."""
        return [word.strip() for word in self.get(column).split(",") if word.strip()]


def spec_cases(table: str) -> list[SpecCase]:
    """Every case of ``tests/spec/TABLE``. Raises ValueError for a line of another length than the header."""
    header: list[str] | None = None
    cases: list[SpecCase] = []
    lines = (SPEC_FOLDER / table).read_text(encoding="utf-8").splitlines()
    for number, text in enumerate(lines, start=1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in text.split("|")]
        if header is None:
            header = cells
            continue
        if len(cells) != len(header):
            raise ValueError(f"{table}, line {number}: {len(cells)} cells, the header has {len(header)}")
        named = zip(header, cells, strict=True)
        cases.append(SpecCase(line=number, cells={name: cell for name, cell in named if cell}))
    return cases


def line_of(case: SpecCase) -> str:
    """The name a case has among the tests."""
    return f"line {case.line}"
