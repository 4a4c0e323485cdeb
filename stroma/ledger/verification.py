"""Does everything in the ledger still hold? What ``stroma verify`` asks, one check after the other.

The entries are read once, in the order in which they were written, beside their places in the chains: nothing
is held in memory but the state of each chain. Everything is read from one moment of the database; others may
go on writing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, transaction

from stroma.ledger.checkpoints import tree_head
from stroma.ledger.domain.canonical import digest, sealed_digest, time_text
from stroma.ledger.domain.entry import FORMAT, GENESIS
from stroma.ledger.domain.merkle import GrowingTree
from stroma.ledger.keys import fingerprint, signature_holds, trusted_keys
from stroma.ledger.models import Chain, Checkpoint, Entry, Installation, Leaf, Link, SealedText
from stroma.ledger.quick_check import entries_that_hold
from stroma.ledger.readers import registered
from stroma.ledger.refusals import CLOCK_TOLERANCE
from stroma.ledger.standing_guards import missing_guards, number_of_guards

_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold: which check found it, where, and what it is."""

    check: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A check that was made: how many things it looked at and everything it found."""

    check: str
    examined: int
    findings: Sequence[Finding]


def verify(witnesses: Iterable[Mapping[str, Any]] = ()) -> Iterator[Checked]:
    """Make every check. ``witnesses``: checkpoint documents kept elsewhere, whose trees begin this one."""
    with _one_moment():
        here = Installation.objects.first()
        if here is None:
            yield Checked("installation", 0, [Finding("installation", "", "The database was never founded.")])
            return
        yield _entries(here)
        yield _sealed_texts()
        yield _checkpoints(here, list(witnesses))
        found = [Finding("guards", name, message) for name, message in missing_guards()]
        yield Checked("guards", number_of_guards(), found)
        for name, reader in registered("verify").items():
            told = [Finding(name, "", message) for message in reader()]
            yield Checked(name, 1, told)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything as it is now, without keeping writers waiting."""
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Our transactions on SQLite begin by taking the write lock; this one only reads and takes none.
    connection.ensure_connection()
    usual: str | None = getattr(connection, "transaction_mode", None)
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]  # only SQLite's wrapper has it
    try:
        with transaction.atomic():
            connection.transaction_mode = usual  # type: ignore[attr-defined]  # only SQLite's wrapper has it
            yield
    finally:
        connection.transaction_mode = usual  # type: ignore[attr-defined]  # only SQLite's wrapper has it


@dataclass(slots=True)
class _Followed:
    """How far a chain has been followed."""

    length: int = 0
    head: str = GENESIS
    recorded_at: str = ""


def _entries(here: Installation) -> Checked:
    """Each entry's text, hash and columns, and its place in each of its chains; then the chains' heads.

    The quick way is asked first; where it is not satisfied, each entry is looked at on its own.
    """
    number = entries_that_hold(here)
    return Checked("entries", number, []) if number is not None else entries_one_by_one(here)


def entries_one_by_one(here: Installation) -> Checked:
    """The plain way, which names what it finds."""
    findings: list[Finding] = []
    names = {chain.pk: str(chain) for chain in Chain.objects.iterator(chunk_size=_AT_ONCE)}
    followed: dict[str, _Followed] = {}
    examined = 0
    for entry, links in _entries_with_links(names):
        examined += 1
        place = f"entry {entry.sequence} ({entry.action}, {entry.id})"
        messages = [*_wrong_with(entry, links, here), *_wrong_in_chains(entry, links, followed)]
        findings += [Finding("entries", place, message) for message in messages]
    for chain in Chain.objects.iterator(chunk_size=_AT_ONCE):
        state = followed.get(str(chain), _Followed())
        last = time_text(chain.last_recorded_at) if chain.last_recorded_at else ""
        if (chain.length, chain.head, last) != (state.length, state.head, state.recorded_at):
            message = (
                f"It says {chain.length} entries; {state.length} lead to its head, or its head is another."
            )
            findings.append(Finding("chains", str(chain), message))
    return Checked("entries", examined, findings)


