"""Do all entries hold? Answered many times faster than one by one, and only with yes or "look closely".

Rows are read as tuples, not as objects. Instead of taking every text apart, the text that the columns and links call
for is put together and compared; only the facts, which no column repeats, are read and spelled anew. Each entry is
judged once, in ranges of the ledger, on SQLite by as many processes as there are cores; the ends of each chain are then
joined. Whatever does not fit at once sends ``verification`` to its plain way, which finds what it is and says so: the
findings are those of the plain way, always.
"""

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import pairwise
from multiprocessing import get_context

from django.db import connection

from stroma.ledger.domain.canonical import time_text
from stroma.ledger.domain.entry import GENESIS
from stroma.ledger.entry_ranges import ENTRIES, LINKS, Odd, Part, judged, range_of_file, rows_of
from stroma.ledger.models import Chain, Entry, Installation

WORTH_PROCESSES = 20_000
"""From how many entries on more than one process is worth its start."""


def entries_that_hold(here: Installation, *, processes: int | None = None) -> int | None:
    """How many entries there are, when every one holds and every chain leads to its head; None to look closely."""
    last = Entry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    chains = list(Chain.objects.values_list("pk", "kind", "subject", "length", "head", "last_recorded_at"))
    names = {pk: f"{kind}:{subject}" for pk, kind, subject, *_rest in chains}
    try:
        parts = _parts(last, names, here.nature, processes)
        ends = _joined(parts)
    except Odd:
        return None
    for pk, _kind, _subject, length, head, recorded_at in chains:
        told = (length, head, time_text(recorded_at) if recorded_at else "")
        if ends.get(pk, (0, GENESIS, "")) != told:
            return None
    return sum(part.entries for part in parts)


def _parts(last: int, names: dict[int, str], nature: str, processes: int | None) -> list[Part]:
    wanted = processes or _cores()
    file = str(connection.settings_dict["NAME"])
    # A test's transaction, and a database in memory, can be seen by this connection alone.
    if connection.vendor == "sqlite" and wanted > 1 and last >= WORTH_PROCESSES and os.path.isfile(file):  # noqa: PTH113 - the name may be a URI
        edges = [last * number // wanted for number in range(wanted + 1)]
        try:
            # Spawned, since a fork would share this process's connections. Entries are only ever added, so that every
            # process sees the same ones up to ``last``.
            with ProcessPoolExecutor(wanted, mp_context=get_context("spawn")) as pool:
                work = [
                    pool.submit(range_of_file, file, low, high, names, nature)
                    for low, high in pairwise(edges)
                ]
                found = [one.result() for one in work]
        except BrokenProcessPool:
            pass  # where processes cannot be started, this one does it all
        else:
            parts = [part for part in found if part is not None]
            if len(parts) < len(found):
                raise Odd
            return parts
    with connection.chunked_cursor() as entries, connection.chunked_cursor() as links:
        entries.execute(ENTRIES.format(0, last))
        links.execute(LINKS.format(0, last))
        return [judged(rows_of(entries), rows_of(links), names, nature)]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _joined(parts: Iterable[Part]) -> dict[int, tuple[int, str, str]]:
    """Where each chain ends, when every range takes it up where the one before left it."""
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
