"""A wrong scan stops at once, over the whole screen, before the next is asked for; and it is kept and counted."""

import json

import pytest
from django.test import Client

from stroma.clinic.actions import issue_badge
from stroma.custody.actions import hand_over, stop_wrong_hand_over
from stroma.custody.actions.hand_overs import HandOverRefused
from stroma.custody.domain.isbt128.build import build_patient_id
from stroma.custody.models import HandOver, Material, Scan
from stroma.custody.queries import WRONG_LABEL
from stroma.ledger.models import Entry
from stroma.ledger.record import present
from stroma.simulation.clinic import SimulatedClinic
from tests.custody.test_boxes_on_the_way import sealed
from tests.custody.test_keeping_pages import a_unit
from tests.lots_on_the_way import collect, collected, dose_of, process, release, scan_of, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db

STRANGER = build_patient_id("00", "P9999999")


def tissue_of(clinic: SimulatedClinic) -> Material:
    return collect(collected(clinic)).materials.get()


def a_released_dose(clinic: SimulatedClinic) -> Material:
    bench = collected(clinic)
    collect(bench)
    process(bench)
    return dose_of(release(bench))


def way_to(material: Material, place: str, clinic: SimulatedClinic) -> str:
    return f"/custody/containers/{material.pk}/hand-over/?to={clinic.place(place).pk}"


def stopped_by(client: Client, address: str, made: dict[str, str]) -> list[str]:
    """The reasons of the STOP that these scans, and no more, lead to."""
    answer = client.post(address, made)
    assert answer.status_code == 422
    assert 'data-verdict="stop"' in answer.content.decode()
    return [blocker.code for blocker in answer.context["found"]]


def test_a_container_of_somebody_else_stops_before_the_place_is_asked_for() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    place, address = tissue.place, way_to(tissue, "INC-1", clinic)
    client = signed_in(clinic.person("technologist"))
    stopped = client.post(address, {"container": WRONG_LABEL, "means": "TYPED"})
    page = stopped.content.decode()
    assert (stopped.status_code, [b.code for b in stopped.context["found"]]) == (422, ["donation_mismatch"])
    assert 'data-verdict="stop"' in page
    assert "This container stays where it is." in page
    assert f'href="{address}"' in page
    assert f'href="{stopped.context["back"]}"' in page
    wanted, came = stopped.context["compared"][0]
    assert (wanted.split(), came.split()[0]) == (
        ["A9999", "26", tissue.lot.din[7:], tissue.division],
        "A9998",
    )
    assert len(stopped.context["compared"]) == 1
    assert wanted in page
    assert came in page
    kept = Scan.objects.get(is_go=False)
    assert (kept.purpose, kept.raw, kept.blockers, kept.material, kept.place, kept.scanned_by) == (
        "hand_over",
        {"container": WRONG_LABEL},
        ["donation_mismatch"],
        tissue,
        place,
        clinic.person("technologist"),
    )
    assert [(one.name, one.means) for one in kept.readings.all()] == [("container", "TYPED")]
    facts = json.loads(Entry.objects.get(action="scan.refused").text)["facts"]
    assert facts == {
        "scan": str(kept.pk),
        "container": str(tissue.pk),
        "purpose": "hand_over",
        "blockers": ["donation_mismatch"],
        "read": {"container": {"means": "TYPED"}},
    }
    counted = signed_in(clinic.person("quality")).get("/custody/refused-scans/").context["counted"]
    assert counted.by_reason == [("donation_mismatch", 1)]
    tissue.refresh_from_db()
    assert tissue.place == place


def test_each_wrong_scan_on_the_way_to_the_bedside_stops_when_it_comes() -> None:
    clinic = a_clinic()
    dose = a_released_dose(clinic)
    nurse = clinic.person("nurse")
    issue_badge(site=clinic.site, person=nurse, by=clinic.administrator, at=present())
    client, address = signed_in(nurse), way_to(dose, "PROC-1", clinic)
    assert dose.lot.course is not None
    right = {
        "container": scan_of(dose),
        "place": "PROC-1",
        "wristband": build_patient_id("00", dose.lot.course.patient.record_number),
    }
    wrong = {"container": WRONG_LABEL, "place": "LAB-1", "wristband": STRANGER}
    reasons = {
        "container": "donation_mismatch",
        "place": "place_mismatch",
        "wristband": "wristband_mismatch",
    }
    made: dict[str, str] = {}
    for name, raw in right.items():
        assert stopped_by(client, address, made | {name: wrong[name]}) == [reasons[name]]
        made[name] = raw
        assert client.post(address, made).status_code == 200
    assert client.post(address, made).context["prompt"].wanted.name == "badge"
    assert list(
        Scan.objects.filter(is_go=False).order_by("scanned_at").values_list("blockers", flat=True)
    ) == [[reason] for reason in reasons.values()]


def test_what_no_scan_can_mend_is_said_at_the_first_one() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    made = {"container": scan_of(tissue)}
    nurse = signed_in(clinic.person("nurse"))
    assert stopped_by(nurse, way_to(tissue, "INC-1", clinic), made) == ["person_not_expected"]


