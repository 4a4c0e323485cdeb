"""What an entry is refused for, by this process or by the database's server, and how it is told."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError

from stroma.protocols.domain.blocker import Blocker, Refused

CLOCK_TOLERANCE = timedelta(minutes=2)
"""How far ahead of this server's clock a person's or an instrument's clock may be."""

SOURCE = "Stroma ledger"
NOT_FOUNDED, NOT_RECORDABLE = "ST001", "ST002"
"""The codes (SQLSTATE) with which ``ledger_record`` refuses on PostgreSQL (migration 0007)."""


class NotRecordable(Refused):
    """The entry's time cannot be true: it lies in the future, or the clock went back behind the chain's last entry."""


class NotFounded(RuntimeError):  # noqa: N818 - named for what happened
    """The database has not been declared real or simulated yet."""

    def __init__(self) -> None:
        super().__init__("This database is empty. Found it first: `stroma found --real` or `./run demo`.")


def refuse_impossible_times(
    at: datetime, recorded_at: datetime, last: Sequence[tuple[str, datetime | None]]
) -> None:
    """Raise NotRecordable unless an entry of ``at`` may be recorded at that time.

    ``last`` has each chain's name and the time of its last entry, if it has one. The server judges the same by
    itself on PostgreSQL.
    """
    if at > recorded_at + CLOCK_TOLERANCE:
        raise NotRecordable([Blocker("time_in_the_future", {"at": at, "now": recorded_at}, SOURCE)])
    for chain, before in last:
        if before and recorded_at < before - CLOCK_TOLERANCE:
            values = {"chain": chain, "last": before, "now": recorded_at}
            raise NotRecordable([Blocker("clock_went_back", values, SOURCE)])


@contextmanager
def told_by_the_server() -> Iterator[None]:
    """Within, what the server refuses an entry for is raised as this process would raise it."""
    try:
        yield
    except DatabaseError as error:
        said = getattr(error.__cause__, "diag", None)
        code = getattr(said, "sqlstate", None)
        if code == NOT_FOUNDED:
            raise NotFounded from error
        if said is None or code != NOT_RECORDABLE:
            raise
        raise NotRecordable([Blocker(said.message_primary, _values(said.message_detail), SOURCE)]) from error


def _values(detail: str) -> dict[str, Any]:
    return {
        name: value if name == "chain" else datetime.fromisoformat(value)
        for name, value in json.loads(detail).items()
    }
