"""Storage, parts, quarantine, boxes, refused scans and look-back, as people use the pages."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from stroma.custody import actions
from stroma.custody.domain.storage import UnitKind
from stroma.custody.look_back_queries import donors_of, recipients_of
from stroma.custody.models import (
    ContainerHold,
    Donor,
    HandOver,
    HandOverUndo,
    Lot,
    Material,
    Scan,
    StoragePosition,
    StorageStay,
    StorageUnit,
)
from stroma.custody.queries import WRONG_LABEL, custody_findings
from stroma.patients.models import PatientAccess
from stroma.simulation.clinic import SimulatedClinic
from tests.lots_on_the_way import collect, collected, scan_of, signed_in
from tests.treated_courses import START, a_clinic, a_course

pytestmark = pytest.mark.django_db


def tissue_of(clinic: SimulatedClinic) -> Material:
    return collect(collected(clinic)).materials.get()


def a_unit(clinic: SimulatedClinic, code: str = "INC", place: str = "LAB-1", **size: int) -> StorageUnit:
    return actions.add_storage_unit(
        place=clinic.place(place),
        kind=UnitKind.INCUBATOR,
        name="Incubator A",
        code=code,
        **({"shelves": 1, "racks": 1, "positions": 2} | size),
        by=clinic.person("technologist"),
        at=timezone.now() - timedelta(hours=2),
    )


def test_a_container_is_stored_by_two_scans_found_by_one_and_taken_out() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    unit = a_unit(clinic, place=tissue.place.code)
    client = signed_in(clinic.person("technologist"))
    address = f"/custody/containers/{tissue.pk}/store/"
    first = client.post(address, {"container": scan_of(tissue)})
    assert first.context["prompt"].wanted.name == "position"
    go = client.post(address, {"container": scan_of(tissue), "position": "inc-1-1-2"})
    assert 'data-verdict="go"' in go.content.decode()
    assert StorageStay.objects.get(taken_out_at=None).position.code == "INC-1-1-2"
    found = client.get("/custody/storage/", {"scan": scan_of(tissue)})
    assert found.headers["Location"] == f"/custody/containers/{tissue.pk}/"
    place = client.get("/custody/storage/", {"scan": "INC-1-1-2"})
    assert place.headers["Location"] == f"/custody/storage/{unit.pk}/?shelf=1&rack=1#p2"
    assert client.post(f"/custody/containers/{tissue.pk}/do/take-out/").status_code == 302
    assert StorageStay.objects.filter(taken_out_at=None).count() == 0
    assert custody_findings() == []


@pytest.mark.parametrize(
    ("container", "position", "code"),
    [
        ("right", "INC-1-1-9", "position_unknown"),
        ("wrong", "INC-1-1-1", "donation_mismatch"),
        ("right", "ELSE-1-1-1", "unit_stands_elsewhere"),
    ],
)
def test_a_refused_scan_stops_over_the_whole_screen_says_what_came_and_is_counted(
    container: str, position: str, code: str
) -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    a_unit(clinic, place=tissue.place.code)
    a_unit(clinic, "ELSE", place="OR-1")
    client = signed_in(clinic.person("technologist"))
    raw = scan_of(tissue) if container == "right" else WRONG_LABEL
    stopped = client.post(f"/custody/containers/{tissue.pk}/store/", {"container": raw, "position": position})
    assert (stopped.status_code, [b.code for b in stopped.context["found"]]) == (422, [code])
    assert 'data-verdict="stop"' in stopped.content.decode()
    assert position in stopped.content.decode()
    assert Scan.objects.get(is_go=False).place == tissue.place
    counted = signed_in(clinic.person("quality")).get("/custody/refused-scans/").context["counted"]
    assert counted.by_reason == [(code, 1)]
    assert counted.by_place == [(tissue.place.name, 1)]
    assert sum(refused for _, _, refused in counted.by_week) == counted.refused == 1


def test_a_container_in_a_taken_position_is_refused_and_a_hand_over_frees_its_own() -> None:
    clinic = a_clinic()
    benches = [collected(clinic, number=number) for number in (0, 1)]
    one = collect(benches[0]).materials.get()
    a_unit(clinic, place=one.place.code)
    two = collect(benches[1], at=timezone.now() - timedelta(hours=1)).materials.get()
    client = signed_in(clinic.person("technologist"))
    for material, status in ((one, 200), (two, 422)):
        answer = client.post(
            f"/custody/containers/{material.pk}/store/",
            {"container": scan_of(material), "position": "INC-1-1-1"},
        )
        assert answer.status_code == status
    incubator = clinic.place("INC-1")
    client.post(
        f"/custody/containers/{one.pk}/hand-over/?to={incubator.pk}",
        {"container": scan_of(one), "place": incubator.code},
    )
    assert StorageStay.objects.filter(taken_out_at=None).count() == 0
    assert custody_findings() == []


def test_the_map_of_ten_thousand_places_takes_few_queries_and_little_time() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    unit = a_unit(clinic, place=tissue.place.code, shelves=10, racks=20, positions=50)
    assert StoragePosition.objects.count() == 10_000
    position = StoragePosition.objects.get(code="INC-7-3-42")
    StorageStay.objects.create(
        position=position,
        material=tissue,
        stored_by=clinic.person("technologist"),
        stored_at=timezone.now(),
    )
    client = signed_in(clinic.person("technologist"))
    for address in ("/custody/storage/", f"/custody/storage/{unit.pk}/?shelf=7&rack=3"):
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            began = time.perf_counter()
            page = client.get(address)
            took_s = time.perf_counter() - began
        assert page.status_code == 200
        assert len(asked) <= 14, [one["sql"][:90] for one in asked]
        # A table scan a rack would take many times as long.
        assert took_s < 1.5
    assert tissue.lot.din[-6:] in page.content.decode()


def test_parts_and_samples_hold_what_left_the_container() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    client = signed_in(clinic.person("technologist"))
    whole = tissue.remaining
    address = f"/custody/containers/{tissue.pk}/do/"
    much = client.post(address + "split/", {"parts": "2", "amount": str(whole)})
    assert [b.code for b in much.context["found"]] == ["container_holds_less"]
    assert client.post(address + "split/", {"parts": "2", "amount": "10"}).status_code == 302
    assert client.post(address + "sample/", {"amount": "1.5"}).status_code == 302
    tissue.refresh_from_db()
    assert tissue.remaining == whole - Decimal("21.5")
    kinds = list(
        tissue.lot.materials.exclude(pk=tissue.pk).values_list("kind", "amount").order_by("division")
    )
    assert kinds == [("TISSUE", Decimal(10)), ("TISSUE", Decimal(10)), ("SAMPLE", Decimal("1.5"))]
    assert custody_findings() == []


def test_containers_are_not_pooled_where_the_protocol_does_not_allow_it() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    client = signed_in(clinic.person("technologist"))
    client.post(f"/custody/containers/{tissue.pk}/do/split/", {"parts": "2", "amount": "10"})
    parts = list(tissue.lot.materials.exclude(pk=tissue.pk).order_by("division"))
    refused = client.post(f"/custody/containers/{parts[0].pk}/do/pool/", {"others": [parts[1].pk]})
    assert [b.code for b in refused.context["found"]] == ["pooling_not_allowed"]


def test_a_pool_holds_the_sum_where_the_protocol_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    told = actions.parts.protocol_of(tissue.lot.protocol)
    processing = told.processing.model_copy(update={"pooling_allowed": True})
    allowing = told.model_copy(update={"processing": processing})
    monkeypatch.setattr(actions.parts, "protocol_of", lambda _adopted: allowing)
    by, at = clinic.person("technologist"), timezone.now()
    parts = actions.split(material=tissue, amounts=[Decimal(10), Decimal(5)], by=by, at=at)
    pooled = actions.pool(materials=parts, by=by, at=at)
    assert (pooled.amount, pooled.kind, pooled.parents.count()) == (Decimal(15), "TISSUE", 2)
    assert set(Material.objects.filter(pk__in=[p.pk for p in parts]).values_list("state")) == {("USED_UP",)}
    assert actions.take_sample(material=pooled, amount=Decimal(1), by=by, at=at).amount == 1
    assert custody_findings() == []


def test_a_container_in_quarantine_gives_nothing_until_quality_lifts_it() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    technologist, quality = (signed_in(clinic.person(part)) for part in ("technologist", "quality"))
    address = f"/custody/containers/{tissue.pk}/do/"
    bare = technologist.post(address + "quarantine/", {"cause": "DAMAGE", "reason": ""})
    assert bare.status_code == 422
    technologist.post(address + "quarantine/", {"cause": "DAMAGE", "reason": "a crack"})
    hold = ContainerHold.objects.get()
    refused = technologist.post(address + "sample/", {"amount": "1"})
    assert [b.code for b in refused.context["found"]] == ["container_in_quarantine"]
    assert technologist.post(f"/custody/holds/{hold.pk}/lift/", {"reason": "sound"}).status_code == 403
    assert quality.post(f"/custody/holds/{hold.pk}/lift/", {"reason": "sound"}).status_code == 302
    assert technologist.post(address + "sample/", {"amount": "1"}).status_code == 302
    assert custody_findings() == []


def test_a_hand_over_is_taken_back_by_scan_with_its_reason_and_both_stay() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    home, incubator = tissue.place, clinic.place("INC-1")
    client = signed_in(clinic.person("technologist"))
    client.post(
        f"/custody/containers/{tissue.pk}/hand-over/?to={incubator.pk}",
        {"container": scan_of(tissue), "place": incubator.code},
    )
    handed = HandOver.objects.latest("handed_over_at")
    address = f"/custody/hand-overs/{handed.pk}/undo/"
    told = {"reason": "wrong incubator", "container": scan_of(tissue), "place": home.code}
    wrong = client.post(address, told | {"place": "OR-1"})
    assert [b.code for b in wrong.context["found"]] == ["place_mismatch"]
    assert client.post(address, told).status_code == 302
    undo = HandOverUndo.objects.get()
    tissue.refresh_from_db()
    assert (undo.hand_over, undo.back.to_place, tissue.place) == (handed, home, home)
    again = client.post(address, told)
    assert [b.code for b in again.context["found"]] == ["hand_over_undone"]
    assert custody_findings() == []


def test_a_nurse_does_not_put_a_container_into_an_incubator() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    incubator = clinic.place("INC-1")
    stopped = signed_in(clinic.person("nurse")).post(
        f"/custody/containers/{tissue.pk}/hand-over/?to={incubator.pk}",
        {"container": scan_of(tissue), "place": incubator.code},
    )
    assert [b.code for b in stopped.context["found"]] == ["person_not_expected"]


def test_a_container_is_frozen_thawed_and_not_frozen_again() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    by, at = clinic.person("technologist"), timezone.now() - timedelta(minutes=30)
    actions.hand_over(
        material=tissue,
        to_place=clinic.place("LN2-1"),
        scans={"container": scan_of(tissue), "place": "LN2-1"},
        by=by,
        at=at,
    )
    actions.add_storage_unit(
        place=clinic.place("LN2-1"),
        kind=UnitKind.TANK,
        name="Tank",
        code="T1",
        shelves=1,
        racks=1,
        positions=2,
        by=by,
        at=at,
    )
    client = signed_in(by)
    store = f"/custody/containers/{tissue.pk}/store/"
    scans = {"container": scan_of(tissue), "position": "T1-1-1-1"}
    warm = client.post(store, scans)
    assert [b.code for b in warm.context["found"]] == ["container_not_frozen"]
    assert client.post(store + "?freeze=1", scans).status_code == 200
    assert client.post(f"/custody/containers/{tissue.pk}/do/thaw/").status_code == 302
    twice = client.post(store + "?freeze=1", scans)
    assert [b.code for b in twice.context["found"]] == ["container_was_thawed"]
    assert custody_findings() == []


def a_donor_of_many(clinic: SimulatedClinic, courses: int) -> Donor:
    """A donor of whose cells lots were set aside for many courses: rows, as the bank's long way is tested elsewhere."""
    donor = Donor.objects.create(site=clinic.site, relation=Donor.Relation.ALLOGENEIC, salt="s")
    for number in range(courses):
        course = a_course(clinic, "disc-cord-donor", at=START + timedelta(days=4 * number))
        lot = Lot.objects.create(
            site=clinic.site,
            donor=donor,
            protocol=course.protocol,
            course=course,
            din=f"A99992600001{number}",
            product_code="S1128",
            product_name="cord cells",
            state="IN_PROCESS",
            made_at=timezone.now(),
        )
        Material.objects.create(
            lot=lot,
            kind="DOSE",
            division="00",
            amount=Decimal(2),
            remaining=Decimal(2),
            place=clinic.place("LAB-1"),
            state="HELD",
            made_at=timezone.now(),
        )
    return donor


