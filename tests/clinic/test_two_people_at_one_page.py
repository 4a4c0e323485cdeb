"""Two browsers at the same lot or bedside: a page learns that it was overtaken, and a stale form is refused."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stroma.clinic.models import Signature
from stroma.custody.domain.isbt128.build import build_patient_id
from stroma.custody.models import HandOver, Lot
from stroma.injection.models import Dose, TimeOut
from stroma.ledger.domain.entry import ChainKey, ChainKind, lot_chain, site_chain
from stroma.ledger.models import Chain
from stroma.ledger.positions import entries_since, position_now, position_of
from stroma.look.live import Live
from stroma.release.models import Rejection, Release
from stroma.simulation.clinic import SimulatedClinic
from tests.lots_on_the_way import collect, collected, dose_of, process, release, scan_of, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


def a_lot_in_quarantine() -> tuple[SimulatedClinic, Lot]:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    return clinic, process(bench)


def live_of(client: Client, address: str) -> Live:
    live: Live = client.get(address).context["live"]
    return live


def asked(client: Client, address: str, live: Live, told: int = 0) -> Any:
    return client.get(address, {"since": live.token, "told": told}, headers={"HX-Request": "true"})


def enter_a_result(clinic: SimulatedClinic, lot: Lot) -> None:
    """The other person, at another browser."""
    other = signed_in(clinic.person("technologist"))
    sent = {"text": "no growth", "method": "USP <71>"}
    assert other.post(f"/release/lots/{lot.pk}/results/sterility_final/", sent).status_code == 302


def test_a_list_hears_nothing_until_somebody_writes_and_is_then_drawn_anew() -> None:
    clinic, lot = a_lot_in_quarantine()
    address = f"/release/lots/{lot.pk}/"
    quality = signed_in(clinic.person("quality"))
    live = live_of(quality, address)
    assert (asked(quality, address, live).status_code, live.has_form) == (204, False)
    enter_a_result(clinic, lot)
    anew = asked(quality, address, live)
    assert (anew.status_code, anew.context["lot"]) == (200, lot)
    assert asked(quality, address, anew.context["live"]).status_code == 204


@pytest.mark.parametrize(
    ("part", "address"),
    [
        ("quality", "/release/"),
        ("technologist", "/processing/"),
        ("physiatrist", "/physiatrist/"),
        ("physiatrist", "/injection/"),
        ("nurse", "/nurse/"),
        ("coordinator", "/coordinator/"),
        ("nurse", "/problems/"),
        ("coordinator", "/courses/{course}/"),
        ("coordinator", "/patients/{patient}/"),
    ],
)
def test_homes_and_the_pages_of_a_course_hear_of_it_too(part: str, address: str) -> None:
    clinic, lot = a_lot_in_quarantine()
    assert lot.course is not None
    address = address.format(course=lot.course.pk, patient=lot.course.patient_id)
    client = signed_in(clinic.person(part))
    live = live_of(client, address)
    assert asked(client, address, live).status_code == 204
    enter_a_result(clinic, lot)
    assert asked(client, address, live).status_code == 200


def test_a_page_with_a_form_is_told_once_who_did_what() -> None:
    clinic, lot = a_lot_in_quarantine()
    address = f"/release/lots/{lot.pk}/certificate/"
    quality = signed_in(clinic.person("quality"))
    live = live_of(quality, address)
    assert (asked(quality, address, live).status_code, live.has_form) == (204, True)
    enter_a_result(clinic, lot)
    notice = asked(quality, address, live)
    assert next(template.name for template in notice.templates) == "clinic/live.html"
    (change,) = notice.context["live"].changes
    assert (str(change.title), change.by) == (
        "A test result came in",
        clinic.person("technologist").name,
    )
    assert asked(quality, address, live, told=1).status_code == 204


def test_asking_takes_one_query_more_than_letting_the_person_in() -> None:
    clinic, lot = a_lot_in_quarantine()
    address = f"/release/lots/{lot.pk}/"
    quality = signed_in(clinic.person("quality"))
    live = live_of(quality, address)
    with CaptureQueriesContext(connection) as queries:
        assert asked(quality, address, live).status_code == 204
    about_chains = [query["sql"] for query in queries if "ledger_chain" in query["sql"]]
    assert len([sql for sql in about_chains if "'lot'" in sql]) == 1
    assert len(about_chains) == 2, "and what time it is in a simulated clinic, which every page asks"
    assert not [query for query in queries if "custody_lot" in query["sql"]]


def test_the_question_is_granted_as_the_page_is() -> None:
    clinic, lot = a_lot_in_quarantine()
    address = f"/release/lots/{lot.pk}/"
    live = live_of(signed_in(clinic.person("quality")), address)
    assert asked(signed_in(clinic.person("coordinator")), address, live).status_code == 403
    assert asked(Client(), address, live).status_code == 401
    # Another's position is not answered by "unchanged": the page itself is.
    assert asked(signed_in(clinic.person("technologist")), address, live).status_code == 200
    elsewhere = signed_in(a_clinic().person("quality"))
    assert asked(elsewhere, address, live).status_code == 404


@pytest.mark.parametrize("token", ["", "nonsense", "e30:1abc:def"])
def test_a_position_that_was_not_signed_is_none(token: str) -> None:
    clinic, lot = a_lot_in_quarantine()
    quality = signed_in(clinic.person("quality"))
    address = f"/release/lots/{lot.pk}/"
    answer = quality.get(address, {"since": token}, headers={"HX-Request": "true"})
    assert answer.status_code == 200


def stale(clinic: SimulatedClinic, lot: Lot, client: Client, address: str) -> str:
    """A position from before the other person's result."""
    live = live_of(client, address)
    enter_a_result(clinic, lot)
    return live.token