def _entries_with_links(names: Mapping[int, str]) -> Iterator[tuple[Entry, list[dict[str, Any]]]]:
    """Each entry with its links as its text should tell them, both read side by side."""
    rows = Link.objects.order_by("entry_id").values_list("entry_id", "chain_id", "position", "previous")
    grouped = groupby(rows.iterator(chunk_size=_AT_ONCE), key=itemgetter(0))
    waiting = next(grouped, None)
    for entry in Entry.objects.order_by("sequence").iterator(chunk_size=_AT_ONCE):
        links: list[dict[str, Any]] = []
        while waiting is not None and waiting[0] <= entry.sequence:
            told = [
                {"chain": names.get(c, "a chain that is gone"), "position": p, "previous": h}
                for _entry, c, p, h in waiting[1]
            ]
            if waiting[0] == entry.sequence:
                links = told
            waiting = next(grouped, None)
        yield entry, sorted(links, key=itemgetter("chain"))


def _wrong_with(entry: Entry, links: Sequence[Mapping[str, Any]], here: Installation) -> Iterator[str]:
    if digest(entry.text.encode()) != entry.hash:
        yield "Its text does not match its hash."
    try:
        body = json.loads(entry.text)
    except ValueError:
        yield "Its text is not JSON."
        return
    # The standard writer gives canonical bytes for an entry, many times faster than the library.
    spelled = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    if not isinstance(body, dict) or spelled != entry.text:
        yield "Its text is not in canonical form."
        return
    columns = {
        "format": FORMAT,
        "id": str(entry.id),
        "action": entry.action,
        "actor": entry.actor,
        "occurred_at": time_text(entry.occurred_at),
        "recorded_at": time_text(entry.recorded_at),
        "nature": here.nature,
        "links": list(links),
    }
    for name, value in columns.items():
        if body.get(name) != value:
            yield f"Its {name} in the table is not the one in its text."
    if entry.occurred_at > entry.recorded_at + CLOCK_TOLERANCE:
        yield "It was recorded before it happened."
    if not links:
        yield "It stands in no chain."


def _wrong_in_chains(
    entry: Entry, links: Sequence[Mapping[str, Any]], followed: dict[str, _Followed]
) -> Iterator[str]:
    recorded_at = time_text(entry.recorded_at)
    for link in links:
        name = link["chain"]
        state = followed.setdefault(name, _Followed())
        if link["position"] != state.length:
            yield f"Its place in {name} is {link['position']}; {state.length} comes next."
        elif link["previous"] != state.head:
            yield f"It does not follow the entry before it in {name}."
        if recorded_at < state.recorded_at:
            yield f"It was recorded before the entry before it in {name}."
        state.length, state.head = link["position"] + 1, entry.hash
        state.recorded_at = max(recorded_at, state.recorded_at)


def _sealed_texts() -> Checked:
    """Each sealed text against the digest in its entry's text; each digest has its row."""
    findings: list[Finding] = []
    examined = 0
    rows = SealedText.objects.order_by("entry_id", "name").iterator(chunk_size=_AT_ONCE)
    grouped = groupby(rows, key=lambda row: row.entry_id)
    waiting = next(grouped, None)
    for sequence, text in (
        Entry.objects.order_by("sequence").values_list("sequence", "text").iterator(_AT_ONCE)
    ):
        told: dict[str, SealedText] = {}
        if waiting is not None and waiting[0] == sequence:
            told = {row.name: row for row in waiting[1]}
            waiting = next(grouped, None)
        if not told and '"sealed"' not in text:
            continue
        examined += len(told)
        findings += [
            Finding("sealed texts", f"{name} of entry {sequence}", message)
            for name, message in _wrong_with_texts(_digests_in(text), told)
        ]
    if waiting is not None:
        findings.append(
            Finding("sealed texts", f"entry {waiting[0]}", "Texts are sealed for an entry that is gone.")
        )
    return Checked("sealed texts", examined, findings)


def _digests_in(text: str) -> dict[str, str]:
    try:
        facts = json.loads(text)["facts"]
        return {n: f["sealed"] for n, f in facts.items() if isinstance(f, dict) and set(f) == {"sealed"}}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}  # the check of the entries says that the text is no entry


