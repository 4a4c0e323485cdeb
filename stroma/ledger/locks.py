"""The one way to hold rows against others who change the same: every lock in Stroma is taken here.

Note [A lock leaves the key free]
    On PostgreSQL a row that names another takes a share of that other row's key, and, since the constraints are
    deferred, takes it only when it is committed, with the ledger's chains in its hands. A plain FOR UPDATE refuses
    that share: whoever holds the row and waits for a chain, and whoever holds the chain and waits for the key, wait for
    each other for ever. No key is ever changed here, so FOR NO KEY UPDATE holds everything that a decision rests on,
    and two who lock the same row still wait for each other. SQLite has one writer at a time and locks nothing.
"""

from typing import TypeVar

from django.db.models import Manager, Model, QuerySet

Row = TypeVar("Row", bound=Model)


def rows_to_change(rows: "Manager[Row] | QuerySet[Row]", *joined: str) -> "QuerySet[Row]":
    """These rows, locked for this transaction once they are read; of what is joined to them, only what is named.

    See Note [A lock leaves the key free].
    """
    return rows.select_for_update(of=("self", *joined), no_key=True)
