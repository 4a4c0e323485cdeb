"""A long list, a page at a time: which page was asked for, its rows, and the ways to the pages beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest

Row = TypeVar("Row")

LINES = 25
"""How many rows stand on one page of a list."""
HOME_LINES = 12
"""How many rows of a list stand on a home, which shows several lists one below the other."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page of a list, and whether there are more behind it."""

    rows: Sequence[Row]
    number: int
    has_more: bool

    @property
    def before(self) -> int:
        """The number of the page before; 0 on the first."""
        return self.number - 1

    @property
    def after(self) -> int:
        """The number of the page behind; 0 on the last."""
        return self.number + 1 if self.has_more else 0


def page_asked(request: HttpRequest, name: str) -> int:
    """Which page of the list ``name`` was asked for; the first where that is no number of a page."""
    asked = request.GET.get(name, "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def page_of(rows: "Sequence[Row] | QuerySet[Any, Row]", number: int, *, lines: int = LINES) -> Page[Row]:
    """One page of all rows, or of a query that brings no more of them than the page shows."""
    start = (number - 1) * lines
    found = list(rows[start : start + lines + 1])
    return Page(found[:lines], number, len(found) > lines)
