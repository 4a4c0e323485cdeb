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
from itertools import groupby, repeat
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
    met = np.flatnonzero(state[:, 4])
    begins, first, length, last = state[met, :4].T
    # All chains at once: one by one, they take several times as long.
    followed = map(
        Followed,
        *(begins.tolist(), _texts(after.reshape(-1, judge.HASH)[met]), moment_texts(first)),
        *(length.tolist(), _texts(heads.reshape(-1, judge.HASH)[met]), moment_texts(last)),
    )
    ids = map(known.ids.__getitem__, met.tolist())
    return Part(int(count), dict(zip(ids, followed, strict=True))), doubtful[:doubts].tolist()


def _texts(rows: Any) -> list[str]:
    """Each row of bytes as a text: as latin-1, since nothing has been asked yet of what a chain says it follows."""
    size = rows.shape[1]
    whole = rows.astype(np.uint8).tobytes().decode("latin-1")
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def moment_texts(moments: Any) -> list[str]:
    """The times that the compiled judge made numbers of, as an entry writes them."""
    rest, fraction = np.divmod(moments, 1_000_000)
    rest, seconds = np.divmod(rest, 24 * 3600)
    rest, day = np.divmod(rest, 32)
    year, month = np.divmod(rest, 13)
    told = {"Y": year, "M": month, "D": day, "h": seconds // 3600, "m": seconds // 60 % 60, "s": seconds % 60}
    told["f"] = fraction
    columns = []
    for part, letters in groupby("YYYY-MM-DDThh:mm:ss.ffffffZ"):
        for power in reversed(range(len(list(letters)))):
            digits = told[part] // 10**power % 10 + ord("0") if part in told else ord(part)
            columns.append(np.broadcast_to(digits, moments.shape))
    return _texts(np.stack(columns, axis=1))
