#!/usr/bin/env python3
"""Check a Stroma dossier anywhere, with nothing but Python 3.9 or later.

    python verify_dossier.py FILE [--key HEX_OR_FILE] [--witness CHECKPOINT] [--files ARCHIVE]
                             [--certificate CODE] [--json]

A dossier tells one course of treatment: every entry of its chains from the first to the last, each with
the proof that it stands in the clinic's signed tree. This program shares no code with the one that wrote the
file. It finds any changed byte and names the first bad entry, or the part outside the entries.

--key      the clinic's public key (64 hexadecimal digits, or a file that holds them), obtained from the
           clinic by another way than the dossier. Without it the key inside the file is taken at its own
           word: then the file is shown to be whole, not to be the clinic's.
--witness  a checkpoint, or an earlier dossier, seen before: shows that nothing it covered was removed since.
--files    the archive of the files too large to stand in the dossier; without it FILE.files.tar beside FILE.
--certificate
           what the Data Matrix on a printed certificate says: is it the text under which a lot of this course was
           released?

Exit codes: 0 intact, 1 altered, 2 the file cannot be read or the command is wrong.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import tarfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

FORMAT = "stroma-dossier-1"
CHECKPOINT_FORMAT = "stroma-checkpoint-1"
SEAL_FORMAT = "stroma-seal-1"
ENTRY_FORMAT = 1
GENESIS = "0" * 64
CLOCK_TOLERANCE = timedelta(minutes=2)

# --- Ed25519 (RFC 8032 §5.1) ------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQUARE_ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]  # extended coordinates: x = X/Z, y = Y/Z, x*y = T/Z
NEUTRAL: Point = (0, 1, 1, 0)


def _add(a: Point, b: Point) -> Point:
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return (i * j % P, k * m % P, j * k % P, i * m % P)


def _same(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def _point(encoded: bytes) -> Point | None:
    """The point an encoding names; none when it is not the one encoding of a point on the curve (§5.1.3)."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQUARE_ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


# y = 4/5; it is on the curve.
BASE: Point = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))  # type: ignore[assignment]


def _has_small_order(point: Point) -> bool:
    for _ in range(3):
        point = _add(point, point)
    return _same(point, NEUTRAL)


def signature_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (64 bytes) is that key's (32 bytes) of ``message``.

    Stricter than the RFC asks: a scalar beyond the group's order, a point with a second spelling, and points
    of small order, for which one signature fits many messages, are all refused.
    """
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, commitment = _point(public_key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    if _has_small_order(key) or _has_small_order(commitment):
        return False
    challenge = (
        int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    )
    # scalar * BASE - challenge * key, both multiplications in one walk over the bits.
    minus_key = (P - key[0], key[1], 1, P - key[3])
    both = _add(BASE, minus_key)
    total = NEUTRAL
    for bit in range(max(scalar.bit_length(), challenge.bit_length()) - 1, -1, -1):
        total = _add(total, total)
        choice = (scalar >> bit & 1) + 2 * (challenge >> bit & 1)
        if choice:
            total = _add(total, (NEUTRAL, BASE, minus_key, both)[choice])
    return _same(total, commitment)


# --- Merkle tree (RFC 9162 §2.1) --------------------------------------------------------------------------


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def inclusion_root(leaf_data: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its proof lead to; none when the proof has the wrong length (§2.1.3.2)."""
    if not 0 <= index < size:
        return None
    current, last = hashlib.sha256(b"\x00" + leaf_data).digest(), size - 1
    for sibling in proof:
        if last == 0:
            return None
        if index % 2 == 1 or index == last:
            current = _node(sibling, current)
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            current = _node(current, sibling)
        index, last = index // 2, last // 2
    return current if last == 0 else None


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of ``second`` leaves begins with that of ``first`` (§2.1.4.2); 0 < first < second."""
    steps = list(proof)
    if not 0 < first < second:
        return False
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    if not steps:
        return False
    index, last = first - 1, second - 1
    while index % 2 == 1:
        index, last = index // 2, last // 2
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if index % 2 == 1 or index == last:
            old, new = _node(sibling, old), _node(sibling, new)
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            new = _node(new, sibling)
        index, last = index // 2, last // 2
    return last == 0 and old == first_root and new == second_root


# --- Canonical JSON (RFC 8785; no fractions, keys in ASCII) -----------------------------------------------


def canonical(value: Any) -> bytes:
    """The one byte form of ``value``."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    if not all(key.isascii() for key in found):
        raise ValueError("a key is not plain ASCII")
    return found


