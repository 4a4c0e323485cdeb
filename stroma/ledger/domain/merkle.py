"""The Merkle tree over the ledger: hashes, roots, proofs, verification (RFC 6962 §2.1, RFC 9162 §2.1).

Leaves are counted from 0; a node is named by its level (0 for leaves) and its index within the level, and
covers ``2 ** level`` leaves. Proofs are lists of 32-byte hashes in the order of the RFC.

Note [Nodes are kept with the leaf that completes them]
    Leaf ``i`` completes one perfect subtree for each trailing one bit of ``i``, and itself: on average two
    nodes a leaf. Kept together, they make every root and every proof a matter of a few dozen reads, however
    long the log has become: node ``(level, index)`` stands with leaf ``(index + 1) * 2**level - 1``, at place
    ``level``.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()

Node = tuple[int, int]
"""A perfect subtree's level and its index within that level."""

LeafRange = tuple[int, int]
"""Leaves from the first number up to, but not including, the second."""

NodeHash = Callable[[int, int], bytes]
"""Gives the hash of the node at a level and index."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf holding ``data``."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above ``left`` and ``right``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class GrowingTree:
    """A tree that is appended to: it holds only the roots of its perfect subtrees, the largest first."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)
        if len(self._peaks) != size.bit_count():
            raise ValueError(
                f"a tree of {size} leaves has {size.bit_count()} perfect subtrees, not {len(self._peaks)}"
            )

    def append(self, data: bytes) -> list[bytes]:
        """Add a leaf; the nodes it completes are returned, the leaf's own hash first."""
        completed = [leaf_hash(data)]
        for _ in range((~self.size & (self.size + 1)).bit_length() - 1):
            completed.append(node_hash(self._peaks.pop(), completed[-1]))
        self._peaks.append(completed[-1])
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return _folded(self._peaks)


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over the leaves' data."""
    tree = GrowingTree()
    for data in leaves:
        tree.append(data)
    return tree.root()


def perfect_subtrees(leaves: LeafRange) -> list[Node]:
    """The nodes that together cover ``leaves``, the largest first; for the ranges that proofs ask for."""
    low, high = leaves
    nodes = []
    while low < high:
        level = (high - low).bit_length() - 1
        nodes.append((level, low >> level))
        low += 1 << level
    return nodes


def completing_leaf(node: Node) -> int:
    """The index of the leaf that completes ``node``."""
    level, index = node
    return ((index + 1) << level) - 1


def root_of(leaves: LeafRange, node: NodeHash) -> bytes:
    """The root over a range of leaves, from the nodes that cover it."""
    return _folded([node(*place) for place in perfect_subtrees(leaves)])


def inclusion_ranges(index: int, size: int) -> list[LeafRange]:
    """The ranges of leaves whose roots prove that leaf ``index`` is in the tree of ``size`` leaves."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low = middle
    return path[::-1]


def inclusion_proof(index: int, size: int, node: NodeHash) -> list[bytes]:
    """The proof that leaf ``index`` is in the tree of ``size`` leaves. Raises ValueError when it is not."""
    return [root_of(leaves, node) for leaves in inclusion_ranges(index, size)]


def consistency_ranges(first: int, second: int) -> list[LeafRange]:
    """The ranges of leaves whose roots prove that the tree of ``first`` leaves begins that of ``second``."""
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {first} leaves does not begin one of {second}")
    if first == 0:
        return []
    path = []
    low, high = 0, second
    while first != high:
        middle = low + _split(high - low)
        if first <= middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low = middle
    # When the first tree is itself a perfect left subtree, whoever checks knows its root already.
    return ([(low, high)] if low else []) + path[::-1]


def consistency_proof(first: int, second: int, node: NodeHash) -> list[bytes]:
    """The proof that the tree of ``second`` leaves begins with that of ``first``."""
    return [root_of(leaves, node) for leaves in consistency_ranges(first, second)]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> bool:
    """Whether ``proof`` shows the leaf hash ``leaf`` at ``index`` below ``tree_root`` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            current = node_hash(sibling, current)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and current == tree_root


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether ``proof`` shows that the second tree begins with the first (RFC 9162 §2.1.4.2).

    The RFC leaves the empty first tree open; every tree begins with it, and its proof is empty.
    """
    if not 0 <= first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    steps = list(proof)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    if not steps:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first_current = second_current = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first_current = node_hash(sibling, first_current)
            second_current = node_hash(sibling, second_current)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second_current = node_hash(second_current, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first_current == first_root and second_current == second_root


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _folded(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    current = peaks[-1]
    for peak in peaks[-2::-1]:
        current = node_hash(peak, current)
    return current