def test_a_stale_certificate_is_not_signed_and_says_what_came_in() -> None:
    clinic, lot = a_lot_in_quarantine()
    quality = signed_in(clinic.person("quality"))
    page = f"/release/lots/{lot.pk}/"
    token = stale(clinic, lot, quality, f"{page}certificate/")
    shown = quality.get(f"{page}certificate/").context["shown"]  # the digest alone would let it pass
    sign = {"shown": shown, "credential": "simulated", "role": "QUALITY", "opened_at": token}
    refused = quality.post(f"{page}sign/", sign)
    assert (refused.status_code, [b.code for b in refused.context["found"]]) == (
        422,
        ["changed_since_opened"],
    )
    assert Signature.objects.filter(document_kind="certificate").count() == 0
    again = sign | {"opened_at": refused.context["live"].token}
    assert quality.post(f"{page}sign/", again).status_code == 302


def test_the_other_signature_does_not_make_a_form_stale_for_signing() -> None:
    clinic, lot = a_lot_in_quarantine()
    quality, physiatrist = signed_in(clinic.person("quality")), signed_in(clinic.person("physiatrist"))
    page = f"/release/lots/{lot.pk}/"
    opened = {client: client.get(f"{page}certificate/").context for client in (quality, physiatrist)}
    for client, role in ((physiatrist, "PHYSIATRIST"), (quality, "QUALITY")):
        sent = {"shown": opened[client]["shown"], "credential": "simulated", "role": role}
        sent["opened_at"] = opened[client]["live"].token
        assert client.post(f"{page}sign/", sent).status_code == 302


def test_a_stale_release_is_refused() -> None:
    clinic, lot = a_lot_in_quarantine()
    quality = signed_in(clinic.person("quality"))
    page = f"/release/lots/{lot.pk}/"
    token = stale(clinic, lot, quality, f"{page}certificate/")
    refused = quality.post(f"{page}release/", {"opened_at": token})
    assert (refused.status_code, [b.code for b in refused.context["found"]]) == (
        422,
        ["changed_since_opened"],
    )
    assert Release.objects.count() == 0


def test_a_stale_rejection_is_refused_and_keeps_its_reason() -> None:
    clinic, lot = a_lot_in_quarantine()
    quality = signed_in(clinic.person("quality"))
    address = f"/release/lots/{lot.pk}/reject/"
    token = stale(clinic, lot, quality, address)
    refused = quality.post(address, {"reason": "clumps", "opened_at": token})
    assert [b.code for b in refused.context["found"]] == ["changed_since_opened"]
    assert refused.context["form"]["reason"].value() == "clumps"
    assert Rejection.objects.count() == 0


