"""One range of the ledger's entries, judged from rows alone: what a process of ``quick_check`` does.

Nothing here needs Django, so that a process starts at once.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from stroma.ledger.domain.canonical import time_text
from stroma.ledger.domain.entry import FORMAT

Rows = Iterator[Sequence[Any]]

ENTRIES = (
    "SELECT sequence, id, action, actor, occurred_at, recorded_at, text, hash FROM ledger_entry "
    "WHERE sequence > {0} AND sequence <= {1} ORDER BY sequence"
)
LINKS = (
    "SELECT entry_id, chain_id, position, previous FROM ledger_link "
    "WHERE entry_id > {0} AND entry_id <= {1} ORDER BY entry_id"
)
_AT_ONCE = 5000


class Odd(Exception):  # noqa: N818 - no error: a sign that the plain way must look
    """Something does not fit; what it is, the plain way says."""


@dataclass(slots=True)
class Followed:
    """How far a range follows one chain: where it takes it up, and where it leaves it."""

    begins: int
    after: str
    first_recorded_at: str
    length: int = 0
    head: str = ""
    recorded_at: str = ""


@dataclass(slots=True)
class Part:
    """What one range of the ledger says: how many entries, and how far each chain was followed."""

    entries: int = 0
    chains: dict[int, Followed] = field(default_factory=dict)


def range_of_file(file: str, low: int, high: int, names: dict[int, str], nature: str) -> Part | None:
    """The entries after ``low`` up to ``high`` in a SQLite file; None when one of them does not fit."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as own:
        try:
            return judged_in(own, low, high, names, nature)
        except Odd:
            return None


def judged_in(own: sqlite3.Connection, low: int, high: int, names: dict[int, str], nature: str) -> Part:
    """The entries after ``low`` up to ``high``. Raises Odd at the first that does not fit."""
    entries, links = own.execute(ENTRIES.format(low, high)), own.execute(LINKS.format(low, high))
    return judged(rows_of(entries), rows_of(links), names, nature)


def rows_of(cursor: Any) -> Rows:
    """A cursor's rows, many at a time."""
    while rows := cursor.fetchmany(_AT_ONCE):
        yield from rows


def judged(entries: Rows, links: Rows, names: dict[int, str], nature: str) -> Part:
    """Every entry of a range against its columns, hash and links. Raises Odd at the first that does not fit."""
    part = Part()
    chains = part.chains
    spelled: dict[str, str] = {}  # actions and actors are few
    link = next(links, None)
    for sequence, identifier, action, actor, occurred, recorded, text, told_hash in entries:
        if sha256(text.encode()).hexdigest() != told_hash:
            raise Odd
        occurred_at, recorded_at = stored_time_text(occurred), stored_time_text(recorded)
        if occurred_at > recorded_at:
            raise Odd  # within what clocks are allowed, or not: the plain way knows
        told = []
        while link is not None and link[0] == sequence:
            _sequence, chain, position, previous = link
            if chain not in names:
                raise Odd
            told.append((names[chain], position, previous))
            _follow(chains, chain, position, previous, recorded_at, told_hash)
            link = next(links, None)
        if not told:
            raise Odd
        told.sort()
        places = ",".join(
            f'{{"chain":"{name}","position":{position},"previous":"{previous}"}}'
            for name, position, previous in told
        )
        for word in (action, actor):
            if not isinstance(word, str):
                raise Odd
            if word not in spelled:
                spelled[word] = json.dumps(word, ensure_ascii=False)
        start = f'{{"action":{spelled[action]},"actor":{spelled[actor]},"facts":'
        end = (
            f',"format":{FORMAT},"id":"{identifier_text(identifier)}","links":[{places}],"nature":"{nature}",'
            f'"occurred_at":"{occurred_at}","recorded_at":"{recorded_at}"}}'
        )
        if not (text.startswith(start) and text.endswith(end)) or not _is_canonical(
            text[len(start) : -len(end)]
        ):
            raise Odd
        part.entries += 1
    if link is not None:
        raise Odd
    return part


def _follow(
    chains: dict[int, Followed], chain: int, position: int, previous: str, recorded_at: str, told_hash: str
) -> None:
    followed = chains.get(chain)
    if followed is None:
        followed = chains[chain] = Followed(position, previous, recorded_at)
    elif (position, previous) != (followed.length, followed.head) or recorded_at < followed.recorded_at:
        raise Odd
    followed.length, followed.head, followed.recorded_at = position + 1, told_hash, recorded_at


_spell = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
_read = json.JSONDecoder().decode


def _is_canonical(facts: str) -> bool:
    try:
        value = _read(facts)
    except ValueError:
        return False
    return isinstance(value, dict) and _spell(value) == facts


def stored_time_text(stored: Any) -> str:
    """A time as an entry writes it, from what the database gives: text or a moment. Raises Odd."""
    if isinstance(stored, datetime):
        # Django's connection to SQLite gives moments too, without their zone, which is always UTC.
        return time_text(stored if stored.tzinfo else stored.replace(tzinfo=UTC))
    try:
        if len(stored) not in {19, 26} or datetime.fromisoformat(stored).isoformat(" ") != stored:
            raise Odd  # another spelling may be another time
    except (ValueError, TypeError):
        raise Odd from None
    return f"{stored[:10]}T{stored[11:]}{'' if len(stored) == 26 else '.000000'}Z"


_STORED_UUID = re.compile("[0-9a-f]{32}").fullmatch


def identifier_text(stored: Any) -> str:
    """A UUID as an entry writes it, from what the database gives. Raises Odd."""
    if isinstance(stored, UUID):
        return str(stored)
    if not _STORED_UUID(stored):
        raise Odd
    return f"{stored[:8]}-{stored[8:12]}-{stored[12:16]}-{stored[16:20]}-{stored[20:]}"
