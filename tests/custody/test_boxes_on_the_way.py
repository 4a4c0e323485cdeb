"""Boxes on the way, as people use the pages: sealed, opened by their seal and a badge, judged by their log."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from stroma.clinic.actions import issue_badge
from stroma.clinic.credentials import Simulated
from stroma.clinic.models import Badge
from stroma.custody import actions, keeping_forms
from stroma.custody.actions.transport import BoxNotOpened
from stroma.custody.containers import NotPossible
from stroma.custody.models import (
    ContainerHold,
    Material,
    Scan,
    Shipment,
    TemperatureLog,
)
from stroma.custody.queries import custody_findings
from stroma.ledger.models import Entry
from stroma.ledger.record import present
from stroma.simulation.clinic import SimulatedClinic
from tests.lots_on_the_way import collect, collected, scan_of, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


def tissue_of(clinic: SimulatedClinic) -> Material:
    return collect(collected(clinic)).materials.get()


def sealed(clinic: SimulatedClinic, tissue: Material) -> Shipment:
    address = f"/custody/transport/seal/{tissue.place_id}/"
    told = {
        "box": "BOX-7",
        "containers": [tissue.pk],
        "to_place": clinic.place("OR-1").pk,
        "seal": "S-100",
    }
    answer = signed_in(clinic.person("nurse")).post(address, told)
    assert answer.status_code == 302, answer.context["form"].errors
    return Shipment.objects.get()


def test_what_is_not_listed_is_scanned_into_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_forms, "LISTED", 1)
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    nurse = signed_in(clinic.person("technologist"))
    nurse.post(f"/custody/containers/{tissue.pk}/do/split/", {"parts": "2", "amount": "10"})
    address = f"/custody/transport/seal/{tissue.place_id}/"
    told = {"box": "BOX-8", "to_place": clinic.place("OR-1").pk, "seal": "S-101"}
    nothing = nurse.post(address, told)
    assert "containers" in nothing.context["form"].errors
    wrong = nurse.post(address, {**told, "scanned": f"{scan_of(tissue)}\nnonsense"})
    assert "nonsense" in str(wrong.context["form"].errors["scanned"])
    twice = nurse.post(address, {**told, "scanned": f"{scan_of(tissue)}\n{scan_of(tissue)}"})
    assert twice.status_code == 302, twice.context["form"].errors
    assert [one.material for one in Shipment.objects.get().contents.all()] == [tissue]


def log_file(shipment: Shipment, *celsius: str) -> SimpleUploadedFile:
    begins = shipment.sealed_at - timedelta(minutes=1)
    step = (timezone.now() + timedelta(minutes=1) - begins) / (len(celsius) - 1)
    lines = [f"{(begins + n * step).isoformat()},{value}" for n, value in enumerate(celsius)]
    return SimpleUploadedFile("logger.csv", "\n".join(["time,temperature_c", *lines]).encode())


def test_another_seal_refuses_to_open_the_box_and_is_kept() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    shipment = sealed(clinic, tissue)
    client = signed_in(clinic.person("nurse"))
    inside = client.post(
        f"/custody/containers/{tissue.pk}/hand-over/?to={clinic.place('OR-1').pk}",
        {"container": scan_of(tissue), "place": "OR-1"},
    )
    assert [b.code for b in inside.context["found"]] == ["container_in_sealed_box"]
    stopped = client.post(f"/custody/transport/{shipment.pk}/open/", {"seal": "S-101"})
    assert [b.code for b in stopped.context["found"]] == ["seal_mismatch"]
    assert Scan.objects.filter(purpose="open_box", is_go=False, material=tissue).count() == 1
    assert client.post(f"/custody/transport/{shipment.pk}/open/", {"seal": "S-100"}).status_code == 302
    shipment.refresh_from_db()
    assert shipment.opened_by == clinic.person("nurse")


def a_badge(clinic: SimulatedClinic, part: str) -> Badge:
    return issue_badge(site=clinic.site, person=clinic.person(part), by=clinic.administrator, at=present())


def test_who_opens_a_box_scans_their_badge_last() -> None:
    clinic = a_clinic()
    shipment = sealed(clinic, tissue_of(clinic))
    badge, colleagues = a_badge(clinic, "nurse"), a_badge(clinic, "technologist")
    client, address = signed_in(clinic.person("nurse")), f"/custody/transport/{shipment.pk}/open/"
    prompt = client.post(address, {"seal": "S-100"}).context["prompt"]
    assert (prompt.wanted.name, prompt.number, prompt.total) == ("badge", 2, 2)
    stopped = client.post(address, {"seal": "S-100", "badge": colleagues.code})
    assert [b.code for b in stopped.context["found"]] == ["badge_of_somebody_else"]
    kept = Scan.objects.get(purpose="open_box")
    assert (kept.is_go, kept.raw) == (False, {"seal": "S-100", "badge": colleagues.code})
    assert client.post(address, {"seal": "S-100", "badge": badge.code}).status_code == 302
    shipment.refresh_from_db()
    assert (shipment.opened_by, shipment.opening_badge) == (clinic.person("nurse"), badge)
    entry = Entry.objects.get(action="box.opened")
    assert str(badge.id) in entry.text
    assert badge.code not in entry.text
    assert "badge shown" in client.get(f"/custody/transport/{shipment.pk}/").content.decode()


def test_a_box_is_not_opened_from_a_page_that_asked_for_no_badge() -> None:
    clinic = a_clinic()
    shipment = sealed(clinic, tissue_of(clinic))
    a_badge(clinic, "nurse")
    with pytest.raises(BoxNotOpened) as refused:
        actions.open_box(shipment=shipment, scans={"seal": "S-100"}, by=clinic.person("nurse"), at=present())
    assert [b.code for b in refused.value.blockers] == ["badge_not_scanned"]
    shipment.refresh_from_db()
    assert shipment.opened_at is None


@pytest.mark.parametrize(("celsius", "is_held"), [(("20", "21", "20"), False), (("20", "26.5", "20"), True)])
def test_an_excursion_quarantines_what_was_in_the_box(celsius: tuple[str, ...], is_held: bool) -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    shipment = sealed(clinic, tissue)
    client = signed_in(clinic.person("nurse"))
    client.post(f"/custody/transport/{shipment.pk}/open/", {"seal": "S-100"})
    address = f"/custody/transport/{shipment.pk}/log/"
    faulty = SimpleUploadedFile("logger.csv", b"time,temperature_c\nnoon,4\n2026-03-02T09:00:00Z,hot\n")
    said = client.post(address, {"log": faulty})
    assert said.status_code == 422
    assert len(said.context["form"].non_field_errors()) == 2
    assert client.post(address, {"log": log_file(shipment, *celsius)}).status_code == 302
    assert TemperatureLog.objects.get().is_excursion is is_held
    held = list(ContainerHold.objects.values_list("cause", flat=True))
    assert held == (["EXCURSION"] if is_held else [])
    page = client.get(f"/custody/transport/{shipment.pk}/")
    assert ('data-tone="stop"' in page.content.decode()) is is_held
    assert custody_findings() == []


def opened(clinic: SimulatedClinic) -> tuple[Material, Shipment]:
    tissue = tissue_of(clinic)
    shipment = sealed(clinic, tissue)
    signed_in(clinic.person("nurse")).post(f"/custody/transport/{shipment.pk}/open/", {"seal": "S-100"})
    shipment.refresh_from_db()
    return tissue, shipment


def test_a_sealed_box_asks_for_no_log_yet() -> None:
    clinic = a_clinic()
    shipment = sealed(clinic, tissue_of(clinic))
    client, address = signed_in(clinic.person("nurse")), f"/custody/transport/{shipment.pk}/log/"
    assert "the-form" not in client.get(address).content.decode()
    said = client.post(address, {"log": log_file(shipment, "20", "21", "20")})
    assert [b.code for b in said.context["found"]] == ["box_still_sealed"]


def test_a_file_that_is_too_large_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_forms, "LOG_MEGABYTES", 0)
    clinic = a_clinic()
    _tissue, shipment = opened(clinic)
    client, address = signed_in(clinic.person("nurse")), f"/custody/transport/{shipment.pk}/log/"
    said = client.post(address, {"log": log_file(shipment, "20", "21", "20")})
    assert [error.code for error in said.context["form"].errors.as_data()["log"]] == ["too_large"]
    assert TemperatureLog.objects.count() == 0


def test_another_log_is_read_in_the_place_of_the_first_and_both_stay() -> None:
    clinic = a_clinic()
    _tissue, shipment = opened(clinic)
    client, address = signed_in(clinic.person("nurse")), f"/custody/transport/{shipment.pk}/log/"
    assert client.post(address, {"log": log_file(shipment, "20", "26.5", "20")}).status_code == 302
    first = TemperatureLog.objects.get()
    page = client.get(address).content.decode()
    assert "A log was read already" in page
    assert "20.0 to 26.5 °C" in page
    other = log_file(shipment, "20", "21", "20")
    without = client.post(address, {"log": other, "corrects": str(first.pk)})
    assert list(without.context["form"].errors) == ["reason"]
    told = {"corrects": str(first.pk), "reason": "the logger of another box"}
    again = client.post(address, {"log": log_file(shipment, "20", "21", "20"), **told})
    assert again.status_code == 302
    second = TemperatureLog.objects.get(corrects=first)
    assert (second.is_excursion, second.reason) == (False, told["reason"])
    # What the first log put into quarantine is let out by quality, not by another file.
    assert ContainerHold.objects.filter(cause="EXCURSION", lifted_at=None).count() == 1
    shown = client.get(f"/custody/transport/{shipment.pk}/")
    assert (shown.context["log"], shown.context["earlier"]) == (second, [first])
    assert told["reason"] in shown.content.decode()
    assert [one.is_held_back for one in shown.context["contents"]] == [True]
    assert 'data-state="quarantine"' in shown.content.decode()
    entries = Entry.objects.filter(action="box.log_read").order_by("sequence")
    assert str(first.id) in entries[1].text
    assert told["reason"] not in entries[1].text
    assert "within limits" in client.get("/custody/transport/").content.decode()
    assert custody_findings() == []


def test_another_log_that_tells_of_an_excursion_quarantines_too() -> None:
    clinic = a_clinic()
    _tissue, shipment = opened(clinic)
    client, address = signed_in(clinic.person("nurse")), f"/custody/transport/{shipment.pk}/log/"
    client.post(address, {"log": log_file(shipment, "20", "21", "20")})
    assert ContainerHold.objects.count() == 0
    told = {"corrects": str(TemperatureLog.objects.get().pk), "reason": "the logger of another box"}
    client.post(address, {"log": log_file(shipment, "20", "26.5", "20"), **told})
    assert ContainerHold.objects.filter(cause="EXCURSION").count() == 1


def test_a_page_from_before_the_first_log_shows_that_log_instead_of_reading_twice() -> None:
    clinic = a_clinic()
    _tissue, shipment = opened(clinic)
    client, address = signed_in(clinic.person("nurse")), f"/custody/transport/{shipment.pk}/log/"
    client.post(address, {"log": log_file(shipment, "20", "21", "20")})
    first = TemperatureLog.objects.get()
    stale = client.post(address, {"log": log_file(shipment, "20", "22", "20")})
    assert (stale.status_code, [b.code for b in stale.context["found"]]) == (422, ["log_read_already"])
    assert stale.context["log"] == first
    assert "reason" in stale.context["form"].fields
    assert TemperatureLog.objects.count() == 1


def test_the_sites_own_limits_hold_for_the_next_box() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    client = signed_in(clinic.person("quality"))
    told = {"minimum_c": "18", "maximum_c": "24", "minutes_outside": "5", "source": "validation 7"}
    crossed = client.post(
        "/custody/transport/limits/", told | {"storage": "room_temperature", "minimum_c": "30"}
    )
    assert crossed.status_code == 422
    client.post("/custody/transport/limits/", told | {"storage": "room_temperature"})
    shipment = sealed(clinic, tissue)
    assert (shipment.minimum_c, shipment.maximum_c, shipment.limits_source) == (18, 24, "validation 7")


def test_nothing_is_discarded_out_of_a_sealed_box() -> None:
    clinic = a_clinic()
    tissue = tissue_of(clinic)
    sealed(clinic, tissue)
    with pytest.raises(NotPossible) as refused:
        actions.discard(
            material=tissue,
            witness=clinic.person("quality"),
            credential=Simulated(),
            reason="clotted",
            by=clinic.person("technologist"),
            at=timezone.now(),
        )
    assert [one.code for one in refused.value.blockers] == ["container_in_sealed_box"]