def test_a_donor_leads_to_every_recipient_and_back_in_one_query_each() -> None:
    clinic = a_clinic()
    donor = a_donor_of_many(clinic, 3)
    with CaptureQueriesContext(connection) as there:
        rows = recipients_of(donor)
        names = [row.lot.course.patient.record_number for row in rows if row.lot.course]
    assert (len(there), len(set(names))) == (1, 3)
    patient = rows[0].lot.course.patient if rows[0].lot.course else None
    assert patient is not None
    with CaptureQueriesContext(connection) as back:
        assert donors_of(patient.pk) == [donor]
    assert len(back) == 1


def test_a_look_back_lists_what_to_do_quarantines_what_is_left_and_is_noted() -> None:
    clinic = a_clinic()
    donor = a_donor_of_many(clinic, 2)
    client = signed_in(clinic.person("quality"))
    address = f"/custody/look-back/{donor.pk}/"
    page = client.get(address)
    assert page.context["people"] == 2
    assert PatientAccess.objects.filter(page="look_back", user=clinic.person("quality")).count() == 2
    shelf = a_unit(clinic, place="LAB-1")
    held = list(page.context["held"].rows)
    assert [(one.place.code, one.position, one.is_held_back) for one in held] == [("LAB-1", None, False)] * 2
    StorageStay.objects.create(
        material=held[0],
        position=StoragePosition.objects.filter(unit=shelf).earliest("code"),
        stored_by=clinic.person("technologist"),
        stored_at=timezone.now(),
    )
    assert "INC-1-1-1" in client.get(address).content.decode()
    assert page.content.decode().count("Put what is held into quarantine now") == 2
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "a late result"}).status_code == 302
    assert ContainerHold.objects.filter(cause="LOOK_BACK").count() == 2
    assert [one.is_held_back for one in client.get(address).context["held"].rows] == [True, True]
    assert "Decide what becomes of the cells" in client.get(address).content.decode()
    patient = recipients_of(donor)[0].lot.course
    assert patient is not None
    found = client.get("/custody/look-back/", {"recipient": patient.patient.record_number})
    assert found.context["their_donors"] == [donor]


def test_the_homes_lead_to_the_new_pages() -> None:
    clinic = a_clinic()
    quality = signed_in(clinic.person("quality")).get(reverse("quality_home")).content.decode()
    bench = signed_in(clinic.person("technologist")).get(reverse("bench_home")).content.decode()
    for address in ("/custody/look-back/", "/custody/refused-scans/", "/custody/storage/"):
        assert address in quality
    for address in ("/custody/storage/", "/custody/transport/"):
        assert address in bench