def _whole_number(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > 2**53 - 1:
        raise ValueError("a number is too large")
    return int(text)


def _no_fraction(text: str) -> Any:
    raise ValueError("a number is not a whole one")


def parse(raw: bytes) -> Any:
    """The value ``raw`` spells; raises ValueError when it is not JSON or not the canonical spelling."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_whole_number,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
        if canonical(value) != raw:
            raise ValueError("the bytes are not in canonical form")
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON at byte {error.pos}") from None
    except UnicodeError:
        raise ValueError("it is not UTF-8 text") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


# --- What each line must look like ------------------------------------------------------------------------

HASH = re.compile(r"[0-9a-f]{64}\Z")
HASHES = re.compile(r"(?:[0-9a-f]{64})*\Z")
SIGNATURE = re.compile(r"[0-9a-f]{128}\Z")
IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z", re.ASCII)
NATURE = re.compile(r"(?:REAL|SIMULATED)\Z")
CHAIN = re.compile(r"[a-z_]+:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")

SHAPES: dict[str, dict[str, Any]] = {
    "header": {
        "kind": str,
        "format": str,
        "nature": NATURE,
        "installation": IDENTIFIER,
        "course": IDENTIFIER,
        "exported_at": TIME,
        "exported_by": str,
        "public_key": HASH,
        "sections": list,
        "entries": int,
        "sealed_texts": int,
        "chains": int,
        "earlier_trees": int,
    },
    "section": {"kind": str, "name": str, "content": dict},
    "entry": {"kind": str, "number": int, "entry": dict, "hash": HASH, "leaf": int, "proof": HASHES},
    "sealed": {"kind": str, "entry": IDENTIFIER, "name": str, "digest": HASH, "salt": str, "text": str},
    "erased": {"kind": str, "entry": IDENTIFIER, "name": str, "digest": HASH, "erased_at": TIME},
    "chain": {"kind": str, "name": CHAIN, "length": int, "head": HASH},
    "tree": {"kind": str, "tree_size": int, "root": HASH, "proof": HASHES},
    "checkpoint": {"kind": str, "text": dict, "public_key": HASH, "signature": SIGNATURE},
    "seal": {"kind": str, "format": str, "digest": HASH, "parts": dict, "signature": SIGNATURE},
    "what a checkpoint signs": {
        "format": str,
        "installation": IDENTIFIER,
        "nature": NATURE,
        "root": HASH,
        "signed_at": TIME,
        "tree_size": int,
    },
    "what happened": {
        "format": int,
        "id": IDENTIFIER,
        "action": str,
        "actor": str,
        "occurred_at": TIME,
        "recorded_at": TIME,
        "nature": NATURE,
        "links": list,
        "facts": dict,
    },
    "link": {"chain": CHAIN, "position": int, "previous": HASH},
}
MANY_LINES = ("entries", "sealed texts", "chains", "earlier trees")
KINDS = ("header", "section", "entry", "sealed", "chain", "tree", "checkpoint", "seal")


def misshapen(value: Any, shape: str) -> str | None:
    """What is wrong with the form of ``value``, or none."""
    wanted = SHAPES[shape]
    if not isinstance(value, dict):
        return "it is not an object"
    if set(value) != set(wanted):
        odd = sorted(set(value) ^ set(wanted))
        return "fields are missing or added: " + ", ".join(odd)
    for name, rule in sorted(wanted.items()):
        item = value[name]
        if isinstance(rule, type):
            good = isinstance(item, rule) and not (rule is int and isinstance(item, bool))
            good = good and not (rule is int and item < 0)
        else:
            good = isinstance(item, str) and rule.match(item) is not None
        if not good:
            return f"the field {name} has not the form it must have"
    return None


def _hashes(text: str) -> list[bytes]:
    return [bytes.fromhex(text[start : start + 64]) for start in range(0, len(text), 64)]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007 - every time here is UTC


# --- The check --------------------------------------------------------------------------------------------


class Finding(NamedTuple):
    """What is wrong and where: the line (from 1; 0 outside the file) and the place in words."""

    line: int
    place: str
    message: str


class Line(NamedTuple):
    """One line of the file, numbered from 1: its bytes, its kind, what it says (none when unreadable).

    ``of_kind`` counts the lines of its kind up to this one.
    """

    number: int
    raw: bytes
    kind: str
    told: dict[str, Any] | None
    of_kind: int


class Report:
    """What was found, and what the dossier says it is."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self.about: dict[str, Any] = {}

    def find(self, line: int, place: str, message: str) -> None:
        """Keep one finding; a later one about the same line adds nothing."""
        if not any(known.line == line and known.place == place for known in self.findings):
            self.findings.append(Finding(line, place, message))

    def sorted_findings(self) -> list[Finding]:
        """In the order of the file; behind its end, what is missing first."""

        def place_in_file(finding: Finding) -> tuple[bool, int, bool]:
            return (finding.line == 0, finding.line, not finding.place.startswith("entry"))

        return sorted(self.findings, key=place_in_file)

    def as_plain(self) -> dict[str, Any]:
        """For ``--json``."""
        found = [finding._asdict() for finding in self.sorted_findings()]
        return {
            "intact": not found,
            "first": found[0] if found else None,
            "findings": found,
            "notes": self.notes,
            **self.about,
        }


def check(
    data: bytes,
    key: str | None = None,
    witnesses: Sequence[dict[str, Any]] = (),
    files: str | None = None,
    certificate: str | None = None,
) -> Report:
    """Check a dossier's bytes. ``key`` is the trusted public key; ``witnesses`` were seen earlier.

    ``certificate`` is the digest of a printed certificate, which is looked for among those of the dossier.

    ``files`` names the archive beside it; none: the files it lists are not looked at, and the report says so.
    """
    report = Report()
    lines = _read_lines(data, report)
    by_kind: dict[str, list[Line]] = {kind: [line for line in lines if line.kind == kind] for kind in KINDS}
    _check_frame(by_kind, lines, report)
    header = _told_first(by_kind["header"])
    signed = _told_first(by_kind["checkpoint"])
    trusted = _key_that_signs(key, header, signed, by_kind, lines)
    altered = _check_seal(by_kind["seal"], lines, trusted, report)
    head = _check_checkpoint(by_kind["checkpoint"], trusted, report)
    if header is not None:
        _check_header(header, trusted, key, head, report)
    for line in by_kind["section"]:
        if line.told is not None:
            _check_attachments(line.told["content"], line, report)
            if line.told["name"] == "attachments":
                _check_files_beside(line.told["content"], files, line, report)
    chain_lines = by_kind["chain"]
    # Where the list of chains itself was altered or cut off, the entries are not blamed for it.
    chains_hold = "chains" not in altered and all(line.told for line in chain_lines)
    chains_hold = chains_hold and (header is None or len(chain_lines) == header["chains"])
    states = _check_entries(by_kind["entry"], chain_lines if chains_hold else None, header, head, report)
    _check_chains(chain_lines, states, report)
    _check_sealed_texts(by_kind["sealed"], by_kind["entry"], report)
    _check_earlier_trees(by_kind["tree"], head, report)
    _blame_parts(altered, lines, report)
    for witness in witnesses:
        _check_witness(witness, header, head, by_kind["tree"], trusted, report)
    if certificate is not None:
        _check_certificate(certificate, by_kind["section"], by_kind["entry"], report)
    _summarize(by_kind, header, head, trusted, key, report)
    return report


def place_of(line: Line) -> str:
    """The place of a line in words, as far as it can still be read."""
    if line.kind == "entry":
        return _entry_place(line)
    if line.kind == "section":
        name = line.told["name"] if line.told else _scrap(line.raw, rb'"name":"([^"]*)"')
        return f"section {name}".rstrip()
    return {"sealed": "sealed texts", "chain": "chains", "tree": "earlier trees"}.get(line.kind, line.kind)


def _entry_place(line: Line) -> str:
    if line.told:
        entry = line.told["entry"]
        return f"entry {line.told['number']} ({entry.get('action', '?')}, {entry.get('id', '?')})"
    # A line that was cut in its middle has lost its number: then it is known by its place.
    number = _scrap(line.raw, rb'"number":(\d+),') or line.of_kind
    action, identifier = (
        _scrap(line.raw, rb'"action":"([^"]*)"'),
        _scrap(line.raw, rb'"id":"([0-9a-f-]{36})"'),
    )
    return f"entry {number} ({action or '?'}, {identifier or '?'})"


def _scrap(raw: bytes, pattern: bytes) -> str:
    found = re.search(pattern, raw)
    return found[1].decode("utf-8", "replace") if found else ""


def _read_lines(data: bytes, report: Report) -> list[Line]:
    raws = data.split(b"\n")
    is_ended = bool(data) and raws[-1] == b""
    if is_ended:
        raws.pop()
    read = [_read(raw) for raw in raws]
    planned = _planned_kinds(read[0][0])
    lines: list[Line] = []
    counted: dict[str, int] = {}
    for number, (told, wrong) in enumerate(read, start=1):
        raw = raws[number - 1]
        if told is not None:
            kind = told["kind"]
        elif len(planned) == len(raws):
            kind = planned[number - 1]
        elif number == len(raws) and not is_ended and number <= len(planned):
            kind = _kind_of_scrap(raw, planned[number - 1])  # the file was cut off in this line
        else:
            kind = _kind_of_scrap(
                raw, {"header": "section"}.get(lines[-1].kind, lines[-1].kind) if lines else "header"
            )
        counted[kind] = counted.get(kind, 0) + 1
        lines.append(Line(number, raw, kind, told, counted[kind]))
        if wrong:
            report.find(number, place_of(lines[-1]), f"The line cannot be read: {wrong}.")
    if not is_ended:
        report.find(len(lines), place_of(lines[-1]), "The file is cut off: its last line does not end.")
    return lines


def _read(raw: bytes) -> tuple[dict[str, Any] | None, str | None]:
    """What a line says, or what is wrong with it."""
    try:
        value = parse(raw)
    except ValueError as error:
        return None, str(error)
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind not in KINDS:
        return None, "it is no part of a dossier"
    wrong = misshapen(value, "erased" if kind == "sealed" and "erased_at" in value else str(kind))
    return (value, None) if wrong is None else (None, wrong)


def _planned_kinds(header: dict[str, Any] | None) -> list[str]:
    """The kind of each line, by what the header says."""
    if header is None or header["kind"] != "header":
        return []
    counts = (
        ("section", len(header["sections"])),
        ("entry", header["entries"]),
        ("sealed", header["sealed_texts"]),
        ("chain", header["chains"]),
        ("tree", header["earlier_trees"]),
    )
    # An altered header may say any number: no list is made of a count that no file has.
    parts = [kind for kind, count in counts for _ in range(min(count, 1_000_000))]
    return ["header", *parts, "checkpoint", "seal"]


def _kind_of_scrap(raw: bytes, before: str) -> str:
    """The kind of a line that cannot be read: by what is left of it, else its neighbor's."""
    said = _scrap(raw, rb'"kind":"([a-z]+)"')
    if said in KINDS:
        return said
    for kind, mark in (("entry", rb'"leaf":\d+'), ("header", rb'"sections":\['), ("seal", rb'"parts":\{')):
        if re.search(mark, raw):
            return kind
    return before


def _told_first(lines: list[Line]) -> dict[str, Any] | None:
    return lines[0].told if lines else None


def _check_frame(by_kind: dict[str, list[Line]], lines: list[Line], report: Report) -> None:
    """Every part stands once, in its order, and has as many lines as the header says."""
    for after, line in enumerate(lines[1:]):
        before = lines[after]
        if KINDS.index(line.kind) < KINDS.index(before.kind):
            report.find(
                line.number, place_of(line), f"The line stands after the {before.kind}, out of its order."
            )
    for kind in ("header", "checkpoint", "seal"):
        if not by_kind[kind]:
            report.find(1 if kind == "header" else len(lines) + 1, kind, f"The {kind} is missing.")
        for extra in by_kind[kind][1:]:
            report.find(extra.number, kind, f"The {kind} stands twice.")
    header = _told_first(by_kind["header"])
    if header is None:
        return
    names = [line.told["name"] for line in by_kind["section"] if line.told]
    if len(names) == len(by_kind["section"]) and names != header["sections"]:
        for line in by_kind["section"]:
            name = line.told["name"] if line.told else ""
            if name not in header["sections"] or names.index(name) != header["sections"].index(name):
                report.find(line.number, place_of(line), "The header does not name this section here.")
        for name in header["sections"]:
            if name not in names:
                report.find(2, f"section {name}", "The section is missing.")
    for kind, field, place in (
        ("sealed", "sealed_texts", "sealed texts"),
        ("chain", "chains", "chains"),
        ("tree", "earlier_trees", "earlier trees"),
    ):
        if len(by_kind[kind]) != header[field]:
            at = by_kind[kind][-1].number if by_kind[kind] else len(lines) + 1
            report.find(at, place, f"The header says {header[field]} of them; here are {len(by_kind[kind])}.")


def _key_that_signs(
    given: str | None,
    header: dict[str, Any] | None,
    signed: dict[str, Any] | None,
    by_kind: dict[str, list[Line]],
    lines: list[Line],
) -> str | None:
    """The given key; else, of the keys the file names, the one that signed it: the other was altered."""
    if given:
        return given
    named = [part["public_key"] for part in (header, signed) if part is not None]
    if len(set(named)) > 1:
        seal = _told_first(by_kind["seal"])
        for candidate in named:
            if seal and _signed_by(candidate, _without_signature(seal), seal["signature"]):
                return str(candidate)
    return str(named[0]) if named else None


def _signed_by(key: str, signed: Any, signature: str) -> bool:
    return signature_holds(bytes.fromhex(key), canonical(signed), bytes.fromhex(signature))


def _without_signature(told: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in told.items() if name != "signature"}


def _check_seal(seals: list[Line], lines: list[Line], key: str | None, report: Report) -> list[str]:
    """The parts that are not what was sealed; empty as well when the seal itself cannot be believed."""
    if not seals or seals[0].told is None:
        return []
    line, seal = seals[0], seals[0].told
    if seal["format"] != SEAL_FORMAT:
        report.find(line.number, "seal", f"The seal's form is not {SEAL_FORMAT}.")
    if key is None or not _signed_by(key, _without_signature(seal), seal["signature"]):
        report.find(line.number, "seal", "The seal's signature does not hold.")
        return []
    parts: dict[str, list[bytes]] = {name: [] for name in MANY_LINES}
    for other in lines[: line.number - 1]:
        parts.setdefault(_part_of(other), []).append(other.raw + b"\n")
    altered = [name for name, raws in parts.items() if seal["parts"].get(name) != _sha256(b"".join(raws))]
    altered += [name for name in seal["parts"] if name not in parts]
    if _sha256(b"".join(other.raw + b"\n" for other in lines[: line.number - 1])) != seal["digest"]:
        report.find(line.number, "seal", "What stands before the seal is not what was sealed.")
    return altered


def _part_of(line: Line) -> str:
    return "entries" if line.kind == "entry" else place_of(line)


def _blame_parts(altered: list[str], lines: list[Line], report: Report) -> None:
    """Name the altered parts in which no check of their own has found the fault."""
    found = {finding.line for finding in report.findings}
    places = {finding.place for finding in report.findings}
    if any(place.startswith("entry ") for place in places):
        places.add("entries")
    for name in altered:
        numbers = [line.number for line in lines if _part_of(line) == name]
        if name not in places and not found & set(numbers):
            at = numbers[0] if numbers else len(lines)
            report.find(at, name, "It is not what was sealed.")


def _check_header(
    header: dict[str, Any], key: str | None, given: str | None, head: dict[str, Any] | None, report: Report
) -> None:
    if header["format"] != FORMAT:
        report.find(1, "header", f"The form is not {FORMAT}, the only one this program knows.")
    if key and header["public_key"] != key:
        wrong = "is not the trusted one" if given else "is not the one that signed"
        report.find(1, "header", f"The key it names {wrong}.")
    for field in ("installation", "nature"):
        if head is not None and head[field] != header[field]:
            report.find(1, "header", f"The {field} is not that of the checkpoint.")


def _check_checkpoint(checkpoints: list[Line], key: str | None, report: Report) -> dict[str, Any] | None:
    """The signed head of the tree, or none when it cannot be believed."""
    if not checkpoints or checkpoints[0].told is None:
        return None
    line, told = checkpoints[0], checkpoints[0].told
    wrong = misshapen(told["text"], "what a checkpoint signs")
    if wrong:
        report.find(line.number, "checkpoint", f"It cannot be read: {wrong}.")
        return None
    if told["text"]["format"] != CHECKPOINT_FORMAT:
        report.find(line.number, "checkpoint", f"Its form is not {CHECKPOINT_FORMAT}.")
    if key is None or not _signed_by(key, told["text"], told["signature"]):
        report.find(line.number, "checkpoint", "Its signature does not hold.")
        return None
    if told["public_key"] != key:
        report.find(line.number, "checkpoint", "The key it names is not the one that signed it.")
    return dict(told["text"])


def _check_attachments(content: Any, line: Line, report: Report) -> None:
    """Files inside a section carry their digest."""
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        if isinstance(item, dict):
            waiting += item.values()
            if {"base64", "sha256"} <= set(item) and not _matches(item["base64"], item["sha256"]):
                report.find(line.number, place_of(line), "A file in it does not match its digest.")


def _check_files_beside(content: Any, archive: str | None, line: Line, report: Report) -> None:
    """The archive holds exactly the files that are listed beside the dossier, in their order and one byte form."""
    listed = content.get("files") if isinstance(content, dict) else None
    beside: list[tuple[str, str, int]] = []
    try:
        for one in listed or []:
            if "beside" in one:
                beside.append((str(one["path"]), str(one["beside"]["sha256"]), int(one["beside"]["bytes"])))
    except (AttributeError, KeyError, TypeError, ValueError):
        report.find(line.number, place_of(line), "The list of files has not the form it must have.")
        return
    if not beside:
        return
    report.about["files_beside"] = len(beside)
    if archive is None:
        report.notes.append(f"{len(beside)} files beside the dossier were not looked at.")
        return
    try:
        with open(archive, "rb") as opened:  # noqa: PTH123 - one open needs no other module
            _read_archive(opened, beside, report)
    except OSError as error:
        report.find(
            0, f"file {beside[0][0]}", f"It is missing: the archive cannot be read ({error.strerror})."
        )


def _read_archive(opened: Any, beside: Sequence[tuple[str, str, int]], report: Report) -> None:
    """Each header, content and filling as tar writes them; the first that is not so is named."""
    for path, digest, size in beside:
        header = tarfile.TarInfo(path)
        header.size = size
        if opened.read(512) != header.tobuf(tarfile.USTAR_FORMAT):
            report.find(
                0, f"file {path}", "It is missing from the archive, or another one stands in its place."
            )
            return
        found, left = hashlib.sha256(), size
        while left:
            part = opened.read(min(left, 1 << 20))
            if not part:
                report.find(0, f"file {path}", "The archive ends in the middle of it.")
                return
            found.update(part)
            left -= len(part)
        if found.hexdigest() != digest:
            report.find(0, f"file {path}", "It was changed: it does not match its digest.")
        filling = -size % 512
        if opened.read(filling) != b"\0" * filling:
            report.find(0, f"file {path}", "Something stands between it and the next file.")
    written = sum(512 + size + -size % 512 for _path, _digest, size in beside)
    end = opened.read()
    if end.strip(b"\0") or len(end) != 1024 + -(written + 1024) % tarfile.RECORDSIZE:
        report.find(0, "the archive of files", "It holds more than is listed, or ends too early.")


def _matches(encoded: Any, digest: Any) -> bool:
    try:
        return bool(_sha256(base64.b64decode(encoded, validate=True)) == digest)
    except (TypeError, ValueError):
        return False


class ChainState:
    """How far a chain has been followed."""

    def __init__(self) -> None:
        self.length = 0
        self.heads = {GENESIS}
        self.recorded_at = ""


def _check_entries(
    lines: list[Line],
    chain_lines: list[Line] | None,
    header: dict[str, Any] | None,
    head: dict[str, Any] | None,
    report: Report,
) -> dict[str, ChainState]:
    """Follow every entry through the chains told whole; without ``chain_lines``, through all it names."""
    states: dict[str, ChainState] = {}
    told_whole = None
    if chain_lines is not None:
        told_whole = {line.told["name"] for line in chain_lines if line.told}
        states = {name: ChainState() for name in told_whole}
    expected, last_leaf = 1, -1
    identifiers = set()
    for line in lines:
        if line.told is None:
            expected += 1
            continue
        number, place = line.told["number"], place_of(line)
        if number != expected:
            if number > expected:
                what = (
                    f"Entry {expected} is missing before it."
                    if number == expected + 1
                    else (f"Entries {expected} to {number - 1} are missing before it.")
                )
            else:
                what = "It stands twice, or out of its order."
            report.find(line.number, place, what)
        expected = max(expected, number) + 1
        wrong = _wrong_with_entry(line.told, header, head)
        if line.told["leaf"] <= last_leaf:
            wrong = wrong or "Its leaf does not come after the leaf of the entry before it."
        last_leaf = max(last_leaf, line.told["leaf"])
        identifier = str(line.told["entry"].get("id"))
        if identifier in identifiers:
            wrong = wrong or "Its identifier stands twice."
        identifiers.add(identifier)
        if wrong:
            report.find(line.number, place, wrong)
        if misshapen(line.told["entry"], "what happened") is None:
            _follow(line, told_whole, states, bool(wrong), report)
    if header is not None and expected - 1 != header["entries"]:
        at = lines[-1].number if lines else 1
        if expected - 1 < header["entries"]:
            report.find(
                at + 1,
                f"entry {expected}",
                f"The header says {header['entries']} entries; this one is missing.",
            )
        else:
            report.find(
                at, place_of(lines[-1]), f"The header says {header['entries']} entries; here are more."
            )
    return states


def _wrong_with_entry(
    told: dict[str, Any], header: dict[str, Any] | None, head: dict[str, Any] | None
) -> str | None:
    """What is wrong with one entry by itself, or none."""
    entry = told["entry"]
    if _sha256(canonical(entry)) != told["hash"]:
        return "It does not match its hash."
    if head is not None:
        proof = _hashes(told["proof"])
        root = inclusion_root(bytes.fromhex(told["hash"]), told["leaf"], head["tree_size"], proof)
        if root is None or root.hex() != head["root"]:
            return "Its proof does not lead to the signed root."
    wrong = misshapen(entry, "what happened")
    if wrong is None:
        for link in entry["links"]:
            wrong = wrong or misshapen(link, "link")
    if wrong:
        return f"It cannot be read: {wrong}."
    if entry["format"] != ENTRY_FORMAT:
        return f"Its form is not {ENTRY_FORMAT}, the only one this program knows."
    if head is not None and entry["nature"] != head["nature"]:
        return f"It is {entry['nature']}, the checkpoint is {head['nature']}."
    if head is None and header is not None and entry["nature"] != header["nature"]:
        return f"It is {entry['nature']}, the dossier is {header['nature']}."
    try:
        if _moment(entry["occurred_at"]) > _moment(entry["recorded_at"]) + CLOCK_TOLERANCE:
            return "It was recorded before it happened."
    except ValueError:
        return "It has a time that is in no calendar."
    return None


def _follow(
    line: Line,
    told_whole: set[str] | None,
    states: dict[str, ChainState],
    is_bad: bool,
    report: Report,
) -> None:
    assert line.told is not None  # for the type checker; the caller saw to it
    entry, place = line.told["entry"], place_of(line)
    belongs = False
    seen = set()
    for link in entry["links"]:
        if misshapen(link, "link"):
            continue
        name = link["chain"]
        if name in seen:
            report.find(line.number, place, f"It joins the chain {name} twice.")
        seen.add(name)
        if told_whole is not None and name not in told_whole:
            continue
        belongs = True
        if told_whole is None and name not in states and link["position"] != 0:
            # Without a list of chains, one that is first met in its middle is one that is not told.
            continue
        state = states.setdefault(name, ChainState())
        if link["position"] != state.length:
            report.find(
                line.number, place, f"Its place in {name} is {link['position']}; {state.length} comes next."
            )
        elif link["previous"] not in state.heads:
            report.find(line.number, place, f"It does not follow the entry before it in {name}.")
        elif entry["recorded_at"] < state.recorded_at:
            report.find(line.number, place, f"It was recorded before the entry before it in {name}.")
        state.length = link["position"] + 1
        # An entry found altered is named already; those after it are not blamed for it.
        state.heads = {line.told["hash"], _sha256(canonical(entry))} if is_bad else {line.told["hash"]}
        state.recorded_at = max(state.recorded_at, entry["recorded_at"])
    if not belongs:
        report.find(line.number, place, "It belongs to none of the chains told here.")


def _check_chains(lines: list[Line], states: dict[str, ChainState], report: Report) -> None:
    names = [line.told["name"] for line in lines if line.told]
    for line in lines:
        if line.told is None:
            continue
        name = line.told["name"]
        state = states.get(name, ChainState())
        if names.count(name) > 1:
            report.find(line.number, "chains", f"The chain {name} stands twice.")
        elif line.told["length"] != state.length:
            report.find(
                line.number,
                "chains",
                f"{name} has {line.told['length']} entries; {state.length} are told here.",
            )
        elif line.told["head"] not in state.heads or not state.length:
            report.find(line.number, "chains", f"{name} does not end in the entry that is told last.")
    known = [line.told["name"] for line in lines if line.told]
    if known != sorted(known):
        report.find(lines[0].number, "chains", "They do not stand in the order of their names.")


def _check_sealed_texts(lines: list[Line], entries: list[Line], report: Report) -> None:
    """Each sealed text matches the digest in its entry; each digest has its text, or its erasure."""
    wanted: dict[tuple[str, str], str] = {}
    order: dict[str, int] = {}
    for line in entries:
        if line.told is None or not isinstance(line.told["entry"].get("facts"), dict):
            continue
        identifier = str(line.told["entry"].get("id"))
        order[identifier] = line.number
        for name, fact in line.told["entry"]["facts"].items():
            if isinstance(fact, dict) and set(fact) == {"sealed"}:
                wanted[identifier, name] = fact["sealed"]
    seen = set()
    last: tuple[int, str] = (0, "")
    for line in lines:
        told = line.told
        if told is None:
            continue
        which = (told["entry"], told["name"])
        what = f"The text {told['name']} of entry {told['entry']}"
        if wanted.get(which) != told["digest"]:
            report.find(line.number, "sealed texts", f"{what} is not the one that was sealed.")
        elif "text" in told and _sha256((told["salt"] + "\x1f" + told["text"]).encode()) != told["digest"]:
            report.find(line.number, "sealed texts", f"{what} does not match its digest.")
        elif which in seen:
            report.find(line.number, "sealed texts", f"{what} stands twice.")
        here = (order.get(told["entry"], 0), told["name"])
        if here < last:
            report.find(line.number, "sealed texts", f"{what} stands out of its order.")
        seen.add(which)
        last = max(last, here)
    missing = [name for identifier, name in wanted if (identifier, name) not in seen]
    if missing and all(line.told for line in lines):
        at = lines[-1].number if lines else (entries[-1].number + 1)
        report.find(at, "sealed texts", f"{len(missing)} of them are missing, the first is {missing[0]}.")


def _check_earlier_trees(lines: list[Line], head: dict[str, Any] | None, report: Report) -> None:
    for line in lines:
        if line.told is None or head is None:
            continue
        size, root, proof = (
            line.told["tree_size"],
            bytes.fromhex(line.told["root"]),
            _hashes(line.told["proof"]),
        )
        if not is_consistent(size, head["tree_size"], root, bytes.fromhex(head["root"]), proof):
            report.find(
                line.number, "earlier trees", f"The signed tree does not begin with that of {size} entries."
            )


def _check_witness(
    witness: dict[str, Any],
    header: dict[str, Any] | None,
    head: dict[str, Any] | None,
    trees: list[Line],
    key: str | None,
    report: Report,
) -> None:
    """Compare with a checkpoint seen earlier: is what it covered still there?"""
    seen = witness["text"]
    if key is None or not _signed_by(key, seen, witness["signature"]):
        report.find(0, "witness", "The witness is not signed by the key of this dossier.")
        return
    if head is None or header is None:
        return
    if seen["installation"] != head["installation"]:
        report.find(0, "witness", "The witness is of another installation.")
        return
    size, here = seen["tree_size"], head["tree_size"]
    if size == here and seen["root"] != head["root"]:
        report.find(0, "history", f"The witness saw {size} other entries: the history was written anew.")
    elif size == here:
        report.notes.append(f"The witness saw the same {size} entries.")
    elif size > here and seen["signed_at"] <= header["exported_at"]:
        report.find(
            0, "history", f"The witness saw {size} entries before this was exported; only {here} are left."
        )
    elif size > here:
        report.notes.append("The witness is later than this dossier and cannot be compared with it.")
    else:
        _compare_smaller(seen, trees, report)


def _compare_smaller(seen: dict[str, Any], trees: list[Line], report: Report) -> None:
    size = seen["tree_size"]
    roots = [line.told["root"] for line in trees if line.told and line.told["tree_size"] == size]
    if not roots:
        report.notes.append(
            f"The dossier holds no proof for the witness's {size} entries, so the two could not be compared. "
            "Ask the clinic to export it anew with --witness."
        )
    elif roots != [seen["root"]]:
        report.find(0, "history", f"The witness saw {size} other entries: the history was written anew.")
    else:
        report.notes.append(f"Everything the witness saw ({size} entries) is still in the tree.")


def _check_certificate(wanted: str, sections: list[Line], entries: list[Line], report: Report) -> None:
    """Is the printed certificate one of the dossier's, its text whole, and its release in the ledger?"""
    kept: list[Any] = []
    for line in sections:
        if line.told and line.told["name"] == "certificates":
            told = line.told["content"].get("certificates")
            kept = told if isinstance(told, list) else []
    found = [one for one in kept if isinstance(one, dict) and one.get("digest") == wanted]
    if not found:
        report.find(0, "certificate", f"No lot of this course was released under the certificate {wanted}.")
        return
    text, lot = found[-1].get("text"), found[-1].get("lot")
    if not isinstance(text, str) or _sha256(text.encode()) != wanted:
        report.find(
            0, "certificate", "The text kept of this certificate is not the one that its digest is of."
        )
        return
    released, state = "", ""
    for line in entries:
        happened = line.told["entry"] if line.told else {}
        facts = happened.get("facts") or {}
        if happened.get("action") == "lot.released" and facts.get("certificate") == wanted:
            released = str(happened.get("occurred_at"))
        changes = facts.get("custody")
        for change in changes if released and isinstance(changes, list) else []:
            if (
                isinstance(change, dict)
                and change.get("change") == "lot_changed"
                and change.get("lot") == lot
            ):
                state = str(change.get("to"))
    if not released:
        report.find(0, "certificate", "The ledger tells of no release under this certificate.")
        return
    report.notes.append(f"Lot {lot} was released under this certificate at {released}; it is {state} since.")


def _summarize(
    by_kind: dict[str, list[Line]],
    header: dict[str, Any] | None,
    head: dict[str, Any] | None,
    key: str | None,
    given: str | None,
    report: Report,
) -> None:
    report.about |= {
        "nature": header["nature"] if header else None,
        "course": header["course"] if header else None,
        "installation": header["installation"] if header else None,
        "exported_at": header["exported_at"] if header else None,
        "sections": [line.told["name"] for line in by_kind["section"] if line.told],
        "entries": len(by_kind["entry"]),
        "chains": {line.told["name"]: line.told["length"] for line in by_kind["chain"] if line.told},
        "sealed_texts": len(by_kind["sealed"]),
        "erased_texts": sum(1 for line in by_kind["sealed"] if line.told and "erased_at" in line.told),
        "tree_size": head["tree_size"] if head else None,
        "signed_at": head["signed_at"] if head else None,
        "key": key,
        "key_was_given": bool(given),
    }


# --- The command ------------------------------------------------------------------------------------------


class UnusableError(Exception):
    """Something given to the command cannot be used."""


def read_key(text: str) -> str:
    """A public key given as 64 hexadecimal digits or as a file that holds them. Raises UnusableError."""
    if not HASH.match(text.strip().lower()):
        try:
            with open(text, encoding="ascii") as file:  # noqa: PTH123 - one open needs no other module
                text = file.read(200)
        except (OSError, ValueError) as error:
            raise UnusableError(
                f"The key {text} is neither 64 hexadecimal digits nor a file that can be read."
            ) from error
    text = text.strip().lower()
    if not HASH.match(text):
        raise UnusableError("The key must be 64 hexadecimal digits.")
    return text


def read_certificate(code: str) -> str:
    """The digest in what a certificate's Data Matrix says. Raises UnusableError."""
    found = "".join(code.split()).lower().rstrip("/").rpartition("/verify/")[2]
    if not HASH.match(found):
        raise UnusableError("The code of a certificate ends in 64 hexadecimal digits.")
    return found


def read_witness(file: str) -> dict[str, Any]:
    """The checkpoint in ``file``, which may also be an earlier dossier. Raises UnusableError."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 - one open needs no other module
            lines = opened.read().split(b"\n")
    except OSError as error:
        raise UnusableError(f"The witness {file} cannot be read: {error.strerror}.") from error
    for raw in lines:
        if b'"kind":"checkpoint"' in raw:
            try:
                told = parse(raw)
            except ValueError:
                continue
            if not misshapen(told, "checkpoint") and not misshapen(told["text"], "what a checkpoint signs"):
                return dict(told)
    raise UnusableError(f"The witness {file} holds no checkpoint.")


def sentences(report: Report) -> list[str]:
    """The report in plain words."""
    about, found = report.about, report.sorted_findings()
    said = ["ALTERED" if found else "INTACT"]
    said += [f"  {_where(finding)}: {finding.message}" for finding in found[:20]]
    if len(found) > 20:
        said.append(f"  and {len(found) - 20} more")
    if about["nature"] == "SIMULATED":
        said.append("SIMULATED: a simulated clinic made this. No person was treated.")
    elif about["nature"] == "REAL":
        said.append("REAL: a clinic's record of a treatment.")
    said.append(
        f"Course {about['course']}, exported {about['exported_at']} by installation {about['installation']}"
    )
    said.append(f"{about['entries']} entries in {len(about['chains'])} chains:")
    said += [f"  {name}: {length}" for name, length in about["chains"].items()]
    said.append(f"{about['sealed_texts']} sealed texts, of which {about['erased_texts']} were erased")
    said.append("Sections: " + (", ".join(about["sections"]) or "none"))
    if about.get("files_beside"):
        said.append(f"{about['files_beside']} files in the archive beside it")
    if about["tree_size"] is not None:
        said.append(f"Signed tree: {about['tree_size']} entries, {about['signed_at']}")
    if about["key_was_given"]:
        said.append(f"Checked with the key you gave: {about['key']}")
    else:
        said.append(f"The key inside the file was trusted on its own word: {about['key']}")
        said.append("  Ask the clinic for its key by another way and give it with --key.")
    return said + report.notes


def _where(finding: Finding) -> str:
    return f"{finding.place}, line {finding.line}" if finding.line else finding.place


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; the result is its exit code."""
    parser = argparse.ArgumentParser(
        prog="verify_dossier.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", metavar="FILE", help="the dossier")
    parser.add_argument("--key", metavar="HEX_OR_FILE", help="the clinic's public key")
    parser.add_argument("--witness", metavar="CHECKPOINT", action="append", default=[], help="seen earlier")
    parser.add_argument("--files", metavar="ARCHIVE", help="the files beside it (FILE.files.tar)")
    parser.add_argument("--certificate", metavar="CODE", help="what a certificate's Data Matrix says")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    args = parser.parse_args(arguments)
    try:
        key = read_key(args.key) if args.key else None
        witnesses = [read_witness(file) for file in args.witness]
        certificate = read_certificate(args.certificate) if args.certificate is not None else None
        with open(args.file, "rb") as opened:  # noqa: PTH123 - one open needs no other module
            data = opened.read()
    except UnusableError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{args.file} cannot be read: {error.strerror}.", file=sys.stderr)
        return 2
    report = check(data, key, witnesses, args.files or f"{args.file}.files.tar", certificate)
    try:
        print(
            json.dumps(report.as_plain(), indent=2) if args.json else "\n".join(sentences(report)), flush=True
        )
    except BrokenPipeError:  # whoever reads has seen enough; the answer is the exit code
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
