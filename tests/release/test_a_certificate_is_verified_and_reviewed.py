"""A scanned certificate leads to whether it holds; the review of the batch record is part of what is signed."""

import json
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from stroma.ledger.commands import verify as verify_command
from stroma.ledger.domain.canonical import digest
from stroma.ledger.dossier import export_dossier
from stroma.ledger.standalone import verifier
from stroma.processing.actions import recall_reagent
from stroma.processing.domain.review import packed, unpacked
from stroma.processing.models import ReagentLot
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.release.actions import record_result
from stroma.release.certificate_queries import certificate_standing
from stroma.release.domain.certificate_code import digest_in_code
from stroma.release.models import Release
from stroma.release.queries import certificate_of, certificate_signatures
from stroma.simulation.bench import Bench
from tests.lots_on_the_way import collect, collected, process, release, signed_in
from tests.treated_courses import a_clinic

DIGEST = "ab" * 32


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (DIGEST, DIGEST),
        (DIGEST.upper(), DIGEST),
        (f" {DIGEST[:32]} {DIGEST[32:]}\r\n", DIGEST),
        (f"https://clinic.example/release/verify/{DIGEST}/", DIGEST),
        (f"http://localhost:8000/release/verify/{DIGEST}", DIGEST),
        (f"https://clinic.example/release/lots/{DIGEST}/", None),
        (f"{DIGEST}0", None),
        (DIGEST[1:], None),
        ("=A99992600001200", None),
        ("", None),
    ],
)
def test_a_code_is_read_whatever_the_site_is_called_and_nothing_else_is(text: str, found: str | None) -> None:
    assert digest_in_code(text) == found


@pytest.fixture
def bench() -> Bench:
    """A lot with every result that waits for its signatures."""
    bench = collected(a_clinic())
    collect(bench)
    process(bench)
    return bench


def scanned(bench: Bench) -> tuple[str, str]:
    """The released lot's digest, and what the code on its certificate says."""
    release(bench)
    shown = Release.objects.get(lot=bench.lot).certificate_digest
    return shown, f"https://clinic.example/release/verify/{shown}/"


@pytest.mark.django_db
def test_a_scanned_code_leads_to_whether_the_certificate_holds(bench: Bench) -> None:
    shown, code = scanned(bench)
    client = signed_in(bench.person("quality"))
    assert client.get("/release/verify/").status_code == 200
    led = client.get("/release/verify/", {"code": code})
    assert (led.status_code, led.headers["Location"]) == (302, f"/release/verify/{shown}/")
    unread = client.get("/release/verify/", {"code": "=A99992600001200"})
    assert unread.status_code == 422
    assert "not the code of a certificate" in unread.content.decode()


@pytest.mark.django_db
def test_the_command_tells_current_past_unknown_and_altered_apart(bench: Bench) -> None:
    shown, code = scanned(bench)
    standings = []

    def look(asked: str = code) -> None:
        told = certificate_standing(asked)
        assert told is not None
        standings.append((told["standing"], verify_command._STANDINGS[told["standing"]].format_map(told)))

    look()
    look("0" * 64)
    record_result(
        lot=bench.lot,
        code="sterility_final",
        text="growth",
        method="culture",
        by=bench.person("quality"),
        at=timezone.now(),
    )
    look()
    assert [one for one, _words in standings] == ["current", "unknown", "past"]
    assert all(shown in words for one, words in standings if one != "unknown")
    assert certificate_standing("no code") is None


@pytest.mark.django_db
def test_a_dossier_knows_the_certificate_it_holds_and_no_other(bench: Bench) -> None:
    shown, code = scanned(bench)
    assert bench.lot is not None
    dossier = export_dossier(bench.lot.course_id, by=bench.person("quality"), at=timezone.now())
    check = verifier()
    known = check.check(dossier, None, (), None, check.read_certificate(code))
    assert known.findings == []
    assert any("was released under this certificate" in note for note in known.notes)
    stranger = check.check(dossier, None, (), None, "0" * 64)
    assert [(one.place, one.line) for one in stranger.findings] == [("certificate", 0)]
    text = Release.objects.get(lot=bench.lot).certificate
    swapped = dossier.replace(json.dumps(text)[1:30].encode(), json.dumps(text)[1:30].upper().encode())
    assert "certificate" in {one.place for one in check.check(swapped, None, (), None, shown).findings}
    with pytest.raises(check.UnusableError):
        check.read_certificate("no code")


@pytest.mark.django_db
def test_what_a_review_finds_is_signed_for_and_a_later_finding_voids_the_signature(bench: Bench) -> None:
    lot = bench.lot
    assert lot is not None
    quality = bench.person("quality")
    client = signed_in(quality)
    before = certificate_of(lot)
    [review] = json.loads(before)["reviews"]
    assert (review["state"], review["findings"], review["din"]) == ("NOTHING_FOUND", [], lot.din)
    assert review["looked_at"]["steps"] > 0
    page = client.get(f"/release/lots/{lot.pk}/certificate/")
    assert "nothing to look at" in page.content.decode()
    sent = {"role": "QUALITY", "shown": page.context["shown"], "credential": "simulated"}
    assert client.post(f"/release/lots/{lot.pk}/sign/", sent).status_code == 302
    recall_reagent(
        reagent=ReagentLot.objects.get(kind="wash_solution"),
        reason="the maker wrote",
        quarantines=False,
        by=quality,
        at=timezone.now(),
    )
    after = certificate_of(lot)
    [review] = json.loads(after)["reviews"]
    assert (review["state"], [one["code"] for one in review["findings"]]) == (
        "NOT_EXPLAINED",
        ["reagent_recalled_since"],
    )
    holding = [one for one in certificate_signatures(lot) if one.document_digest == digest(after.encode())]
    assert holding == []
    shown = client.get(f"/release/lots/{lot.pk}/certificate/").content.decode()
    assert "was recalled after it was used here" in shown
    assert "something found is not explained" in shown
    assert client.get(f"/release/lots/{lot.pk}/certificate/pdf/").content.startswith(b"%PDF")


@pytest.mark.parametrize("value", [0.1, 7, "x", None, True, datetime(2026, 3, 1, 12, tzinfo=UTC)])
def test_a_value_of_a_finding_comes_back_from_the_signed_text_as_it_was(value: object) -> None:
    assert unpacked(json.loads(json.dumps(packed(value)))) == value
    assert Blocker("c", {"v": unpacked(packed(value))}, "s", Weight.CAUTION).values["v"] == value
