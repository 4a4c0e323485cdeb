"""What the compiled judge asks of an entry's text: does this piece, time or number follow, where do the facts end?

Compiled by numba, so that no Python object is made. A place in a text is -1 once something did not follow, and stays
so. Memory is read in two ways only: by an index below the size of its array, and by ``follows``, which looks at the
sizes of both arrays before it compares. ``NUMBA_BOUNDSCHECK=1`` has every index checked; a test runs so.

Indexes in loops are unsigned: one below zero would count from the end, and asking for that takes longer than the rest.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit

from stroma.ledger import native

Array = Any
"""Of bytes, if nothing else is said: numba has types for arrays that Python's lack."""
Function = TypeVar("Function", bound=Callable[..., Any])

HASH = 64
DEEPEST = 32
"""How deep facts may be nested before Python is asked about the entry."""


def ascii_bytes(text: str) -> Any:
    """The bytes of a text as an array."""
    return np.frombuffer(text.encode("ascii"), np.uint8).copy()


_NO_FRACTION = ascii_bytes(".000000")
_TRUE, _FALSE, _NULL = ascii_bytes("true"), ascii_bytes("false"), ascii_bytes("null")
PLAIN = np.array([32 <= c < 127 and c not in b'"\\' for c in range(256)])
_SHORT_ESCAPE = np.array([c in b'"\\bfnrt' for c in range(256)])
_LOWER_HEX = np.array([c in b"0123456789abcdef" for c in range(256)])
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def compiled(function: Function) -> Function:
    """Compile it into the function that calls it; by itself, counting references would take half of the time."""
    made: Function = njit(nogil=True, forceinline=True)(function)
    return made


@compiled
def follows(text: Array, at: int, piece: Array, start: int, number: int) -> int:
    """The place after ``piece[start : start + number]`` where it stands in ``text`` at ``at``; else -1, also for -1."""
    if at < 0 or start < 0 or not 0 <= number <= min(text.size - at, piece.size - start):
        return -1
    return at + number if native.memcmp(text.ctypes.data + at, piece.ctypes.data + start, number) == 0 else -1


@compiled
def is_(text: Array, at: int, character: int) -> bool:
    """Whether this character stands there."""
    return bool(0 <= at < text.size and text[at] == character)


@compiled
def is_all(word: Array, table: Array) -> bool:
    """Whether each byte of the word is one of the table's."""
    fits = True
    for byte in word:
        fits &= table[byte]
    return fits


@compiled
def _digits(text: Array, at: int, number: int) -> Any:
    """The number that so many digits make; below zero where one is none."""
    made: Any = 0
    for place in range(at, at + number):
        digit: Any = np.int64(text[np.uintp(place)]) - 48
        if digit < 0 or digit > 9:
            return -1
        made = made * 10 + digit
    return made


@compiled
def moment(stored: Array) -> Any:
    """A time as SQLite keeps it, as a number that grows with it (see ``moment_texts``); -1 where it is none."""
    if stored.size != 19 and stored.size != 26:
        return -1
    if stored[4] != 45 or stored[7] != 45 or stored[10] != 32 or stored[13] != 58 or stored[16] != 58:
        return -1
    year, month, day = _digits(stored, 0, 4), _digits(stored, 5, 2), _digits(stored, 8, 2)
    hour, minute, second = _digits(stored, 11, 2), _digits(stored, 14, 2), _digits(stored, 17, 2)
    fraction = 0
    if stored.size == 26:
        fraction = _digits(stored, 20, 6) if stored[19] == 46 else -1
    if year < 1 or month < 1 or month > 12 or day < 1 or day > _DAYS[month]:
        return -1
    if month == 2 and day == 29 and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)):
        return -1
    if hour < 0 or minute < 0 or second < 0 or fraction < 0 or hour > 23 or minute > 59 or second > 59:
        return -1
    return (
        (((year * 13 + month) * 32 + day) * 24 + hour) * 3600 + minute * 60 + second
    ) * 1_000_000 + fraction


@compiled
def follows_time(text: Array, at: int, stored: Array) -> int:
    at = follows(text, at, stored, 0, 10)
    if not is_(text, at, 84):  # T
        return -1
    at = follows(text, at + 1, stored, 11, stored.size - 11)
    if stored.size == 19:
        at = follows(text, at, _NO_FRACTION, 0, 7)
    return at + 1 if is_(text, at, 90) else -1  # Z


