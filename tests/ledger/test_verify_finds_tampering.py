"""Whoever goes round the guards is found by ``verify``; what is lawful is not."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection

from stroma.ledger.checkpoints import checkpoint_document, tree_head
from stroma.ledger.domain.canonical import canonical
from stroma.ledger.domain.entry import entry_hash
from stroma.ledger.keys import SigningKey, fingerprint
from stroma.ledger.models import Chain, Checkpoint, Entry, Leaf, Link, SealedText
from stroma.ledger.readers import register
from stroma.ledger.record import installation
from stroma.ledger.verification import Finding, verify
from tests.ledger.conftest import START, SmallLedger
from tests.ledger.forging import run_sql, without_guards

TABLES = [
    "ledger_entry",
    "ledger_link",
    "ledger_chain",
    "ledger_leaf",
    "ledger_checkpoint",
    "ledger_sealedtext",
]


def findings(witnesses: Sequence[dict] = ()) -> list[Finding]:  # type: ignore[type-arg]
    """Everything that verify finds."""
    return [finding for check in verify(witnesses) for finding in check.findings]


def test_a_ledger_left_alone_is_whole(signed_ledger: SmallLedger) -> None:
    assert [(check.check, check.examined, list(check.findings)) for check in verify()][:3] == [
        ("entries", 16, []),
        ("sealed texts", 12, []),
        ("checkpoints", 2, []),
    ]
    assert findings() == []


def test_erasing_a_sealed_text_leaves_everything_whole(signed_ledger: SmallLedger) -> None:
    assert SealedText.objects.filter(name="reason").update(text="", salt="", erased_at=START) == 4
    assert findings() == []


def change_a_text(entry: Entry) -> None:
    Entry.objects.filter(pk=entry.pk).update(text=entry.text.replace("user:2", "user:3"))


def change_a_text_and_its_hash(entry: Entry) -> None:
    text = entry.text.replace('"cells":1200000', '"cells":9200000')
    assert text != entry.text
    Entry.objects.filter(pk=entry.pk).update(text=text, hash=entry_hash(text))


def change_a_column(entry: Entry) -> None:
    Entry.objects.filter(pk=entry.pk).update(actor="user:9")


def change_a_time(entry: Entry) -> None:
    Entry.objects.filter(pk=entry.pk).update(occurred_at=entry.occurred_at - timedelta(days=3))


def move_a_link(entry: Entry) -> None:
    Link.objects.filter(entry=entry, chain__kind="lot").update(position=77)


def cut_a_link(entry: Entry) -> None:
    Link.objects.filter(entry=entry, chain__kind="lot").delete()


def change_a_head(entry: Entry) -> None:
    Chain.objects.filter(kind="lot").update(head="0" * 64)


def change_a_length(entry: Entry) -> None:
    Chain.objects.filter(kind="lot").update(length=1)


def write_no_json(entry: Entry) -> None:
    Entry.objects.filter(pk=entry.pk).update(text="[", hash=entry_hash("["))


def write_no_hash(entry: Entry) -> None:
    Entry.objects.filter(pk=entry.pk).update(hash="not hexadecimal")


def change_a_sealed_text(entry: Entry) -> None:
    SealedText.objects.filter(pk=SealedText.objects.first().pk).update(text="another reason")


def change_a_sealed_digest(entry: Entry) -> None:
    SealedText.objects.filter(pk=SealedText.objects.first().pk).update(digest="0" * 64)


def drop_a_sealed_text(entry: Entry) -> None:
    SealedText.objects.filter(pk=SealedText.objects.first().pk).delete()


def change_a_node(entry: Entry) -> None:
    Leaf.objects.filter(entry=entry).update(nodes="0" * 64)


def change_a_root(entry: Entry) -> None:
    Checkpoint.objects.filter(pk=Checkpoint.objects.first().pk).update(root="0" * 64)


def change_a_signature(entry: Entry) -> None:
    Checkpoint.objects.filter(pk=Checkpoint.objects.first().pk).update(signature="0" * 128)


def change_a_key(entry: Entry) -> None:
    Checkpoint.objects.filter(pk=Checkpoint.objects.first().pk).update(public_key="zz")


def drop_a_checkpoint(entry: Entry) -> None:
    Checkpoint.objects.filter(pk=Checkpoint.objects.last().pk).delete()


@pytest.mark.parametrize(
    ("tamper", "checks"),
    [
        (change_a_text, {"entries"}),
        (change_a_column, {"entries"}),
        (change_a_time, {"entries"}),
        (move_a_link, {"entries"}),
        (cut_a_link, {"entries"}),
        (change_a_head, {"chains"}),
        (change_a_length, {"chains"}),
        (write_no_json, {"entries", "checkpoints"}),
        (write_no_hash, {"entries", "checkpoints"}),
        (change_a_sealed_text, {"sealed texts"}),
        (change_a_sealed_digest, {"sealed texts"}),
        (drop_a_sealed_text, {"sealed texts"}),
        (change_a_node, {"checkpoints"}),
        (change_a_root, {"checkpoints"}),
        (change_a_signature, {"checkpoints"}),
        (change_a_key, {"checkpoints"}),
        (drop_a_checkpoint, {"checkpoints"}),
    ],
)
def test_tampering_is_found(
    signed_ledger: SmallLedger, tamper: Callable[[Entry], None], checks: set[str]
) -> None:
    entry = Entry.objects.filter(action="lot.counted").first()
    with without_guards(*TABLES):
        tamper(entry)
    found = findings()
    assert {finding.check for finding in found} == checks
    if "entries" in checks:
        assert found[0].place == f"entry {entry.sequence} (lot.counted, {entry.id})"


def test_a_change_with_its_hash_made_to_fit_is_found(signed_ledger: SmallLedger) -> None:
    entry = Entry.objects.filter(action="lot.counted").first()
    following = Entry.objects.filter(sequence__gt=entry.sequence).first()
    with without_guards(*TABLES):
        change_a_text_and_its_hash(entry)
    places = [finding.place for finding in findings()]
    assert places[0] == f"entry {following.sequence} (cells.given, {following.id})"
    assert f"leaf {entry.leaf.index} (entry {entry.sequence})" in places


def test_back_dating_with_every_hash_made_to_fit_is_found(signed_ledger: SmallLedger) -> None:
    last = Entry.objects.order_by("sequence").last()
    body = json.loads(last.text)
    body["recorded_at"] = body["occurred_at"] = "2026-03-01T00:00:00.000000Z"
    text = canonical(body).decode()
    with without_guards(*TABLES):
        Chain.objects.filter(head=last.hash).update(head=entry_hash(text))
        moment = START.replace(day=1, hour=0)
        Entry.objects.filter(pk=last.pk).update(
            text=text, hash=entry_hash(text), recorded_at=moment, occurred_at=moment
        )
    messages = [finding.message for finding in findings() if finding.check == "entries"]
    assert sorted(messages) == sorted(
        f"It was recorded before the entry before it in {link['chain']}." for link in body["links"]
    )


def test_a_key_from_elsewhere_signs_nothing(signed_ledger: SmallLedger) -> None:
    foreign = SigningKey(Ed25519PrivateKey.generate())
    head = Checkpoint.objects.last()
    with without_guards(*TABLES):
        Checkpoint.objects.filter(pk=head.pk).update(
            public_key=foreign.public_hex,
            key_fingerprint=fingerprint(foreign.public_hex),
            signature=foreign.sign(tree_head(head, here=installation()).signed_bytes()),
        )
    assert [(finding.check, finding.place) for finding in findings()] == [("checkpoints", "checkpoint 2")]
    # The public half of a retired key, kept beside the present one, goes on counting.
    (settings.LEDGER_KEY_FILE.parent / "retired.pub").write_text(foreign.public_hex)
    assert findings() == []


def cut_the_tail() -> None:
    """Remove everything after the first checkpoint, as an owner with all the rights could, and tidy up."""
    size = Checkpoint.objects.first().tree_size
    gone = list(Leaf.objects.filter(index__gte=size).values_list("entry_id", flat=True))
    with without_guards(*TABLES):
        Checkpoint.objects.filter(tree_size__gt=size).delete()
        Leaf.objects.filter(index__gte=size).delete()
        Link.objects.filter(entry__in=gone).delete()
        SealedText.objects.filter(entry__in=gone).delete()
        Entry.objects.filter(pk__in=gone).delete()
        for chain in Chain.objects.all():
            last = chain.links.order_by("position").last()
            Chain.objects.filter(pk=chain.pk).update(
                length=last.position + 1, head=last.entry.hash, last_recorded_at=last.entry.recorded_at
            )


def test_a_removed_tail_is_seen_only_by_a_witness(signed_ledger: SmallLedger) -> None:
    early = checkpoint_document(Checkpoint.objects.first())
    late = checkpoint_document(Checkpoint.objects.last())
    assert findings([early, late]) == []
    cut_the_tail()
    assert findings([early]) == []
    assert [(finding.check, finding.message) for finding in findings([late])] == [
        ("witness", "The witness saw 16 entries; fewer are left.")
    ]


ON_SQLITE = ("ledger_link_no_replace", "ledger_link_stands_once") if connection.vendor == "sqlite" else ()


def test_a_guard_that_is_gone_is_found(signed_ledger: SmallLedger) -> None:
    with without_guards("ledger_link"):
        assert {(finding.check, finding.place) for finding in findings()} == {
            ("guards", name)
            for name in ("ledger_link_no_update", "ledger_link_no_delete", "ledger_link_follows", *ON_SQLITE)
        }
    assert findings() == []


@pytest.mark.only_on("postgresql")
def test_a_guard_that_is_switched_off_is_found(signed_ledger: SmallLedger) -> None:
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_no_update")
    assert [finding.place for finding in findings()] == ["ledger_entry_no_update"]


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("DROP FUNCTION ledger_record", "The server's function is gone."),
        (
            "CREATE FUNCTION ledger_record() RETURNS void LANGUAGE sql AS 'SELECT'",
            "The server's function was altered, or another stands beside it.",
        ),
    ],
)
def test_a_server_that_writes_otherwise_is_found(
    signed_ledger: SmallLedger, change: str, message: str
) -> None:
    run_sql(change)
    assert findings() == [Finding("guards", "ledger_record", message)]


@pytest.mark.only_on("postgresql")
def test_a_server_whose_way_of_writing_was_altered_is_found(signed_ledger: SmallLedger) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('ledger_record'::regproc)")
        ((text,),) = cursor.fetchall()
        assert text.count("interval := '2 minutes'") == 1
        cursor.execute(text.replace("interval := '2 minutes'", "interval := '2 years'"))
    assert [finding.place for finding in findings()] == ["ledger_record"]


@pytest.mark.only_on("sqlite")
def test_a_guard_that_was_weakened_is_found(signed_ledger: SmallLedger) -> None:
    run_sql("DROP TRIGGER ledger_entry_no_update")
    run_sql("CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry BEGIN SELECT 1; END")
    assert [finding.place for finding in findings()] == ["ledger_entry_no_update"]


def test_what_later_steps_find_is_told(signed_ledger: SmallLedger) -> None:
    register("verify", "custody", lambda: iter(["The container is in two places."]))
    assert findings() == [Finding("custody", "", "The container is in two places.")]


def test_entries_without_a_leaf_are_no_fault(signed_ledger: SmallLedger) -> None:
    signed_ledger.live_through(1)
    assert findings() == []
