"""What a dossier holds, and what it must not."""

from datetime import timedelta
from uuid import uuid4

import pytest

from stroma.ledger.checkpoints import checkpoint, checkpoint_document
from stroma.ledger.dossier import NothingToExport, course_named
from stroma.ledger.keys import signing_key
from stroma.ledger.models import Entry, SealedText
from stroma.ledger.standalone import verifier
from stroma.protocols.domain.problem import BadInput
from tests.ledger.conftest import START, SmallLedger
from tests.ledger.forging import read_lines


def test_every_entry_of_the_told_chains_stands_once_and_no_other(small_ledger: SmallLedger) -> None:
    told = [line["entry"]["id"] for line in read_lines(small_ledger.export()) if line["kind"] == "entry"]
    wanted = [str(entry.id) for entry in Entry.objects.exclude(action="patient.noted").order_by("sequence")]
    assert told == wanted


def test_a_stranger_does_not_appear(small_ledger: SmallLedger) -> None:
    assert str(small_ledger.stranger) not in small_ledger.export().decode()


def test_a_chain_that_is_not_told_shows_its_name_only(small_ledger: SmallLedger) -> None:
    lines = read_lines(small_ledger.export())
    assert f"site:{small_ledger.site}" not in [line["name"] for line in lines if line["kind"] == "chain"]
    entries = [line["entry"] for line in lines if line["kind"] == "entry"]
    site_links = [link for entry in entries for link in entry["links"] if link["chain"].startswith("site:")]
    assert [link["position"] for link in site_links] == [0, 1, 2, 3]


def test_the_same_ledger_gives_the_same_bytes(small_ledger: SmallLedger) -> None:
    assert small_ledger.export() == small_ledger.export()


def test_an_erased_text_leaves_the_dossier_intact_and_is_gone(small_ledger: SmallLedger) -> None:
    text = SealedText.objects.filter(name="reason").first()
    assert text is not None
    assert text.text in small_ledger.export().decode()
    SealedText.objects.filter(name="reason").update(text="", salt="", erased_at=START + timedelta(days=20))
    dossier = small_ledger.export()
    report = verifier().check(dossier)
    assert report.findings == []
    assert report.about["erased_texts"] == 2
    assert text.text not in dossier.decode()
    assert text.salt not in dossier.decode()


def test_sections_come_from_their_readers(small_ledger: SmallLedger) -> None:
    sections = [line for line in read_lines(small_ledger.export()) if line["kind"] == "section"]
    told = [(section["name"], section["content"]["document"]) for section in sections]
    assert told == [("protocol", "[protocol]\n")]


def test_a_course_without_a_chain_is_bad_input(small_ledger: SmallLedger) -> None:
    from stroma.ledger.dossier import export_dossier

    with pytest.raises(NothingToExport) as refused:
        export_dossier(uuid4(), by="user:1", at=START)
    assert [problem.code for problem in refused.value.problems] == ["unknown_course"]


def test_a_course_is_named_by_identifier_or_by_what_a_reader_knows(small_ledger: SmallLedger) -> None:
    from stroma.ledger.readers import register

    register("dossier_course", "numbers", lambda text: small_ledger.course if text == "C-17" else None)
    assert course_named(str(small_ledger.course)) == small_ledger.course
    assert course_named("C-17") == small_ledger.course
    with pytest.raises(BadInput):
        course_named("C-18")


def test_a_witness_shows_that_nothing_was_removed(small_ledger: SmallLedger) -> None:
    witness = checkpoint_document(checkpoint(by="test", at=START + timedelta(days=10)))
    same = verifier().check(small_ledger.export(), None, [witness])
    assert (same.findings, same.notes) == ([], ["The witness saw the same 8 entries."])
    small_ledger.live_through()
    later = verifier().check(small_ledger.export(), None, [witness])
    assert later.findings == []
    assert later.notes == ["Everything the witness saw (8 entries) is still in the tree."]


def test_a_witness_from_long_ago_is_proved_on_request(small_ledger: SmallLedger) -> None:
    witness = checkpoint_document(checkpoint(by="test", at=START + timedelta(days=10)))
    for _ in range(6):
        small_ledger.live_through(1)
        checkpoint(by="test", at=START + timedelta(days=11))
    silent = verifier().check(small_ledger.export(), None, [witness])
    assert [note.split(",")[0] for note in silent.notes] == [
        "The dossier holds no proof for the witness's 8 entries"
    ]
    asked = verifier().check(small_ledger.export(witnessed=[8]), None, [witness])
    assert (asked.findings, asked.notes) == (
        [],
        ["Everything the witness saw (8 entries) is still in the tree."],
    )


def test_a_removed_tail_is_seen_by_a_witness(small_ledger: SmallLedger) -> None:
    before = small_ledger.export()
    small_ledger.live_through()
    witness = checkpoint_document(checkpoint(by="test", at=START + timedelta(days=12)))
    # The dossier of before says that it was exported after the witness was signed, and is whole in itself.
    report = verifier().check(before, None, [witness])
    assert [(finding.place, finding.line) for finding in report.findings] == [("history", 0)]
    assert (
        report.findings[0].message == "The witness saw 16 entries before this was exported; only 8 are left."
    )


def test_another_history_is_seen_by_a_witness(small_ledger: SmallLedger) -> None:
    from stroma.ledger.domain.canonical import canonical

    document = checkpoint_document(checkpoint(by="test", at=START + timedelta(days=10)))
    text = {**document["text"], "root": "0" * 64}
    key = signing_key(may_create=False)
    witness = {**document, "text": text, "signature": key.sign(canonical(text))}
    report = verifier().check(small_ledger.export(), None, [witness])
    assert [finding.place for finding in report.findings] == ["history"]
    forged = {**document, "text": text}
    report = verifier().check(small_ledger.export(), None, [forged])
    assert [finding.place for finding in report.findings] == ["witness"]


def test_the_time_of_export_is_the_one_given(small_ledger: SmallLedger) -> None:
    header = read_lines(small_ledger.export())[0]
    assert header["exported_at"] == "2026-04-01T09:00:00.000000Z"
