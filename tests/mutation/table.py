"""The page that says what came of each guard."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A guard, and the test that failed without it."""

    step: str
    name: str
    noticed_by: str
    is_open: bool

    @property
    def verdict(self) -> str:
        """In the table's words."""
        if self.noticed_by:
            return f"`{self.noticed_by.replace('|', '/')}`"
        return "time was up" if self.is_open else "**nothing noticed**"


def table(rows: Sequence[Row]) -> str:
    """A count for each step, then every guard with the test that noticed."""
    steps: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        steps[row.step].append(row)
    lines = ["| Step | Taken away | Noticed | Nothing noticed | Time was up |", "|---|---|---|---|---|"]
    for step, of_step in steps.items():
        noticed = sum(bool(row.noticed_by) for row in of_step)
        is_open = sum(row.is_open for row in of_step)
        lines.append(
            f"| {step} | {len(of_step)} | {noticed} | {len(of_step) - noticed - is_open} | {is_open} |"
        )
    for step, of_step in steps.items():
        lines += ["", f"## {step}", "", "| Taken away | Noticed first by |", "|---|---|"]
        lines += [f"| `{row.name}` | {row.verdict} |" for row in of_step]
    return "\n".join(lines) + "\n"
