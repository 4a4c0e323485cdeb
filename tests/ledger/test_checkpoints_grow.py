"""Checkpoints: every entry gets one leaf, and each signed head continues the one before it."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from stroma.ledger.checkpoints import checkpoint, checkpoint_bytes
from stroma.ledger.domain.merkle import root
from stroma.ledger.keys import KeyUnusable, signing_key
from stroma.ledger.models import Checkpoint, Entry, Leaf
from stroma.ledger.standalone import verifier
from tests.ledger.conftest import START, SmallLedger


def test_the_signed_root_is_that_of_all_entries(small_ledger: SmallLedger) -> None:
    for _ in range(5):
        made = checkpoint(by="test", at=START)
        hashes = Entry.objects.order_by("sequence").values_list("hash", flat=True)
        assert (made.tree_size, made.root) == (len(hashes), root(map(bytes.fromhex, hashes)).hex())
        small_ledger.live_through(3)
    assert list(Leaf.objects.values_list("index", flat=True)) == list(range(made.tree_size))


def test_a_checkpoint_over_nothing_new_is_the_last_one(small_ledger: SmallLedger) -> None:
    first = checkpoint(by="test", at=START)
    assert checkpoint(by="test", at=START + timedelta(days=1)) == first
    assert Checkpoint.objects.count() == 1


def test_an_empty_ledger_has_the_empty_tree(founded: None) -> None:
    made = checkpoint(by="test", at=START)
    assert (made.tree_size, made.root) == (0, root([]).hex())


def test_a_checkpoint_handed_out_can_be_read_as_a_witness(small_ledger: SmallLedger, tmp_path: Path) -> None:
    made = checkpoint(by="test", at=START)
    (tmp_path / "witness.json").write_bytes(checkpoint_bytes(made))
    told = verifier().read_witness(str(tmp_path / "witness.json"))
    assert (told["text"]["tree_size"], told["text"]["root"]) == (8, made.root)


def test_the_key_is_made_once_and_only_its_owner_may_read_it(
    small_ledger: SmallLedger, own_key: Path
) -> None:
    made = checkpoint(by="test", at=START)
    assert stat.S_IMODE(own_key.stat().st_mode) == 0o600
    assert own_key.with_name("ledger.ed25519.pub").read_text() == f"{made.public_key}\n"
    assert signing_key(may_create=True).public_hex == made.public_key
    assert sorted(file.name for file in own_key.parent.iterdir()) == ["ledger.ed25519", "ledger.ed25519.pub"]


def test_a_lost_key_is_not_replaced_in_silence(small_ledger: SmallLedger, own_key: Path) -> None:
    checkpoint(by="test", at=START)
    own_key.unlink()
    small_ledger.live_through(1)
    with pytest.raises(KeyUnusable) as refused:
        checkpoint(by="test", at=START + timedelta(days=1))
    assert [problem.code for problem in refused.value.problems] == ["key_missing"]
    assert not own_key.exists()


def test_a_key_file_that_is_named_must_be_there(
    small_ledger: SmallLedger, own_key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEDGER_KEY_IS_NAMED", True)
    with pytest.raises(KeyUnusable):
        checkpoint(by="test", at=START)
    assert not own_key.exists()


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_refused(small_ledger: SmallLedger, own_key: Path, content: bytes) -> None:
    own_key.parent.mkdir()
    own_key.write_bytes(content)
    with pytest.raises(KeyUnusable) as refused:
        checkpoint(by="test", at=START)
    assert [problem.code for problem in refused.value.problems] == ["key_unreadable"]


def test_a_new_key_signs_the_same_tree_anew(small_ledger: SmallLedger, own_key: Path) -> None:
    old = checkpoint(by="test", at=START)
    own_key.with_name("ledger.ed25519.pub").rename(own_key.with_name("2026.pub"))
    own_key.unlink()
    signing_key(may_create=True)
    new = checkpoint(by="test", at=START + timedelta(days=1))
    assert (new.tree_size, new.root) == (old.tree_size, old.root)
    assert new.public_key != old.public_key
