"""Ranges of a SQLite file judged by ``compiled_judge``: its tables, its threads, and what it made of each chain.

Compiled code is a help, not a need: where numba, or the libraries that Python is linked to, cannot be had, ``judge`` is
None and the judge in Python does it all. It is asked as well about each entry of which the compiled one is in doubt:
one with text beyond ASCII, a number that may not be whole, or an actor that has to be escaped.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from stroma.ledger.domain.entry import FORMAT
from stroma.ledger.entry_ranges import ENTRIES, Followed, Odd, Part, judged_in

MOST_CHAINS = 500_000
"""More chains than this would take tables of more than 200 MB."""
DOUBTFUL_AT_MOST = 20_000
"""In each range; with more, the judge in Python is asked about all of them at once."""

_SOURCES = ("native.py", "compiled_text.py", "compiled_judge.py")
# In the order in which they were written, which is that of the table and needs no index.
_LINKS = (
    "SELECT entry_id, chain_id, position, previous FROM ledger_link WHERE id >= {0} AND id < {1} ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Edges:
    """One range: the entries after ``low`` up to ``high``, the links from ``first_link`` to before ``after_links``."""

    low: int
    high: int
    first_link: int
    after_links: int


@cache
def compiled() -> Any:
    """The module ``compiled_judge``, compiled or loaded where it was before; None where that cannot be done.

    Compiled code is kept in a folder named for its sources, so that it is never older than they are.
    """
    try:
        # slow import: numba
        import numba

        sources = b"".join((Path(__file__).parent / name).read_bytes() for name in _SOURCES)
        folder = Path(numba.config.CACHE_DIR or settings.HOME / "compiled") / sha256(sources).hexdigest()[:16]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        numba.config.CACHE_DIR = str(folder)
        return import_module("stroma.ledger.compiled_judge")
    except Exception:
        return None


@dataclass(frozen=True, slots=True)
class Tables:
    """What the compiled judge looks up and does not change; a chain's row is its place in ``ids``, by name."""

    ids: list[int]
    row_of: Any
    names: Any
    name_sizes: Any


def tables(names: Mapping[int, str]) -> Tables:
    """The chains by their rows. Raises Odd where there are too many."""
    size = compiled().NAME
    if len(names) > MOST_CHAINS or not all(0 <= pk < 100 * MOST_CHAINS for pk in names):
        raise Odd
    ids = sorted(names, key=names.__getitem__)
    begins = [f'{{"chain":"{names[pk]}","position":'.encode() for pk in ids]
    row_of = np.full(max(ids, default=0) + 1, -1, np.int64)
    row_of[ids] = np.arange(len(ids))
    return Tables(
        ids,
        row_of,
        np.frombuffer(b"".join(one.ljust(size) for one in begins), np.uint8).copy(),
        np.array([len(one) for one in begins], np.int64),
    )


def judged_ranges(file: str, ranges: Sequence[Edges], names: dict[int, str], nature: str) -> list[Part]:
    """Every range on a thread of its own. Raises Odd where one does not hold, or is beyond the compiled judge."""
    known = tables(names)
    with ThreadPoolExecutor(len(ranges)) as pool:
        found = list(pool.map(_judged, repeat(file), ranges, repeat(known), repeat(nature)))
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as own:
        for _part, doubtful in found:
            for sequence in doubtful:
                if judged_in(own, sequence - 1, sequence, names, nature).entries != 1:
                    raise Odd
    return [part for part, _doubtful in found]


def _judged(file: str, edges: Edges, known: Tables, nature: str) -> tuple[Part, list[int]]:
    judge = compiled()
    rows = len(known.ids)
    state = np.zeros((rows, 5), np.int64)
    heads, after = np.zeros(rows * judge.HASH, np.uint8), np.zeros(rows * judge.HASH, np.uint8)
    doubtful = np.zeros(DOUBTFUL_AT_MOST, np.int64)
    format_piece = judge.ascii_bytes(f',"format":{FORMAT},"id":"')
    nature_piece = judge.ascii_bytes(f'],"nature":"{nature}","occurred_at":"')
    entries, links = ENTRIES.format(edges.low, edges.high), _LINKS.format(edges.first_link, edges.after_links)
    try:
        with judge.native.reading(file, entries, links) as at:
            verdict, count, doubts = judge.judge(
                *(at.entries, at.links, at.context, at.algorithm),
                *(format_piece, nature_piece),
                *(known.row_of, known.names, known.name_sizes),
                *(state, heads, after, doubtful),
            )
    except judge.native.NotReadable:
        raise Odd from None
    if verdict != judge.HOLDS:
        raise Odd
    part = Part(int(count))
    size = judge.HASH
    for row in np.flatnonzero(state[:, 4]).tolist():
        begins, first, length, last, _met = state[row].tolist()
        # As latin-1, since what a chain says that it follows has not been compared with anything yet.
        follows, head = (
            table[row * size : (row + 1) * size].tobytes().decode("latin-1") for table in (after, heads)
        )
        part.chains[known.ids[row]] = Followed(
            begins, follows, moment_text(first), length, head, moment_text(last)
        )
    return part, doubtful[:doubts].tolist()


def moment_text(moment: int) -> str:
    """The time that the compiled judge made a number of, as an entry writes it."""
    rest, fraction = divmod(moment, 1_000_000)
    rest, seconds = divmod(rest, 24 * 3600)
    rest, day = divmod(rest, 32)
    year, month = divmod(rest, 13)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:06}"
    return f"{year:04}-{month:02}-{day:02}T{clock}Z"