def _wrong_with_texts(wanted: Mapping[str, str], told: Mapping[str, SealedText]) -> Iterator[tuple[str, str]]:
    for name in sorted({*wanted, *told}):
        row = told.get(name)
        if row is None:
            yield name, "The text is gone without having been erased."
        elif wanted.get(name) != row.digest:
            yield name, "Its digest is not the one in the entry."
        elif row.erased_at is None and sealed_digest(row.salt, row.text) != row.digest:
            yield name, "It does not match its digest."


def _checkpoints(here: Installation, witnesses: Sequence[Mapping[str, Any]]) -> Checked:
    """The tree computed anew from the entries, against its stored nodes and against every signed head.

    All heads are taken from one growing tree, so that they are consistent with each other when each is right.
    """
    findings: list[Finding] = []
    signed = list(Checkpoint.objects.order_by("id"))
    sizes = {c.tree_size for c in signed} | {w["text"]["tree_size"] for w in witnesses}
    tree = GrowingTree()
    roots = {0: tree.root().hex()}
    leaves = Leaf.objects.order_by("index").values_list("index", "nodes", "entry__sequence", "entry__hash")
    for index, nodes, sequence, entry_hash in leaves.iterator(chunk_size=_AT_ONCE):
        place = f"leaf {index} (entry {sequence})"
        if index != tree.size:
            findings.append(Finding("checkpoints", place, f"Leaf {tree.size} is missing before it."))
            break
        if "".join(node.hex() for node in tree.append(_bytes_of(entry_hash))) != nodes:
            findings.append(Finding("checkpoints", place, "Its nodes are not those of the tree."))
        if tree.size in sizes:
            roots[tree.size] = tree.root().hex()
    trusted = trusted_keys()
    last = 0
    for number, head in enumerate(signed, start=1):
        found = _wrong_with_head(head, here, roots, trusted, after=last)
        findings += [Finding("checkpoints", f"checkpoint {number}", message) for message in found]
        last = max(last, head.tree_size)
    if tree.size > last:
        findings.append(Finding("checkpoints", "", f"{tree.size - last} leaves stand under no signed head."))
    for witness in witnesses:
        found = _wrong_with_witness(witness, here, roots, trusted)
        findings += [Finding("witness", witness["text"]["signed_at"], message) for message in found]
    return Checked("checkpoints", len(signed) + len(witnesses), findings)


def _bytes_of(hexadecimal: str) -> bytes:
    try:
        return bytes.fromhex(hexadecimal)
    except ValueError:
        return hexadecimal.encode()  # altered: nothing will match it


def _wrong_with_head(
    head: Checkpoint, here: Installation, roots: Mapping[int, str], trusted: frozenset[str], *, after: int
) -> Iterator[str]:
    if roots.get(head.tree_size) != head.root:
        yield f"The tree of {head.tree_size} entries has another root."
    if head.tree_size < after:
        yield "It covers less than the one before it."
    if head.public_key not in trusted:
        yield "Its key is not among those kept in the folder of the ledger's key."
    elif fingerprint(head.public_key) != head.key_fingerprint:
        yield "Its fingerprint is not that of its key."
    if not signature_holds(head.public_key, tree_head(head, here=here).signed_bytes(), head.signature):
        yield "Its signature does not hold."


def _wrong_with_witness(
    witness: Mapping[str, Any], here: Installation, roots: Mapping[int, str], trusted: frozenset[str]
) -> Iterator[str]:
    text = witness["text"]
    spelled = json.dumps(text, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    if witness["public_key"] not in trusted or not signature_holds(
        witness["public_key"], spelled, witness["signature"]
    ):
        yield "The witness is not signed by a key of this ledger."
    elif text["installation"] != str(here.uuid):
        yield "The witness is of another installation."
    elif text["tree_size"] not in roots:
        yield f"The witness saw {text['tree_size']} entries; fewer are left."
    elif roots[text["tree_size"]] != text["root"]:
        yield f"The witness saw {text['tree_size']} other entries: the history was written anew."