@compiled
def follows_identifier(text: Array, at: int, stored: Array) -> int:
    """The UUID that is stored as 32 digits, with the hyphens it has in a text."""
    if at < 0 or text.size - at < 36 or stored.size != 32:
        return -1
    place, fits = np.uintp(at), True
    for digit in range(np.uintp(32)):
        if digit == 8 or digit == 12 or digit == 16 or digit == 20:
            fits &= text[place] == 45
            place += np.uintp(1)
        fits &= _LOWER_HEX[stored[digit]] & (text[place] == stored[digit])
        place += np.uintp(1)
    return at + 36 if fits else -1


@compiled
def follows_number(text: Array, at: int, wanted: int) -> int:
    """A whole number from 0, without a nought before it."""
    start, made = at, 0
    while 0 <= at < text.size and at < start + 16 and 48 <= text[at] <= 57:
        made = made * 10 + (text[at] - 48)
        at += 1
    return at if at > start and made == wanted and (at == start + 1 or text[start] != 48) else -1


@compiled
def _after_plain(text: Array, at: int) -> Any:
    place, size = np.uintp(at), np.uintp(text.size)
    while place < size and PLAIN[text[place]]:
        place += np.uintp(1)
    return np.int64(place)


@compiled
def _end_of_string(text: Array, at: int) -> Any:
    """After the quote that closes the string begun before ``at``; -1 where it is not surely canonical."""
    while True:
        at = _after_plain(text, at)
        if at >= text.size:
            return -1
        if text[at] == 34:
            return at + 1
        if text[at] != 92 or at + 1 >= text.size or not _SHORT_ESCAPE[text[at + 1]]:
            return -1
        at += 2


@compiled
def _end_of_number(text: Array, at: int) -> int:
    """After a whole number of at most 15 digits, which has one spelling; Python is asked about others."""
    if text[at] == 45:
        at += 1
        if is_(text, at, 48):
            return -1
    start = at
    while at < text.size and 48 <= text[at] <= 57:
        at += 1
    return at if 0 < at - start <= 15 and (at == start + 1 or text[start] != 48) else -1


@compiled
def _stands_behind(text: Array, start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether the first key comes after the other one in the alphabet."""
    number = min(end - start, other_end - other_start)
    for place in range(number):
        one, other = text[start + place], text[other_start + place]
        if one != other:
            return bool(one > other)
    return end - start > other_end - other_start


@compiled
def _end_of_key(text: Array, at: int, keys: Array, depth: int) -> Any:
    """After the colon of a key of plain ASCII that stands behind the one before it in its object."""
    if not is_(text, at, 34):
        return -1
    start = at + 1
    end = _after_plain(text, start)
    if not is_(text, end, 34) or not is_(text, end + 1, 58):
        return -1
    if keys[depth, 0] > 0 and not _stands_behind(text, start, end, keys[depth, 0], keys[depth, 1]):
        return -1
    keys[depth, 0], keys[depth, 1] = start, end
    return end + 2


@compiled
def end_of_facts(text: Array, at: int, keys: Array) -> int:
    """After the object that begins at ``at``, where it is surely canonical; -1 where Python has to say.

    ``keys``: shape (DEEPEST, 2), where each object's last key begins and ends; before its first one 0, in a list -1.
    """
    if not is_(text, at, 123):
        return -1
    depth, wants_value = -1, True
    while 0 <= at < text.size:
        byte = text[at]
        if not wants_value:
            in_list = keys[depth, 0] < 0
            if byte == 44:  # ,
                at = at + 1 if in_list else _end_of_key(text, at + 1, keys, depth)
                wants_value = True
            elif byte == (93 if in_list else 125):
                at += 1
                depth -= 1
                if depth < 0:
                    return at
            else:
                return -1
        elif byte == 123 or byte == 91:  # { [
            depth += 1
            if depth == DEEPEST:
                return -1
            keys[depth, 0] = 0 if byte == 123 else -1
            if is_(text, at + 1, byte + 2):  # closed at once
                wants_value = False
                at += 1
            else:
                at = _end_of_key(text, at + 1, keys, depth) if byte == 123 else at + 1
        else:
            wants_value = False
            if byte == 34:
                at = _end_of_string(text, at + 1)
            elif byte == 116:
                at = follows(text, at, _TRUE, 0, 4)
            elif byte == 102:
                at = follows(text, at, _FALSE, 0, 5)
            elif byte == 110:
                at = follows(text, at, _NULL, 0, 4)
            else:
                at = _end_of_number(text, at)
    return -1
