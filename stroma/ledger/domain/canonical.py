"""The one byte form of what is hashed: RFC 8785 canonical JSON over a narrow set of values.

A ledger entry holds text, whole numbers, booleans, null, lists and objects with plain ASCII keys. Fractions are
written as decimal text ("12.50"): a floating-point number has no single spelling, and the stand-alone verifier must
reach the same bytes with nothing but the standard library.
"""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

_LARGEST_WHOLE_NUMBER = 2**53 - 1
_AS_IT_IS = frozenset({str, bool, type(None)})


class NotCanonical(TypeError):  # noqa: N818 - named for what happened
    """A value has no canonical form; the message names its place and type, never the value."""


def plain(value: Any, *, place: str = "") -> Any:
    """``value`` in the types a ledger entry may hold.

    UUIDs, dates, aware times, decimals and enumerations become text; a float, a naive time or a key that is not plain
    ASCII raises NotCanonical.
    """
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, Enum):
        return plain(value.value, place=place)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        if abs(value) > _LARGEST_WHOLE_NUMBER:
            raise NotCanonical(f"{place or 'value'}: a whole number beyond 2**53 - 1; write it as text")
        return value
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, Decimal | UUID | date):
        return str(value)
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical(f"{place or 'value'}: a key that is not plain ASCII text")
        return {
            key: item if type(item) in _AS_IT_IS else plain(item, place=f"{place}.{key}".lstrip("."))
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [plain(item, place=f"{place}[{number}]") for number, item in enumerate(value)]
    raise NotCanonical(f"{place or 'value'}: a {type(value).__name__} has no canonical form")


def canonical(value: Any) -> bytes:
    """The canonical JSON bytes of ``value`` (RFC 8785).

    For what ``plain`` lets through (no fractions, ASCII keys) the standard library spells as the RFC does: it escapes
    the same characters in the same way, and sorting by code points is sorting by UTF-16 units. Tests hold it against
    a library of that RFC. Text that UTF-8 cannot carry (half a surrogate pair) raises UnicodeEncodeError.
    """
    return spelled(plain(value)).encode()


spelled = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
"""The canonical text of a value in the types that ``plain`` gives."""


def digest(data: bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def time_text(moment: datetime) -> str:
    """A UTC time as ``2026-11-24T14:30:00.000000Z``: always the same length, so that text sorts as time does."""
    if moment.tzinfo is None:
        raise NotCanonical("a time without a zone")
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


def sealed_digest(salt: str, text: str) -> str:
    """The digest that stands in the ledger for a text kept outside it; without the salt it tells nothing.

    Erasing the salt and the text leaves the chain whole and the text beyond recovery.
    """
    return digest(f"{salt}\x1f{text}".encode())
