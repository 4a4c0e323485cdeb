"""The tree against published vectors, and the laws its proofs obey."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.ledger.domain.merkle import (
    EMPTY_ROOT,
    GrowingTree,
    NodeHash,
    completing_leaf,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    perfect_subtrees,
    root,
)
from stroma.ledger.standalone import verifier

# Leaves and roots of transparency-dev/merkle (testonly/constants.go).
LEAVES = [
    bytes.fromhex(text)
    for text in [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

VECTORS = Path(
    os.environ.get("STROMA_REAL_DATA", Path(__file__).resolve().parents[2] / "../shared/data"),
    "reference_results/ledger_vectors.json",
)


def nodes_of(leaves: list[bytes]) -> NodeHash:
    """The nodes as they are stored: with the leaf that completes them."""
    tree, stored = GrowingTree(), []
    for data in leaves:
        stored.append(tree.append(data))
    return lambda level, index: stored[completing_leaf((level, index))][level]


@pytest.mark.parametrize("size", range(9))
def test_the_root_is_the_published_one(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size]


def test_leaf_and_node_are_hashed_apart() -> None:
    # transparency-dev/merkle, rfc6962/rfc6962_test.go
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert (
        node_hash(b"N123", b"N456").hex()
        == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


@pytest.mark.real_data
def test_proofs_are_the_reference_ones() -> None:
    told = json.loads(VECTORS.read_text())
    node = nodes_of([bytes.fromhex(text) for text in told["leaf_inputs_hex"]])
    for case in told["inclusion"]:
        proof = inclusion_proof(case["leaf_index"], case["tree_size"], node)
        assert [step.hex() for step in proof] == case["proof"]
    for case in told["consistency"]:
        proof = consistency_proof(case["first"], case["second"], node)
        assert [step.hex() for step in proof] == case["proof"]


leaf_lists = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


@given(leaf_lists, st.data())
def test_every_leaf_is_proved_and_nothing_else_is(leaves: list[bytes], data: st.DataObject) -> None:
    size, tree_root, node = len(leaves), root(leaves), nodes_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    leaf, proof = leaf_hash(leaves[index]), inclusion_proof(index, size, node)
    assert is_included(leaf, index, size, proof, tree_root)
    assert verifier().inclusion_root(leaves[index], index, size, proof) == tree_root
    assert not is_included(leaf, index, size, [*proof, EMPTY_ROOT], tree_root)
    assert not is_included(leaf, index, size, proof[:-1], tree_root) or not proof
    assert not is_included(leaf_hash(leaves[index] + b"x"), index, size, proof, tree_root)
    assert not is_included(leaf, size, size, proof, tree_root)
    assert not is_included(leaf, -1, size, proof, tree_root)
    for place in range(len(proof)):
        bent = [bytes([step[0] ^ 1]) + step[1:] if at == place else step for at, step in enumerate(proof)]
        assert not is_included(leaf, index, size, bent, tree_root)
    other = data.draw(st.integers(0, size - 1))
    if leaves[other] != leaves[index]:
        assert not is_included(leaf, other, size, proof, tree_root)


@given(leaf_lists, st.data())
def test_every_tree_is_proved_to_begin_the_next(leaves: list[bytes], data: st.DataObject) -> None:
    second, node = len(leaves), nodes_of(leaves)
    first = data.draw(st.integers(0, second))
    old, new = root(leaves[:first]), root(leaves)
    proof = consistency_proof(first, second, node)
    assert is_consistent(first, second, old, new, proof)
    if 0 < first < second:
        assert verifier().is_consistent(first, second, old, new, proof)
        assert not is_consistent(second, first, new, old, proof)
        assert not is_consistent(first, second, new, old, proof)
        assert not is_consistent(first, second, old, new, [])
    assert not is_consistent(first, second, old, new, [*proof, EMPTY_ROOT])
    for place in range(len(proof)):
        bent = [bytes([step[0] ^ 1]) + step[1:] if at == place else step for at, step in enumerate(proof)]
        assert not is_consistent(first, second, old, new, bent)


@given(leaf_lists, leaf_lists)
def test_a_tree_grows_on_from_its_stored_nodes(before: list[bytes], after: list[bytes]) -> None:
    node = nodes_of(before)
    tree = GrowingTree(len(before), [node(*place) for place in perfect_subtrees((0, len(before)))])
    for data in after:
        tree.append(data)
    assert tree.root() == root([*before, *after])


def test_a_leaf_or_node_without_its_prefix_proves_nothing() -> None:
    import hashlib

    node = nodes_of(LEAVES[:2])
    tree_root, proof = root(LEAVES[:2]), inclusion_proof(0, 2, node)
    assert not is_included(hashlib.sha256(LEAVES[0]).digest(), 0, 2, proof, tree_root)
    unmarked = hashlib.sha256(leaf_hash(LEAVES[0]) + leaf_hash(LEAVES[1])).digest()
    assert not is_included(leaf_hash(LEAVES[0]), 0, 2, proof, unmarked)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_proof_is_made_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        inclusion_proof(index, size, nodes_of(LEAVES))


def test_no_proof_is_made_for_a_tree_that_shrank() -> None:
    with pytest.raises(ValueError, match="does not begin"):
        consistency_proof(5, 4, nodes_of(LEAVES))
