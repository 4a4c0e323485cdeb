"""The judge of ``entry_ranges`` once more, compiled: rows are stepped, hashed and compared without a Python object.

It says of a range that it holds, or that it does not know; ``compiled_ranges`` gives it its tables and asks the judge
in Python about each entry it is in doubt of. It raises nothing: what SQLite or OpenSSL refuse, it does not know.
"""

from typing import Any

import numpy as np
from numba import carray, njit, types

from stroma.ledger import native
from stroma.ledger.compiled_text import (
    DEEPEST,
    HASH,
    PLAIN,
    Array,
    ascii_bytes,
    compiled,
    end_of_facts,
    follows,
    follows_identifier,
    follows_number,
    follows_time,
    is_,
    is_all,
    moment,
)

MOST_LINKS = 16
"""Chains that one entry may join before the range is left to Python."""
NAME = 96
"""Bytes that the text before a link's position may have."""
HOLDS, ODD = 0, 1

_ROW, _DONE, _INTEGER, _TEXT = 100, 101, 1, 3  # SQLite's
_NO_NUMBER = -(2**63)

_ACTION, _ACTOR, _FACTS = ascii_bytes('{"action":"'), ascii_bytes('","actor":"'), ascii_bytes('","facts":')
_LINKS, _END = ascii_bytes('","links":['), ascii_bytes('"}')
_LINK_TAIL = ascii_bytes(',"previous":"' + HASH * "0" + '"}')
_TAIL_SIZE, _BEFORE_HASH = len(_LINK_TAIL), len(',"previous":"')
_HEX = ascii_bytes("0123456789abcdef")
_RECORDED = ascii_bytes('","recorded_at":"')


@compiled
def _text(statement: int, number: int) -> Array:
    """A column's bytes until the next step; empty where it holds no text."""
    value = native.column_value(statement, number)
    size = max(native.value_bytes(value), 0) if native.value_type(value) == _TEXT else 0
    return carray(native.value_blob(value), size, np.uint8)


@compiled
def _whole(statement: int, number: int) -> int:
    value = native.column_value(statement, number)
    return native.value_int64(value) if native.value_type(value) == _INTEGER else _NO_NUMBER


@compiled
def _next_link(links: int) -> tuple[int, int]:
    """What a step said, and the entry of the row it came to."""
    more = native.step(links)
    return more, (_whole(links, 0) if more == _ROW else _NO_NUMBER)


@compiled
def _keep(into: Array, at: int, hashed: Array) -> bool:
    """Copy a hash to the given place; whether it was one and there is room for it."""
    if hashed.size != HASH or not 0 <= at <= into.size - HASH:
        return False
    native.memcpy(into.ctypes.data + at, hashed.ctypes.data, HASH)
    return True


@compiled
def _holds_hash(digest: Array, told: Array) -> bool:
    if told.size != HASH:
        return False
    odd = np.uint8(0)
    for place in range(np.uintp(32)):
        two = np.uintp(2) * place
        odd |= _HEX[digest[place] >> np.uint8(4)] ^ told[two]
        odd |= _HEX[digest[place] & np.uint8(15)] ^ told[two + np.uintp(1)]
    return bool(odd == 0)


_BYTES, _NUMBERS, _TABLE = types.uint8[::1], types.int64[::1], types.int64[:, ::1]
_TABLES = (_BYTES, _BYTES, _NUMBERS, _BYTES, _NUMBERS, _TABLE, _BYTES, _BYTES, _NUMBERS)