def test_right_scans_write_nothing_until_the_last() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    client, address = signed_in(clinic.person("technologist")), way_to(tissue, "INC-1", clinic)
    entries, scans = Entry.objects.count(), Scan.objects.count()
    assert client.get(address).status_code == 200
    assert client.post(address, {"container": scan_of(tissue)}).status_code == 200
    assert (Entry.objects.count(), Scan.objects.count()) == (entries, scans)


def test_what_changed_meanwhile_is_judged_again_with_all_the_scans() -> None:
    clinic = a_clinic()
    dose = a_released_dose(clinic)
    nurse, at = clinic.person("nurse"), present()
    assert dose.expires_at is not None
    assert dose.lot.course is not None
    scans = {
        "container": scan_of(dose),
        "place": "PROC-1",
        "wristband": build_patient_id("00", dose.lot.course.patient.record_number),
    }
    to = {"material": dose, "to_place": clinic.place("PROC-1"), "to_patient": True, "by": nurse}
    first = {"container": scans["container"]}
    stop_wrong_hand_over(scans=first, at=at, **to)  # type: ignore[arg-type]  # each value is of its own kind
    with pytest.raises(HandOverRefused) as refused:
        hand_over(scans=scans, at=dose.expires_at, **to)  # type: ignore[arg-type]  # as above
    assert [b.code for b in refused.value.blockers] == ["container_expired"]


def test_a_scan_that_is_left_out_is_missed_in_the_end() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    scans = {"container": scan_of(tissue)}
    to = {"material": tissue, "to_place": clinic.place("INC-1"), "by": clinic.person("technologist")}
    stop_wrong_hand_over(scans=scans, at=present(), **to)  # type: ignore[arg-type]  # as above
    with pytest.raises(HandOverRefused) as refused:
        hand_over(scans=scans, at=present(), **to)  # type: ignore[arg-type]  # as above
    assert [b.code for b in refused.value.blockers] == ["place_not_scanned"]


def test_taking_a_hand_over_back_stops_at_the_wrong_container_too() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    client = signed_in(clinic.person("technologist"))
    client.post(way_to(tissue, "INC-1", clinic), {"container": scan_of(tissue), "place": "INC-1"})
    address = f"/custody/hand-overs/{HandOver.objects.latest('handed_over_at').pk}/undo/"
    first = client.post(address, {"reason": "wrong incubator"})
    made = {"reason": "wrong incubator", "opened_at": first.context["live"].token, "container": WRONG_LABEL}
    stopped = client.post(address, made)
    assert [b.code for b in stopped.context["found"]] == ["donation_mismatch"]
    # The reason is not asked for again, and the refused scan is no news to who made it.
    again = client.post(address, stopped.context["kept"])
    assert (again.status_code, again.context["prompt"].wanted.name) == (200, "container")
    carried = {**again.context["prompt"].kept, "opened_at": again.context["live"].token}
    assert client.post(address, carried | {"container": scan_of(tissue)}).status_code == 200


def test_another_seal_stops_before_the_badge_is_asked_for() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    shipment = sealed(clinic, tissue)
    nurse = clinic.person("nurse")
    issue_badge(site=clinic.site, person=nurse, by=clinic.administrator, at=present())
    address = f"/custody/transport/{shipment.pk}/open/"
    assert stopped_by(signed_in(nurse), address, {"seal": "S-101"}) == ["seal_mismatch"]
    kept = Scan.objects.get(purpose="open_box")
    assert (kept.is_go, kept.raw, kept.material) == (False, {"seal": "S-101"}, tissue)


def test_a_container_of_somebody_else_is_stopped_before_its_position_is_asked_for() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    a_unit(clinic, place=tissue.place.code)
    client = signed_in(clinic.person("technologist"))
    address = f"/custody/containers/{tissue.pk}/store/"
    assert stopped_by(client, address, {"container": WRONG_LABEL}) == ["donation_mismatch"]
    kept = Scan.objects.get(is_go=False)
    assert (kept.purpose, kept.raw) == ("store", {"container": WRONG_LABEL})


def test_a_strangers_wristband_stops_the_time_out_before_the_dose_is_scanned() -> None:
    clinic = a_clinic()
    dose = a_released_dose(clinic)
    assert dose.lot.course is not None
    client = signed_in(clinic.person("physiatrist"))
    address = f"/injection/courses/{dose.lot.course_id}/time-out/"
    choices = client.get(address).context["form"].fields["place"].choices
    made = {"place": choices[0][0], "second_person": str(clinic.person("nurse").pk)}
    assert stopped_by(client, address, made | {"wristband": STRANGER}) == ["wristband_mismatch"]
    kept = Scan.objects.get(purpose="time_out")
    assert (kept.is_go, kept.raw, kept.material) == (False, {"wristband": STRANGER}, dose)
    right = build_patient_id("00", dose.lot.course.patient.record_number)
    assert client.post(address, made | {"wristband": right}).context["prompt"].wanted.name == "container"
