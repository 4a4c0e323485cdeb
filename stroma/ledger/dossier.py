"""The dossier of one course: everything the ledger says about it, in one file that can be checked anywhere.

Later steps say what belongs to a course, by registering readers:

- ``dossier_chains``: ``fn(course_id) -> Iterable[ChainKey]``, the chains to be told whole, from the first
entry to the last;
- ``dossier_section``: ``fn(course_id) -> dict | None``, anything else, such as the protocol's document;
- ``dossier_files``: the files that the house keeps, see ``attachments.py``.

An entry also names the chains it joins that are not told; of those the dossier shows nothing but their opaque
names, so that a donor lot tells no recipient about another.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from stroma.ledger.attachments import SECTION, attachments_section
from stroma.ledger.checkpoints import checkpoint, checkpoint_document, node_reader
from stroma.ledger.domain.canonical import plain
from stroma.ledger.domain.dossier_form import (
    Dossier,
    DossierChain,
    DossierEntry,
    DossierText,
    EarlierTree,
    dossier_bytes,
)
from stroma.ledger.domain.entry import ChainKey, Nature
from stroma.ledger.domain.merkle import (
    consistency_proof,
    consistency_ranges,
    inclusion_proof,
    inclusion_ranges,
)
from stroma.ledger.keys import signing_key
from stroma.ledger.locks import rows_to_change
from stroma.ledger.models import Chain, Checkpoint, Entry, SealedText
from stroma.ledger.readers import registered
from stroma.ledger.record import installation
from stroma.ledger.transaction import action
from stroma.protocols.domain.problem import BadInput, Problem

EARLIER_TREES = 4
"""How many of the last checkpoints before this one a dossier is tied to without being asked."""

_AT_ONCE = 500


class NothingToExport(BadInput):
    """No chain belongs to the course, or none holds an entry."""


@action
def export_dossier(course_id: UUID, *, by: object, at: datetime, witnessed: Iterable[int] = ()) -> bytes:
    """Make a checkpoint, then tell the course's chains whole.

    ``witnessed`` are tree sizes of checkpoints that the reader holds from earlier; the dossier proves that
    the present tree begins with each of them that was signed here. Raises NothingToExport and KeyUnusable.
    """
    here = installation()
    chains = _locked_chains(course_id)
    made = checkpoint(by=by, at=at)
    key = signing_key(may_create=False)
    entries = list(
        Entry.objects.filter(links__chain__in=chains)
        .distinct()
        .order_by("leaf__index")
        .values_list("sequence", "text", "hash", "leaf__index")
    )
    if not entries:
        raise _nothing(course_id)
    earlier = _earlier_trees(made, witnessed)
    dossier = Dossier(
        installation=here.uuid,
        nature=Nature(here.nature),
        course=course_id,
        exported_at=at,
        exported_by=str(getattr(by, "ledger_name", by)),
        public_key=key.public_hex,
        sections=_sections(course_id),
        entries=_with_proofs([entry[1:] for entry in entries], made.tree_size),
        sealed_texts=_sealed_texts([entry[0] for entry in entries]),
        chains=[DossierChain(str(chain), chain.length, chain.head) for chain in chains],
        earlier_trees=earlier,
        checkpoint=checkpoint_document(made),
    )
    return dossier_bytes(dossier, sign=key.sign)


def course_named(text: str) -> UUID:
    """The course that ``text`` names: its identifier, or whatever a ``dossier_course`` reader understands."""
    try:
        return UUID(text)
    except ValueError:
        for reader in registered("dossier_course").values():
            found: UUID | None = reader(text)
            if found is not None:
                return found
    raise BadInput(
        [
            Problem(
                "unknown_course",
                f"There is no course {text}. Give its number or its identifier.",
                place="COURSE",
            )
        ]
    )


def _locked_chains(course_id: UUID) -> list[Chain]:
    """The course's chains, held until the dossier is made, so that sections and entries tell the same moment.

    They are locked in the order in which ``record`` locks them.
    """
    keys: set[ChainKey] = set()
    for reader in registered("dossier_chains").values():
        keys.update(reader(course_id))
    found = [
        rows_to_change(Chain.objects).filter(kind=key.kind.value, subject=key.subject, length__gt=0).first()
        for key in sorted(keys)
    ]
    chains = [chain for chain in found if chain is not None]
    if not chains:
        raise _nothing(course_id)
    return chains


def _nothing(course_id: UUID) -> NothingToExport:
    return NothingToExport(
        [Problem("unknown_course", f"The ledger holds nothing about a course {course_id}.", place="COURSE")]
    )


def _sections(course_id: UUID) -> dict[str, dict[str, Any]]:
    told = {name: reader(course_id) for name, reader in registered("dossier_section").items()}
    told[SECTION] = attachments_section(course_id)
    return {name: plain(content, place=name) for name, content in told.items() if content is not None}


def _with_proofs(entries: Sequence[tuple[str, str, int]], tree_size: int) -> list[DossierEntry]:
    ranges = {part for _text, _hash, leaf in entries for part in inclusion_ranges(leaf, tree_size)}
    node = node_reader(ranges)
    return [
        DossierEntry(text, entry_hash, leaf, inclusion_proof(leaf, tree_size, node))
        for text, entry_hash, leaf in entries
    ]


def _sealed_texts(sequences: Sequence[int]) -> list[DossierText]:
    """In the order of the entries, then of the names."""
    texts: list[DossierText] = []
    for start in range(0, len(sequences), _AT_ONCE):
        rows = SealedText.objects.filter(entry__in=sequences[start : start + _AT_ONCE]).select_related(
            "entry"
        )
        texts += [
            DossierText(row.entry.id, row.name, row.digest, row.salt, row.text, row.erased_at)
            for row in rows.order_by("entry__leaf__index", "name")
        ]
    return texts


def _earlier_trees(made: Checkpoint, witnessed: Iterable[int]) -> list[EarlierTree]:
    before = Checkpoint.objects.filter(tree_size__lt=made.tree_size, tree_size__gt=0)
    sizes = set(before.order_by("-id").values_list("tree_size", flat=True)[:EARLIER_TREES]) | set(witnessed)
    roots = dict(before.filter(tree_size__in=sizes).values_list("tree_size", "root"))
    node = node_reader({part for size in roots for part in consistency_ranges(size, made.tree_size)})
    return [
        EarlierTree(size, tree_root, consistency_proof(size, made.tree_size, node))
        for size, tree_root in sorted(roots.items())
    ]
