"""Quality's pages: what to decide now, the certificate that is signed, release, and a lot that fails."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stroma.clinic.actions import NewPerson, open_site
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import RoleAssignment, Signature
from stroma.custody.models import Scan
from stroma.ledger.domain.canonical import digest
from stroma.patients.models import PatientAccess
from stroma.release.actions import record_result
from stroma.release.models import AssayResult, FailureDecision, FailureNotice, Rejection, Release
from stroma.release.queries import certificate_of
from tests.lots_on_the_way import HOUR, collect, collected, process, release, signed_in
from tests.treated_courses import START, a_clinic

pytestmark = pytest.mark.django_db


def test_two_people_sign_and_quality_releases_from_the_page() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    quality, physiatrist = signed_in(clinic.person("quality")), signed_in(clinic.person("physiatrist"))
    shown = digest(certificate_of(lot).encode())
    page = f"/release/lots/{lot.pk}/"
    assert quality.get(f"{page}certificate/").context["shown"] == shown

    sign = {"shown": shown, "credential": "simulated"}
    assert physiatrist.post(f"{page}sign/", sign | {"role": "PHYSIATRIST"}).status_code == 302
    assert quality.post(f"{page}sign/", sign | {"role": "QUALITY"}).status_code == 302
    assert quality.post(f"{page}release/").status_code == 302

    assert Release.objects.get(lot=lot).certificate_digest == shown
    lot.refresh_from_db()
    assert lot.state == "RELEASED"


def test_the_same_person_signs_once() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    quality = signed_in(clinic.person("quality"))
    sign = {"shown": digest(certificate_of(lot).encode()), "credential": "simulated", "role": "QUALITY"}
    assert quality.post(f"/release/lots/{lot.pk}/sign/", sign).status_code == 302
    again = quality.post(f"/release/lots/{lot.pk}/sign/", sign)
    assert again.status_code == 422
    assert [blocker.code for blocker in again.context["found"]] == ["signed_already"]


def test_a_signature_takes_the_password_and_not_the_session() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    person = clinic.person("quality")
    person.set_password("a long enough secret")
    person.save()
    quality = signed_in(person)
    sign = {"shown": digest(certificate_of(lot).encode()), "role": "QUALITY", "credential": "password"}
    refused = quality.post(f"/release/lots/{lot.pk}/sign/", sign | {"password": "wrong"})
    assert (refused.status_code, [b.code for b in refused.context["found"]]) == (422, ["credential_wrong"])
    assert (
        quality.post(f"/release/lots/{lot.pk}/sign/", sign | {"password": "a long enough secret"}).status_code
        == 302
    )
    assert Signature.objects.get(document_kind="certificate").method == "PASSWORD"


def test_a_certificate_that_changed_since_it_was_shown_is_not_signed() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    quality = signed_in(clinic.person("quality"))
    sign = {"shown": "0" * 64, "credential": "simulated", "role": "QUALITY"}
    refused = quality.post(f"/release/lots/{lot.pk}/sign/", sign)
    assert [b.code for b in refused.context["found"]] == ["certificate_changed_meanwhile"]
    assert Signature.objects.filter(document_kind="certificate").count() == 0


def test_a_lot_that_was_called_back_waits_for_new_signatures_on_its_page() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    process(bench)
    lot = release(bench)
    quality = clinic.person("quality")
    page = signed_in(quality)
    address = f"/release/lots/{lot.pk}/certificate/"
    before = page.get(address).context
    assert (before["released"].lot_id, [bool(line.at) for line in before["signatures"]]) == (
        lot.pk,
        [True] * 2,
    )
    at = lot.made_at + 2.9 * HOUR
    record_result(lot=lot, code="sterility_final", text="growth", method="culture", by=quality, at=at)
    after = page.get(address).context
    assert (after["released"], [bool(line.at) for line in after["signatures"]]) == (None, [False] * 2)
    assert before["shown"] != after["shown"]


def test_an_unsigned_lot_is_not_released_from_the_page() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    refused = signed_in(clinic.person("quality")).post(f"/release/lots/{lot.pk}/release/")
    assert refused.status_code == 422
    assert {b.code for b in refused.context["found"]} == {"signature_missing"}


def test_a_result_is_entered_in_the_words_of_its_line() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    quality = signed_in(clinic.person("quality"))
    address = f"/release/lots/{lot.pk}/results/sterility_final/"
    assert quality.post(address, {"text": "wonderful", "method": "USP <71>"}).status_code == 422
    assert quality.post(address, {"text": "no growth", "method": "USP <71>"}).status_code == 302
    assert AssayResult.objects.get(lot=lot, code="sterility_final").text == "no growth"
    assert quality.get(f"/release/lots/{lot.pk}/results/no_such_line/").status_code == 404


def test_exceptions_come_first_on_qualitys_home() -> None:
    clinic = a_clinic()
    good, bad = collected(clinic), collected(clinic, number=1, viability_percent=40)
    now = timezone.now()
    for hours, bench in ((3.0, good), (2.4, bad)):
        collect(bench, at=now - hours * HOUR)
    for hours, bench in ((1.8, good), (1.2, bad)):
        bench.process(None, now - hours * HOUR)
    waiting = signed_in(clinic.person("quality")).get("/release/").context["waiting"]
    assert [one["row"].lot.pk for one in waiting] == [bad.lot.pk, good.lot.pk]  # type: ignore[union-attr]  # likewise
    assert [blocker.code for blocker in waiting[0]["row"].exceptions] == ["viability_below_limit"]


def test_a_bad_result_after_use_is_urgent_on_qualitys_home() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    process(bench)
    lot = release(bench)
    quality = clinic.person("quality")
    due = signed_in(quality).get("/release/").context["due"]
    assert [one["row"].judgement.limit.code for one in due] == ["sterility_final"]
    record_result(
        lot=lot,
        code="sterility_final",
        text="growth",
        method="culture",
        by=quality,
        at=lot.made_at + 2.9 * HOUR,
    )
    [one] = signed_in(quality).get("/release/").context["cases"].rows
    assert (one.case.lot.pk, one.left[0].code) == (lot.pk, "secure_containers")


def test_a_failed_lot_goes_from_quality_to_the_patient_and_to_a_decision() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    lot = collect(bench)
    quality, physiatrist = signed_in(clinic.person("quality")), signed_in(clinic.person("physiatrist"))
    assert quality.post(f"/release/lots/{lot.pk}/reject/", {"reason": ""}).status_code == 422
    assert quality.post(f"/release/lots/{lot.pk}/reject/", {"reason": "clotted"}).status_code == 302
    rejection = Rejection.objects.get(lot=lot)
    assert [one.next_act for one in quality.get("/release/").context["failed"].rows] == ["tell"]
    told = physiatrist.post(f"/release/rejections/{rejection.pk}/tell/", {"means": "PHONE"})
    notice = FailureNotice.objects.get(rejection=rejection)
    assert told.headers["Location"] == f"/release/notices/{notice.pk}/decide/"
    assert [one.next_act for one in quality.get("/release/").context["failed"].rows] == ["decide"]
    decided = {"kind": "COLLECT_AGAIN", "reason": "wants to try again"}
    assert physiatrist.post(told.headers["Location"], decided).status_code == 302
    assert FailureDecision.objects.get(notice=notice).kind == "COLLECT_AGAIN"
    assert [one.next_act for one in quality.get("/release/").context["failed"].rows] == ["dispose"]
    keep = {"kind": "DISCARD", "reason": "clotted"}
    assert quality.post(f"/custody/lots/{lot.pk}/disposition/", keep).status_code == 302
    assert quality.get("/release/").context["failed"].rows == []


def test_a_lot_is_seen_at_its_own_site_only_and_the_look_is_noted() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    lot = collect(bench)
    stranger_site, stranger = open_site(
        name="Elsewhere",
        facility_number="A9999",
        time_zone="America/New_York",
        address="",
        administrator=NewPerson("stranger", "Sasha Stranger"),
        by="tests",
        at=lot.made_at + HOUR,
    )
    RoleAssignment.objects.create(
        user=stranger, site=stranger_site, role=Role.QUALITY.value, active_from=START
    )
    assert signed_in(stranger).get(f"/release/lots/{lot.pk}/").status_code == 404
    before = PatientAccess.objects.count()
    assert signed_in(clinic.person("quality")).get(f"/release/lots/{lot.pk}/").status_code == 200
    assert PatientAccess.objects.count() == before + 1
    assert PatientAccess.objects.latest("seen_at").page == "lot_page"


@pytest.mark.parametrize(
    ("part", "path", "status"),
    [
        ("coordinator", "/release/", 403),
        ("technologist", "/release/", 403),
        ("nurse", "/release/lots/{lot}/", 200),
        ("analyst", "/release/lots/{lot}/", 403),
        ("nurse", "/release/lots/{lot}/certificate/", 403),
        ("physiatrist", "/release/lots/{lot}/results/gram/", 403),
        ("physiatrist", "/release/lots/{lot}/reject/", 403),
    ],
)
def test_a_page_opens_to_its_roles(part: str, path: str, status: int) -> None:
    clinic = a_clinic()
    lot = collect(collected(clinic))
    assert signed_in(clinic.person(part)).get(path.format(lot=lot.pk)).status_code == status


def test_the_page_of_a_lot_asks_as_often_for_one_refused_scan_as_for_three() -> None:
    clinic = a_clinic()
    lot = collect(collected(clinic))
    client = signed_in(clinic.person("quality"))
    material = lot.materials.get()
    counts = []
    for wanted in (1, 3):
        while Scan.objects.filter(material=material, is_go=False).count() < wanted:
            Scan.objects.create(
                site=clinic.site,
                purpose="hand_over",
                raw={},
                material=material,
                is_go=False,
                blockers=["donation_mismatch"],
                scanned_by=clinic.person("nurse"),
                scanned_at=lot.made_at,
            )
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(f"/release/lots/{lot.pk}/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_certificate_says_what_became_of_the_lot_after_its_release() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    process(bench)
    lot = release(bench)
    quality = signed_in(clinic.person("quality"))
    page = f"/release/lots/{lot.pk}/"
    open_results = quality.get(f"{page}certificate/").context["standing"]
    assert (open_results.words, open_results.tone) == ("Released, 1 result open", "go")
    assert quality.get(page).context["standing"] == open_results

    sent = {"text": "growth", "method": "USP <71>"}
    assert quality.post(f"{page}results/sterility_final/", sent).status_code == 302
    lot.refresh_from_db()
    assert lot.state == "QUARANTINE"
    called_back = quality.get(f"{page}certificate/")
    assert (called_back.context["standing"].words, called_back.context["standing"].tone) == (
        "Called back after release",
        "stop",
    )
    assert "quarantine</" not in called_back.content.decode().lower()
    line = quality.get(page).context["line"]
    assert [(one.code, one.state.name) for one in line.stations][2] == ("release", "LATE")


def test_numbers_on_a_certificate_are_written_as_they_are_read() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    page = signed_in(clinic.person("quality")).get(f"/release/lots/{lot.pk}/certificate/")
    limits = {line.code: line.limit for line in page.context["lines"]}
    assert limits["count"] == "≥ 50 × 10⁶/mL"
