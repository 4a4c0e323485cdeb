"""Checkpoints: every entry gets its leaf, and the head of the tree is signed.

A chain alone does not stop the owner of the database from writing all of it anew. A checkpoint kept by
somebody else does: whoever has seen one can tell that entries it covered were removed or rewritten since.
``stroma checkpoint FILE`` writes one to keep elsewhere.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from stroma.ledger.domain.canonical import canonical
from stroma.ledger.domain.entry import Nature
from stroma.ledger.domain.merkle import GrowingTree, LeafRange, completing_leaf, perfect_subtrees
from stroma.ledger.domain.tree_head import TreeHead
from stroma.ledger.keys import fingerprint, signing_key
from stroma.ledger.locks import rows_to_change
from stroma.ledger.models import Checkpoint, Entry, Installation, Leaf
from stroma.ledger.record import installation
from stroma.ledger.transaction import action

_LEAVES_AT_ONCE = 1000
_HASH_DIGITS = 64


@action
def checkpoint(*, by: object, at: datetime) -> Checkpoint:
    """Give every entry that has none its leaf, and sign the head of the tree.

    When nothing was added since the last checkpoint, and the key is the same, that one is returned.
    Checkpoints wait for each other: on SQLite at the gate of writers, on PostgreSQL at the installation's
    row. Raises KeyUnusable.
    """
    installation()  # raises NotFounded with the way on
    here = rows_to_change(Installation.objects).get()
    last = Checkpoint.objects.last()
    # A second key is never begun by accident: where something is signed already, the key must be there.
    key = signing_key(may_create=last is None)
    tree = grown_tree(_number_of_leaves())
    added = _add_leaves(tree)
    if last and not added and last.public_key == key.public_hex:
        return last
    head = TreeHead(here.uuid, Nature(here.nature), tree.size, tree.root().hex(), at)
    return Checkpoint.objects.create(
        tree_size=head.tree_size,
        root=head.root,
        signed_at=at,
        actor=str(getattr(by, "ledger_name", by)),
        key_fingerprint=fingerprint(key.public_hex),
        public_key=key.public_hex,
        signature=key.sign(head.signed_bytes()),
    )


def tree_head(of: Checkpoint, *, here: Installation) -> TreeHead:
    """What ``of`` signs."""
    return TreeHead(here.uuid, Nature(here.nature), of.tree_size, of.root, of.signed_at)


def checkpoint_document(of: Checkpoint) -> dict[str, Any]:
    """A checkpoint as it is handed out: what was signed, the key and the signature."""
    return {
        "kind": "checkpoint",
        "text": tree_head(of, here=installation()).as_plain(),
        "public_key": of.public_key,
        "signature": of.signature,
    }


def checkpoint_bytes(of: Checkpoint) -> bytes:
    """The document's one byte form, to be kept outside."""
    return canonical(checkpoint_document(of)) + b"\n"


def grown_tree(size: int) -> GrowingTree:
    """The tree over the first ``size`` leaves, ready to be appended to."""
    whole = (0, size)
    node = node_reader([whole])
    return GrowingTree(size, [node(*place) for place in perfect_subtrees(whole)])


def node_reader(ranges: Iterable[LeafRange]) -> Callable[[int, int], bytes]:
    """Reads, in a few queries, the nodes that cover ``ranges``; gives their hashes by level and index."""
    places = {place for leaves in ranges for place in perfect_subtrees(leaves)}
    nodes = _stored_nodes(sorted({completing_leaf(place) for place in places}))

    def node(level: int, index: int) -> bytes:
        hashes = nodes[completing_leaf((level, index))]
        return bytes.fromhex(hashes[level * _HASH_DIGITS : (level + 1) * _HASH_DIGITS])

    return node


def _number_of_leaves() -> int:
    last = Leaf.objects.values_list("index", flat=True).order_by("-index").first()
    return 0 if last is None else last + 1


def _stored_nodes(leaves: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(leaves), 500):  # SQLite takes a limited number of parameters
        found.update(Leaf.objects.filter(index__in=leaves[start : start + 500]).values_list("index", "nodes"))
    return found


def _add_leaves(tree: GrowingTree) -> int:
    """Append the entries without a leaf, in order: see Note [Leaves have numbers of their own]."""
    waiting = Entry.objects.filter(leaf__isnull=True).order_by("sequence").values_list("sequence", "hash")
    added = 0
    batch: list[Leaf] = []
    # Read whole before the first write: SQLite may show a running query the rows that are added under it.
    for sequence, entry_hash in list(waiting):
        index = tree.size
        nodes = "".join(node.hex() for node in tree.append(bytes.fromhex(entry_hash)))
        batch.append(Leaf(index=index, entry_id=sequence, nodes=nodes))
        added += 1
        if len(batch) == _LEAVES_AT_ONCE:
            Leaf.objects.bulk_create(batch)
            batch.clear()
    Leaf.objects.bulk_create(batch)
    return added
