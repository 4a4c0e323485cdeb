"""The guard against double booking on PostgreSQL: an exclusion constraint that needs no extension."""

from typing import Any
from unittest import mock

import psycopg
import pytest

from stroma.ledger.guards import NoOverlap

ANNA = "00000000-0000-4000-8000-000000000001"
BODO = "00000000-0000-4000-8000-000000000002"
GUARD = NoOverlap("nobody_is_booked_twice", "booking", "person_id", "That person is booked at that time.")


def _statements(direction: str) -> list[str]:
    """What the guard would say to PostgreSQL, without a connection."""
    said: list[str] = []
    editor: Any = mock.Mock()
    editor.connection.vendor = "postgresql"
    editor.execute = said.append
    getattr(GUARD, f"database_{direction}")("sample", editor, None, None)
    return said


@pytest.mark.only_on("postgresql")
def test_rows_of_one_owner_never_overlap_while_they_live(own_database: dict[str, str]) -> None:
    def book(person: str | None, starts_at: str, ends_at: str, *, is_live: bool = True) -> None:
        connection.execute(
            "INSERT INTO booking VALUES (%s, %s, %s, %s)",
            (person, f"2026-03-02 {starts_at}+00", f"2026-03-02 {ends_at}+00", is_live),
        )

    with psycopg.connect(own_database["STROMA_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE booking "
            "(person_id uuid, starts_at timestamptz, ends_at timestamptz, is_live boolean)"
        )
        for statement in _statements("forwards"):
            connection.execute(statement)  # type: ignore[arg-type]  # our own migration's text
        book(ANNA, "10:00", "11:00")
        for starts_at, ends_at in [
            ("10:30", "11:30"),
            ("09:00", "10:01"),
            ("10:15", "10:45"),
            ("09:00", "12:00"),
        ]:
            with pytest.raises(psycopg.errors.ExclusionViolation):
                book(ANNA, starts_at, ends_at)
        book(ANNA, "11:00", "12:00")  # the end is exclusive
        book(BODO, "10:00", "11:00")
        book(ANNA, "10:00", "11:00", is_live=False)
        book(None, "10:00", "11:00")
        book(None, "10:00", "11:00")
        for statement in _statements("backwards") + _statements("forwards"):
            if "DROP" in statement or "TYPE" in statement:
                connection.execute(statement)  # type: ignore[arg-type]  # taken back; the type may be there already
        book(ANNA, "10:00", "11:00")
        counted = connection.execute("SELECT count(*) FROM booking").fetchone()
    assert counted == (7,)