def test_a_form_opened_by_somebody_else_is_refused() -> None:
    clinic, lot = a_lot_in_quarantine()
    page = f"/release/lots/{lot.pk}/"
    others = live_of(signed_in(clinic.person("physiatrist")), f"{page}certificate/")
    refused = signed_in(clinic.person("quality")).post(f"{page}release/", {"opened_at": others.token})
    assert [b.code for b in refused.context["found"]] == ["opened_by_another"]


def test_a_stale_time_out_and_dose_are_refused_and_nothing_is_scanned_twice() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    process(bench)
    lot = release(bench)
    course = bench.course
    assert course is not None
    client, dose = signed_in(clinic.person("physiatrist")), dose_of(lot)
    address = f"/injection/courses/{course.pk}/time-out/"
    choices = client.get(address).context["form"].fields["place"].choices
    made = {
        "place": choices[0][0],
        "second_person": str(clinic.person("nurse").pk),
        "wristband": build_patient_id("00", course.patient.record_number),
        "container": scan_of(dose),
    }
    agreed = made | {"agreed": "yes", "opened_at": client.post(address, made).context["live"].token}
    enter_a_result(clinic, lot)
    refused = client.post(address, agreed)
    assert (refused.status_code, [b.code for b in refused.context["found"]]) == (
        422,
        ["changed_since_opened"],
    )
    assert refused.context["kept"] == made
    assert TimeOut.objects.count() == 0
    go = client.post(address, agreed | {"opened_at": refused.context["live"].token})
    time_out = TimeOut.objects.get()
    assert go.headers["Location"] == f"/injection/time-outs/{time_out.pk}/"

    give = f"/injection/time-outs/{time_out.pk}/dose/"
    given = {"volume_ml": str(dose.amount), "guidance": "fluoroscopy"}
    given["opened_at"] = stale(clinic, lot, client, give)
    late = client.post(give, given)
    assert [b.code for b in late.context["found"]] == ["changed_since_opened"]
    assert late.context["form"]["volume_ml"].value() == given["volume_ml"]
    assert Dose.objects.count() == 0
    assert client.post(give, given | {"opened_at": late.context["live"].token}).status_code == 302


def test_a_stale_hand_over_asks_for_its_last_scan_again() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    process(bench)
    lot = release(bench)
    dose = dose_of(lot)
    client = signed_in(clinic.person("technologist"))
    places = client.get(f"/custody/containers/{dose.pk}/hand-over/").context["places"]
    place = next(one for one in places if one.kind != "PROCEDURE_ROOM")
    address = f"/custody/containers/{dose.pk}/hand-over/?to={place.pk}"
    token = stale(clinic, lot, client, address)
    before = HandOver.objects.count()
    scans = {"container": scan_of(dose), "place": place.code, "opened_at": token}
    refused = client.post(address, scans)
    assert [b.code for b in refused.context["found"]] == ["changed_since_opened"]
    assert (refused.context["prompt"].wanted.name, refused.context["prompt"].made) == (
        "place",
        {"container": scan_of(dose)},
    )
    assert HandOver.objects.count() == before
    done = client.post(address, scans | {"opened_at": refused.context["live"].token})
    assert done.status_code == 302


def test_a_position_knows_its_chains_apart_and_tells_what_was_added() -> None:
    clinic, lot = a_lot_in_quarantine()
    keys = [lot_chain(lot.pk), site_chain(clinic.site.pk)]
    position = position_of(keys)
    assert position == {
        str(key): Chain.objects.get(kind=key.kind, subject=key.subject).length for key in keys
    }
    assert (position_now(position), entries_since(position)) == (position, [])
    enter_a_result(clinic, lot)
    assert [entry.action for entry in entries_since(position)] == ["result.recorded"]
    nobody = ChainKey(ChainKind.LOT, clinic.site.pk)
    assert position_of([nobody]) == {str(nobody): 0}
