"""A ledger in a SQLite file of its own, without guards or constraints: to be altered at will and judged twice."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from stroma.ledger.compiled_ranges import Edges, judged_ranges
from stroma.ledger.domain.entry import (
    GENESIS,
    ChainKey,
    ChainLink,
    Nature,
    course_chain,
    entry_hash,
    lot_chain,
    patient_chain,
    site_chain,
)
from stroma.ledger.entry_ranges import Odd, Part, range_of_file
from stroma.ledger.quick_check import joined
from tests.ledger.whole_entry import EntryBody

CHAINS: list[ChainKey] = [
    site_chain(UUID(int=7)),
    course_chain(UUID(int=1)),
    lot_chain(UUID(int=0xABC)),
    patient_chain(UUID(int=3)),
]
NAMES = {number: str(key) for number, key in enumerate(CHAINS, start=11)}
NATURE = Nature.SIMULATED
BEGIN = datetime(2024, 2, 28, 23, 0, tzinfo=UTC)
FACTS: list[dict[str, Any]] = [
    {},
    {"lot": "L-1", "nested": {"a": [], "b": {}, "c": [1, -20, None, True, False, [["x"]]]}},
    {"text": 'a "quoted" \\ line\nand\ttabs\r\b\f', "zero": 0},
    {"accent": "dolor – é", "control": "\x01\x1f\x7f", "number": 2**53 - 1},
    {"": "an empty key", "A": 1, "a": 2, "aa": 3, "b": 4},
]


def entry_body(number: int, lengths: dict[int, int], heads: dict[int, str], **other: Any) -> EntryBody:
    """The entry that is written as the given number, which joins the site and up to two chains more."""
    joined = sorted({11, 11 + number % 4, 11 + number * 2 % 4}, key=NAMES.__getitem__)
    at = BEGIN + timedelta(minutes=7 * number, microseconds=number % 3)
    told: dict[str, Any] = {
        "id": UUID(int=number),
        "action": "lot.counted",
        "actor": f"user:{number}",
        "occurred_at": at - timedelta(seconds=number % 2),
        "recorded_at": at,
        "facts": FACTS[number % len(FACTS)],
    }
    links = [ChainLink(NAMES[pk], lengths.get(pk, 0), heads.get(pk, GENESIS)) for pk in joined]
    return EntryBody(nature=NATURE, links=links, **{**told, **other})


def write_ledger(file: Path, entries: int = 9, first: int = 1, **other: Any) -> None:
    """A whole ledger; ``other`` is what the last entry says otherwise: a part of its body, or its ``raw_facts``."""
    raw_facts = other.pop("raw_facts", None)
    lengths: dict[int, int] = {}
    heads: dict[int, str] = {}
    ids = {name: pk for pk, name in NAMES.items()}
    with altered(file) as own:
        own.executescript(
            "CREATE TABLE ledger_entry (sequence INTEGER PRIMARY KEY, id char(32), action varchar(60), "
            "actor varchar(60), occurred_at datetime, recorded_at datetime, text text, hash varchar(64));"
            "CREATE TABLE ledger_link (id INTEGER PRIMARY KEY, position integer, previous varchar(64), "
            "chain_id bigint, entry_id bigint); CREATE INDEX links_of_entry ON ledger_link (entry_id);"
        )
        for number in range(first, first + entries):
            last = number == first + entries - 1
            body = entry_body(number - first + 1, lengths, heads, **(other if last else {}))
            text = body.as_text()
            if last and raw_facts is not None:
                begin, end = text.index('"facts":') + 8, text.rindex(',"format":')
                text = text[:begin] + raw_facts + text[end:]
            told = entry_hash(text)
            times = [str(at.replace(tzinfo=None)) for at in (body.occurred_at, body.recorded_at)]
            row = (number, body.id.hex, body.action, body.actor, *times, text, told)
            own.execute(f"INSERT INTO ledger_entry VALUES ({','.join('?' * 8)})", row)
            for link in body.links:
                pk = ids[link.chain]
                own.execute(
                    "INSERT INTO ledger_link (entry_id, chain_id, position, previous) VALUES (?, ?, ?, ?)",
                    (number, pk, link.position, link.previous),
                )
                lengths[pk], heads[pk] = link.position + 1, told


@contextmanager
def altered(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection whose changes are kept."""
    with closing(sqlite3.connect(file)) as own, own:
        own.execute("PRAGMA synchronous = OFF")
        yield own


def edges_of(file: Path, *between: int) -> tuple[list[int], list[Edges]]:
    """The whole ledger in ranges that meet after the given sequences."""
    with altered(file) as own:
        [[low, high]] = own.execute("SELECT MIN(sequence) - 1, MAX(sequence) FROM ledger_entry")
        [[first, after]] = own.execute("SELECT MIN(id), MAX(id) + 1 FROM ledger_link")
        links = [first or 0]
        for edge in between:
            [[one]] = own.execute("SELECT MIN(id) FROM ledger_link WHERE entry_id > ?", (edge,))
            links.append(one)
    entries = [low, *between, high]
    links.append(after or 0)
    return entries, [Edges(*entries[n : n + 2], *links[n : n + 2]) for n in range(len(between) + 1)]


def python_says(file: Path, *between: int) -> list[Part] | None:
    """What the judge in Python makes of it; None where it is not content."""
    edges, _ranges = edges_of(file, *between)
    try:
        parts = [range_of_file(str(file), low, high, NAMES, NATURE) for low, high in pairwise(edges)]
    except Exception:  # whatever it stumbled over: it has not said yes
        return None
    known = [part for part in parts if part is not None]
    return known if len(known) == len(parts) and _fit(known) else None


def compiled_says(file: Path, *between: int) -> list[Part] | None:
    """What the compiled judge makes of it; None where it is not content. Another error is one."""
    _edges, ranges = edges_of(file, *between)
    try:
        parts = judged_ranges(str(file), ranges, NAMES, NATURE)
    except (Odd, sqlite3.Error):
        return None
    return parts if _fit(parts) else None


def _fit(parts: list[Part]) -> bool:
    try:
        joined(parts)
    except Odd:
        return False
    return True