def _judge(
    entries: int,
    links: int,
    context: int,
    algorithm: int,
    format_piece: Array,
    nature_piece: Array,
    row_of: Array,
    names: Array,
    name_sizes: Array,
    state: Array,
    heads: Array,
    after: Array,
    doubtful: Array,
) -> tuple[int, int, int]:  # fmt: skip - one name a line would be a page of them
    """Judge every entry that the two statements give.

    Parameters
    ----------
    entries, links, context, algorithm
        As in ``native.Reading``. Rows of ``entries``: sequence, id, action, actor, occurred_at, recorded_at, text,
        hash; of ``links``, in the order of the entries: entry_id, chain_id, position, previous.
    format_piece, nature_piece
        The text between facts and id, and between links and occurred_at.
    row_of
        By a chain's id: its row in the tables that follow, or -1.
    names, name_sizes
        By row: the text of a link up to its position (NAME bytes for each row) and its size. Rows stand in the
        order of the names.
    state, heads, after
        Filled, by row: state (rows, 5) is begins, first recorded, length, last recorded, whether it was met at all; the
        hash of the chain's last entry, and the one that its first entry here says it follows (HASH bytes each).
    doubtful
        Filled with the sequences of entries that only Python can judge.

    Returns
    -------
    (HOLDS, how many entries, how many of them are doubtful), or (ODD, 0, 0) at the first that does not fit.
    """
    odd = (ODD, 0, 0)
    digest = np.zeros(64, np.uint8)  # EVP_MAX_MD_SIZE
    held = np.zeros((MOST_LINKS, 3), np.int64)  # row, position, place of ``previous``
    previous = np.zeros(MOST_LINKS * _TAIL_SIZE, np.uint8)
    for place in range(MOST_LINKS):
        previous[place * _TAIL_SIZE : (place + 1) * _TAIL_SIZE] = _LINK_TAIL
    keys = np.zeros((DEEPEST, 2), np.int64)
    if row_of.size == 0 or names.size != name_sizes.size * NAME or state.shape[0] != name_sizes.size:
        return odd
    count = doubts = 0
    more, link_of = _next_link(links)
    while True:
        told = native.step(entries)
        if told == _DONE:
            break
        sequence = _whole(entries, 0) if told == _ROW else _NO_NUMBER
        if sequence == _NO_NUMBER:
            return odd
        text, told_hash = _text(entries, 6), _text(entries, 7)
        if (
            native.digest_begin(context, algorithm, 0) != 1
            or native.digest_more(context, text.ctypes.data, text.size) != 1
            or native.digest_end(context, digest.ctypes.data, 0) != 1
            or not _holds_hash(digest, told_hash)
        ):
            return odd
        occurred, recorded = _text(entries, 4), _text(entries, 5)
        occurred_at, recorded_at = moment(occurred), moment(recorded)
        if occurred_at < 0 or recorded_at < 0 or occurred_at > recorded_at:
            return odd  # within what clocks are allowed, or not: the plain way knows
        number = 0
        while link_of == sequence:
            chain, position, before = _whole(links, 1), _whole(links, 2), _text(links, 3)
            if number == MOST_LINKS or position < 0 or chain < 0 or chain >= row_of.size:
                return odd
            row = row_of[chain]
            if row < 0 or not _keep(previous, number * _TAIL_SIZE + _BEFORE_HASH, before):
                return odd
            if state[row, 4] == 0:
                state[row, 0], state[row, 1], state[row, 4] = position, recorded_at, 1
                if not _keep(after, row * HASH, before):
                    return odd
            elif (
                position != state[row, 2]
                or recorded_at < state[row, 3]
                or follows(before, 0, heads, row * HASH, HASH) < 0
            ):
                return odd
            state[row, 2], state[row, 3] = position + 1, recorded_at
            if not _keep(heads, row * HASH, told_hash):
                return odd
            place = number
            while place > 0 and held[place - 1, 0] > row:
                held[place] = held[place - 1]
                place -= 1
            held[place, 0], held[place, 1], held[place, 2] = row, position, number
            number += 1
            more, link_of = _next_link(links)
        if number == 0:
            return odd
        count += 1
        action, actor = _text(entries, 2), _text(entries, 3)
        at = follows(text, 0, _ACTION, 0, _ACTION.size)
        at = follows(text, at, action, 0, action.size)
        at = follows(text, at, _ACTOR, 0, _ACTOR.size)
        at = follows(text, at, actor, 0, actor.size)
        at = follows(text, at, _FACTS, 0, _FACTS.size)
        if at >= 0:
            at = end_of_facts(text, at, keys)
        if at < 0 or action.size * actor.size == 0 or not (is_all(action, PLAIN) and is_all(actor, PLAIN)):
            if doubts == doubtful.size:
                return odd
            doubtful[doubts] = sequence
            doubts += 1
            continue
        at = follows(text, at, format_piece, 0, format_piece.size)
        at = follows_identifier(text, at, _text(entries, 1))
        at = follows(text, at, _LINKS, 0, _LINKS.size)
        for place in range(number):
            if place > 0:
                at = at + 1 if is_(text, at, 44) else -1
            row = held[place, 0]
            at = follows(text, at, names, row * NAME, name_sizes[row])
            at = follows_number(text, at, held[place, 1])
            at = follows(text, at, previous, held[place, 2] * _TAIL_SIZE, _TAIL_SIZE)
        at = follows(text, at, nature_piece, 0, nature_piece.size)
        at = follows_time(text, at, occurred)
        at = follows(text, at, _RECORDED, 0, _RECORDED.size)
        at = follows_time(text, at, recorded)
        if follows(text, at, _END, 0, _END.size) != text.size:
            return odd
    return (HOLDS, count, doubts) if more == _DONE else odd


judge: Any = njit(types.UniTuple(types.int64, 3)(*[types.intp] * 4, *_TABLES), nogil=True, cache=True)(_judge)
