"""Do all entries hold? Answered many times faster than one by one, and only with yes or "look closely".

Rows are read as tuples, not as objects. Instead of taking every text apart, the text that the columns and links call
for is put together and compared; only the facts, which no column repeats, are read and spelled anew. Each entry is
judged once, in ranges of the ledger, on SQLite by as many processes as there are cores; the ends of each chain are then
joined. A large ledger on SQLite is judged by compiled code, where there is some (``compiled_ranges``). Whatever does
not fit at once sends ``verification`` to its plain way, which finds what it is and says so: the findings are those of
the plain way, always.
"""

import os
import re
import sqlite3
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import pairwise
from multiprocessing import get_context

from django.db import connection

from stroma.ledger.domain.entry import GENESIS
from stroma.ledger.entry_ranges import (
    ENTRIES,
    LINKS,
    Odd,
    Part,
    identifier_text,
    judged,
    range_of_file,
    rows_of,
    stored_time_text,
)
from stroma.ledger.models import Entry, Installation, Link

WORTH_PROCESSES = 20_000
"""From how many entries on more than one process is worth its start."""
WORTH_COMPILED = 300_000
"""From how many entries on compiled code is worth its start, and once its compilation."""


_NAME = re.compile(r"[a-z]{1,8}:[0-9a-f-]{36}")
"""A chain's name, when nothing in it has to be escaped in a text."""


def entries_that_hold(
    here: Installation, *, processes: int | None = None, compiled: bool | None = None
) -> int | None:
    """How many entries there are, when every one holds and every chain leads to its head; None to look closely.

    ``processes`` is for processes or threads, else one for each core; ``compiled`` says whether to try compiled code,
    else it is tried where it is worth it.
    """
    sequences = Entry.objects.values_list("sequence", flat=True)
    first, last = sequences.order_by("sequence").first(), sequences.order_by("-sequence").first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, kind, subject, length, head, last_recorded_at FROM ledger_chain")
        chains = cursor.fetchall()
    try:
        names = {pk: f"{kind}:{identifier_text(subject)}" for pk, kind, subject, *_rest in chains}
        if not all(map(_NAME.fullmatch, names.values())):
            return None
        parts = []
        if first is not None and last is not None:
            parts = _parts(first - 1, last, names, here.nature, processes or _cores(), compiled)
        ends = joined(parts)
        for pk, _kind, _subject, length, head, recorded_at in chains:
            told = (length, head, stored_time_text(recorded_at) if recorded_at else "")
            if ends.get(pk, (0, GENESIS, "")) != told:
                return None
    except Odd:
        return None
    return sum(part.entries for part in parts)


def _parts(
    low: int, high: int, names: dict[int, str], nature: str, wanted: int, compiled: bool | None
) -> list[Part]:
    """All entries after ``low`` up to ``high``, range by range. Raises Odd."""
    edges = [low + (high - low) * number // wanted for number in range(wanted + 1)]
    file = str(connection.settings_dict["NAME"])
    # A test's transaction, and a database in memory, can be seen by this connection alone.
    if connection.vendor == "sqlite" and os.path.isfile(file):  # noqa: PTH113 - the name may be a URI
        parts = None
        if high - low >= WORTH_COMPILED if compiled is None else compiled:
            parts = _by_compiled_code(file, edges, names, nature)
        if parts is None and wanted > 1 and high - low >= WORTH_PROCESSES:
            parts = _by_processes(file, edges, names, nature)
        if parts is not None:
            return parts
    with connection.chunked_cursor() as entries, connection.chunked_cursor() as links:
        entries.execute(ENTRIES.format(low, high))
        links.execute(LINKS.format(low, high))
        return [judged(rows_of(entries), rows_of(links), names, nature)]


def _by_compiled_code(
    file: str, edges: Sequence[int], names: dict[int, str], nature: str
) -> list[Part] | None:
    """None where there is none, or where it cannot say that all is well: the judge in Python may be able to."""
    # slow import: numpy
    from stroma.ledger.compiled_ranges import Edges, compiled, judged_ranges

    if compiled() is None:
        return None
    ids = Link.objects.order_by("id").values_list("id", flat=True)
    after_all = (ids.last() or 0) + 1
    # Each range begins with its first entry's first link; if links do not lie in the order of the entries, no link is
    # left out all the same, and the ranges do not hold.
    begins = [Link.objects.filter(entry_id__gt=edge).order_by("entry_id", "id") for edge in edges[1:-1]]
    links = [
        ids.first() or 0,
        *(row.values_list("id", flat=True).first() or after_all for row in begins),
        after_all,
    ]
    ranges = [Edges(*entries, *own) for entries, own in zip(pairwise(edges), pairwise(links), strict=True)]
    try:
        return judged_ranges(file, ranges, names, nature)
    except (Odd, sqlite3.Error):
        return None


def _by_processes(file: str, edges: Sequence[int], names: dict[int, str], nature: str) -> list[Part] | None:
    """None where processes cannot be started. Raises Odd."""
    try:
        # Spawned, since a fork would share this process's connections. Entries are only ever added, so that every
        # process sees the same ones up to the last edge.
        with ProcessPoolExecutor(len(edges) - 1, mp_context=get_context("spawn")) as pool:
            work = [
                pool.submit(range_of_file, file, low, high, names, nature) for low, high in pairwise(edges)
            ]
            found = [one.result() for one in work]
    except BrokenProcessPool:
        return None
    parts = [part for part in found if part is not None]
    if len(parts) < len(found):
        raise Odd
    return parts


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def joined(parts: Iterable[Part]) -> dict[int, tuple[int, str, str]]:
    """Where each chain ends, when every range takes it up where the one before left it. Raises Odd."""
    ends: dict[int, tuple[int, str, str]] = {}
    for part in parts:
        for chain, followed in part.chains.items():
            length, head, recorded_at = ends.get(chain, (0, GENESIS, ""))
            if (followed.begins, followed.after) != (
                length,
                head,
            ) or followed.first_recorded_at < recorded_at:
                raise Odd
            ends[chain] = (followed.length, followed.head, followed.recorded_at)
    return ends
