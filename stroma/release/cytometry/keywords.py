"""HEADER and TEXT of an FCS file: where the segments lie and what the keywords say.

Written from the FCS 3.1 standard (Spidlen et al., Cytometry A 77 (2010) 97-100) and what instruments write instead.
DATA is decoded in ``events.py``; what a channel means is told in ``fcs.py``.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stroma.protocols.domain.problem import BadInput, Problem

HEADER_BYTES = 58
VERSIONS = ("FCS2.0", "FCS3.0", "FCS3.1")
NEEDED = ("$PAR", "$DATATYPE", "$BYTEORD")
"""Without these nothing can be decoded; their presence also tells whether TEXT was split rightly."""


def refusal(code: str, message: str, *, file: str, byte: int | None = None, place: str = "") -> BadInput:
    """What cannot be read, and where: the byte counted from the start of the file."""
    where = " ".join(part for part in (place, "" if byte is None else f"byte {byte}") if part)
    return BadInput([Problem(code, message, file, where)])


@dataclass(frozen=True, slots=True)
class Segments:
    """HEADER as written: the version, and first and last byte of TEXT and DATA (from the start of the data set)."""

    version: str
    text: tuple[int, int]
    data: tuple[int, int]


@dataclass(slots=True)
class Keywords:
    """The keywords of one data set, in capitals, values as written; and what had to be put up with."""

    values: dict[str, str]
    warnings: list[str] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The value without blanks around it; empty where there is none."""
        return self.values.get(name, "").strip()


def read_header(data: bytes, *, file: str, base: int = 0) -> Segments:
    """The version and the offsets. Raises BadInput for what is no FCS, or of a version that is not read."""
    if len(data) < HEADER_BYTES:
        raise refusal(
            "fcs_header_short",
            f"this is no whole FCS file: it ends at byte {base + len(data)}, and a header has {HEADER_BYTES} "
            f"bytes (it begins with {data[:6]!r})",
            file=file,
            byte=base,
        )
    version = data[:6].decode("latin-1")
    if not re.fullmatch(r"FCS\d\.\d", version):
        raise refusal(
            "not_fcs", f"this is no FCS file: it begins with {data[:6]!r}, not with FCS", file=file, byte=base
        )
    if version not in VERSIONS:
        raise refusal(
            "fcs_version",
            f"this file is {version}; {', '.join(VERSIONS)} are read. Export it again as FCS3.1",
            file=file,
            byte=base,
        )
    offsets = [_offset(data[10 + 8 * i : 18 + 8 * i], file=file, byte=base + 10 + 8 * i) for i in range(4)]
    return Segments(version, (offsets[0], offsets[1]), (offsets[2], offsets[3]))


def _offset(text: bytes, *, file: str, byte: int) -> int:
    stripped = text.strip(b" \x00")
    if not stripped:
        return 0
    if not stripped.isdigit():
        raise refusal("fcs_offset", f"the header has {text!r} where an offset stands", file=file, byte=byte)
    return int(stripped)


def read_keywords(data: npt.NDArray[np.uint8], segments: Segments, *, file: str, base: int = 0) -> Keywords:
    """The keywords of TEXT and of the supplemental TEXT, where there is one; ``data`` begins with the data set."""
    first, last = segments.text
    text = _segment(data, first, last, "TEXT", file=file, base=base)
    keywords = _pairs(text, file=file, byte=base + first, needed=NEEDED)
    begin, end = whole(keywords, "$BEGINSTEXT"), whole(keywords, "$ENDSTEXT")
    if begin and end and (begin, end) != (first, last) and end > begin:
        more = _pairs(
            _segment(data, begin, end, "supplemental TEXT", file=file, base=base),
            file=file,
            byte=base + begin,
            needed=(),
        )
        for name, value in more.values.items():
            if keywords.values.setdefault(name, value) != value:
                keywords.warnings.append(
                    f"{name} differs in the supplemental TEXT; the value of TEXT is used"
                )
        keywords.warnings += more.warnings
    return keywords


def _segment(data: npt.NDArray[np.uint8], first: int, last: int, name: str, *, file: str, base: int) -> bytes:
    if first < HEADER_BYTES or last <= first:
        message = f"{name} is said to lie at bytes {base + first} to {base + last}, which cannot be"
        raise refusal("fcs_offset", message, file=file, byte=base + first, place=name)
    if last >= len(data):
        raise refusal(
            "fcs_truncated",
            f"{name} should end at byte {base + last}, but the file ends at byte {base + len(data)}",
            file=file,
            byte=base + len(data),
            place=name,
        )
    return data[first : last + 1].tobytes()


def _pairs(segment: bytes, *, file: str, byte: int, needed: tuple[str, ...]) -> Keywords:
    """Keyword and value in turn. A doubled delimiter stands for itself; if that gives nonsense, for an empty value.

    The standard allows no empty value, so ``//`` is an escaped ``/``. Some instruments write empty values all the
    same; they are believed only when the standard's own reading cannot be right.
    """
    delimiter = segment[:1]
    escaped = _escaped_tokens(segment, delimiter)
    plain = segment[1:].split(delimiter)
    if plain and not plain[-1].strip(b" \x00\r\n"):
        plain = plain[:-1]
    standard = _paired(escaped)
    is_whole = standard is not None and all(name in standard.values for name in needed)
    if standard is not None and is_whole and not any(_decoded(delimiter) in name for name in standard.values):
        return standard
    lenient = _paired(plain)
    if lenient is not None and all(name in lenient.values for name in needed):
        lenient.warnings.append("TEXT holds empty values, which the standard does not allow")
        return lenient
    if standard is not None and is_whole:
        return standard
    seen = (standard or lenient or Keywords({})).values
    missing = [name for name in needed if name not in seen]
    message = (
        f"TEXT lacks {', '.join(missing)}"
        if standard is not None and missing
        else f"TEXT is not made of keyword and value in turn ({len(escaped)} pieces between {delimiter!r})"
    )
    raise refusal("fcs_text", message, file=file, byte=byte, place="TEXT")


def _escaped_tokens(segment: bytes, delimiter: bytes) -> list[bytes]:
    one = re.escape(delimiter)
    tokens = re.findall(
        rb"((?:[^" + one + rb"]|" + one + one + rb")+)" + rb"(?:" + one + rb"|\Z)", segment[1:]
    )
    if tokens and not tokens[-1].strip(b" \x00\r\n"):
        tokens = tokens[:-1]
    return [token.replace(delimiter * 2, delimiter) for token in tokens]


def _paired(tokens: list[bytes]) -> Keywords | None:
    if len(tokens) % 2:
        return None
    found = Keywords({})
    for name, value in zip(tokens[::2], tokens[1::2], strict=True):
        key, text = _decoded(name).strip().upper(), _decoded(value)
        if found.values.setdefault(key, text) != text:
            found.warnings.append(f"{key} stands twice in TEXT with two values; the first is used")
    return found


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def whole(keywords: Keywords, name: str) -> int | None:
    """A keyword's whole number; None where it is missing or no number."""
    text = keywords.get(name)
    return int(text) if text.isdecimal() else None
