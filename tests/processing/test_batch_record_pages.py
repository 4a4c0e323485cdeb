"""The registers, the scans of a step, exceptions, corrections, photos, recall, the printed record, the one screen."""

import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from stroma.custody.actions import apply_label, print_label
from stroma.custody.label_pdf import PrintedLabel
from stroma.custody.models import ContainerHold, Lot, Material, Scan, ScanPhoto
from stroma.ledger.models import Entry
from stroma.processing.actions import StepRefused, StepUse, correct_value, do_step
from stroma.processing.domain.batch_order import next_step
from stroma.processing.models import (
    Batch,
    Equipment,
    ReagentLot,
    StepException,
    StepPhoto,
    StepReagent,
    StepValue,
)
from stroma.processing.queries import current_container, steps_done, steps_of
from stroma.processing.record_queries import review_of
from stroma.processing.register_queries import lots_touched_by_reagent, what_touched
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.supplies import use_for
from tests.custody.test_photos_are_read import a_photo, upload
from tests.lots_on_the_way import HOUR, collect, collected, scan_of, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


@pytest.fixture
def batch(clinic: SimulatedClinic) -> Batch:
    """A same-day batch whose next step is the centrifuge, with everything that it wants made ready."""
    bench = collected(clinic)
    lot = collect(bench, at=timezone.now() - 1.2 * HOUR)
    bench.process("receive", timezone.now() - 0.5 * HOUR)
    return Batch.objects.get(lot=lot)


def ready(batch: Batch, clinic: SimulatedClinic) -> StepUse:
    step, material = next_step(steps_of(batch.lot), steps_done(batch)), current_container(batch.lot)
    assert step is not None
    assert material is not None
    people = {"technologist": clinic.person("technologist"), "quality": clinic.person("quality")}
    return use_for(batch, step, material, **people, at=timezone.now())


def values_page(client: Client, batch: Batch, codes: list[str]) -> str:
    """Scan the container and the codes one after the other; the address where the values are filled in."""
    material = current_container(batch.lot)
    assert material is not None
    address, sent = f"/processing/batches/{batch.pk}/", {"container": scan_of(material)}
    answer = client.post(address, sent)
    for code in codes:
        prompt = answer.context["prompt"]
        sent |= {**prompt.made, **prompt.kept, prompt.wanted.name: code}
        answer = client.post(address, sent)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def spun(minutes: str, place: object, **more: str) -> dict[str, str]:
    return {
        "step": "concentrate",
        "amount": "8",
        "place": f"{place}",
        "reading_spin_minutes": minutes,
        **more,
    }


def test_equipment_that_is_not_fit_is_refused_when_it_is_scanned_and_the_scan_kept(
    clinic: SimulatedClinic, batch: Batch
) -> None:
    client = signed_in(clinic.person("technologist"))
    material = current_container(batch.lot)
    assert material is not None
    address = f"/processing/batches/{batch.pk}/"
    prompt = client.post(address, {"container": scan_of(material)}).context["prompt"]
    assert prompt.wanted.name == "thing_centrifuge"
    sent = {**prompt.made, **prompt.kept, "thing_centrifuge": "EQ-CEN-1"}
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert [one.code for one in refused.context["found"]] == [
        "equipment_not_clean",
        "equipment_not_calibrated",
    ]
    kept = Scan.objects.get(purpose="step_thing", is_go=False)
    assert (kept.raw, kept.material_id) == ({"centrifuge": "EQ-CEN-1"}, material.pk)
    ready(batch, clinic)
    assert client.post(address, sent).status_code == 302


def test_a_value_outside_its_limits_is_taken_with_a_reason_and_stands_as_an_exception(
    clinic: SimulatedClinic, batch: Batch
) -> None:
    client = signed_in(clinic.person("technologist"))
    address = values_page(client, batch, list(ready(batch, clinic).codes))
    place = clinic.place("LAB-1").pk
    asked = client.post(address, spun("25", place))
    assert (asked.status_code, [one.code for one in asked.context["found"]]) == (422, ["value_out_of_limits"])
    assert "Why do you go on?" in asked.content.decode()
    assert StepValue.objects.filter(step__batch=batch).count() == 0
    assert client.post(address, spun("25", place, reason="rotor was slow")).status_code == 302
    [exception] = StepException.objects.filter(step__batch=batch)
    assert (exception.code, exception.reason) == ("value_out_of_limits", "rotor was slow")
    found = [(one.step, one.blocker.code) for one in review_of(batch).findings]
    assert found == [
        ("concentrate", "value_was_out_of_limits"),
        ("formulate", "step_not_done"),
        ("fill", "step_not_done"),
    ]


def test_a_step_without_its_equipment_is_refused_by_the_action_too(
    clinic: SimulatedClinic, batch: Batch
) -> None:
    material = current_container(batch.lot)
    assert material is not None
    with pytest.raises(StepRefused) as refused:
        do_step(
            batch=batch,
            code="concentrate",
            material=material,
            use=StepUse(values={"spin_minutes": Decimal(30)}, reason=" "),
            by=clinic.person("technologist"),
            at=timezone.now(),
        )
    assert [one.code for one in refused.value.blockers] == [
        "step_fills_one",
        "equipment_missing",
        "value_out_of_limits",
    ]


def test_a_correction_keeps_the_old_value_in_sight(clinic: SimulatedClinic, batch: Batch) -> None:
    client = signed_in(clinic.person("technologist"))
    address = values_page(client, batch, list(ready(batch, clinic).codes))
    client.post(address, spun("12", clinic.place("LAB-1").pk))
    value = StepValue.objects.get(step__batch=batch)
    page = f"/processing/batches/{batch.pk}/values/{value.pk}/"
    assert client.post(page, {"right": "15", "reason": ""}).status_code == 422
    assert client.post(page, {"right": "15", "reason": "misread the display"}).status_code == 302
    shown = client.get(f"/processing/batches/{batch.pk}/record/").content.decode()
    assert "<del>12</del>" in shown
    assert "misread the display" in shown
    assert next(one.blocker.code for one in review_of(batch).findings) == "value_was_corrected"
    with pytest.raises(StepRefused) as refused:
        correct_value(
            value=value,
            right=Decimal(16),
            reason="again",
            by=clinic.person("technologist"),
            at=timezone.now(),
        )
    assert [one.code for one in refused.value.blockers] == ["value_corrected_already"]


def test_a_photo_is_kept_as_it_was_taken_and_nothing_else_is(clinic: SimulatedClinic, batch: Batch) -> None:
    client, picture = signed_in(clinic.person("technologist")), io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(picture, "PNG")
    step = batch.steps.get()
    address = f"/processing/batches/{batch.pk}/steps/{step.pk}/photos/"
    for content in (b"no photo at all", picture.getvalue()):
        client.post(address, {"photo": SimpleUploadedFile("bag.png", content)})
    kept = StepPhoto.objects.get()
    assert bytes(kept.content) == picture.getvalue()
    back = client.get(f"/processing/batches/{batch.pk}/photos/{kept.pk}/")
    assert (back.content, back.headers["Content-Type"]) == (picture.getvalue(), "image/png")


def finished(clinic: SimulatedClinic) -> Lot:
    bench = collected(clinic)
    lot = collect(bench, at=timezone.now() - 3 * HOUR)
    bench.process(None, timezone.now() - 2.4 * HOUR)
    return lot


def test_look_back_goes_both_ways_and_a_recall_holds_back_what_was_touched(clinic: SimulatedClinic) -> None:
    lot = finished(clinic)
    reagent = ReagentLot.objects.get(kind="wash_solution")
    assert list(lots_touched_by_reagent(reagent)) == [lot]
    reagents, equipment = what_touched(lot)
    assert reagents == [reagent]
    assert {one.kind for one in equipment} == {"biosafety_cabinet", "centrifuge"}
    client = signed_in(clinic.person("quality"))
    address = f"/processing/reagents/{reagent.pk}/recall/"
    assert list(client.get(address).context["lots"].rows) == [lot]
    assert client.post(address, {"reason": "", "quarantines": "on"}).status_code == 422
    assert client.post(address, {"reason": "the maker wrote", "quarantines": "on"}).status_code == 302
    held = Material.objects.filter(lot=lot, state="HELD")
    assert held.exists()
    assert set(ContainerHold.objects.values_list("material", flat=True)) == {one.pk for one in held}
    found = [one.blocker.code for one in review_of(Batch.objects.get(lot=lot)).findings]
    assert found == ["reagent_recalled_since"]
    shown = client.get(reverse("lot_page", args=[lot.pk])).content.decode()
    assert "was recalled after it was used here" in shown


def test_a_record_in_which_nothing_is_odd_says_so_and_prints(clinic: SimulatedClinic) -> None:
    lot = finished(clinic)
    batch = Batch.objects.get(lot=lot)
    client = signed_in(clinic.person("quality"))
    assert (
        "Nothing to look at in the batch record"
        in client.get(f"/processing/batches/{batch.pk}/record/").content.decode()
    )
    printed = client.get(f"/processing/batches/{batch.pk}/record.pdf")
    assert printed.headers["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF")
    assert printed.content == client.get(f"/processing/batches/{batch.pk}/record.pdf").content


def test_a_reagent_goes_from_receipt_to_release_and_equipment_out_of_service_and_back(
    clinic: SimulatedClinic,
) -> None:
    technologist, quality = signed_in(clinic.person("technologist")), signed_in(clinic.person("quality"))
    day = (timezone.now() + timedelta(days=30)).date()
    told = {
        "name": "Dye",
        "kind": "OTHER",
        "other_kind": "dye",
        "manufacturer": "M",
        "number": "7",
        "code": "DY-7",
    }
    received = technologist.post("/processing/reagents/receive/", told | {"expires_at": f"{day}"})
    assert received.status_code == 302
    reagent = ReagentLot.objects.get(code="DY-7")
    assert reagent.expires_at > timezone.now() + timedelta(days=30)
    again = technologist.post("/processing/reagents/receive/", told | {"expires_at": f"{day}"})
    assert [one.code for one in again.context["found"]] == [
        "register_code_taken",
        "reagent_registered_already",
    ]
    assert technologist.post(f"/processing/reagents/{reagent.pk}/release/").status_code == 403
    page = f"/processing/reagents/{reagent.pk}/release/"
    shown = quality.get(page).context["shown"]
    assert quality.post(page, {"shown": shown, "credential": "simulated"}).status_code == 302
    assert set(reagent.events.values_list("kind", flat=True)) == {"RELEASED"}
    scale = {"name": "Scale", "kind": "OTHER", "other_kind": "scale", "code": "SC-7"}
    assert technologist.post("/processing/equipment/add/", scale).status_code == 302
    found = Equipment.objects.get(code="SC-7")
    service = f"/processing/equipment/{found.pk}/service/"
    assert technologist.post(service, {"reason": "rattles"}).status_code == 302
    refused = technologist.post(service, {"reason": "seems fine"})
    assert (refused.status_code, [one.code for one in refused.context["found"]]) == (422, ["role_missing"])
    assert quality.post(service, {"reason": "mended"}).status_code == 302
    assert list(found.events.values_list("kind", flat=True)) == ["TAKEN_OUT", "RETURNED"]


def one_screen(client: Client, batch: Batch, clinic: SimulatedClinic, address: str) -> dict[str, str]:
    """Everything that the one screen asks for at the next step, as it is filled in."""
    use, form = ready(batch, clinic), client.get(address).context["form"]
    step, material = next_step(steps_of(batch.lot), steps_done(batch)), current_container(batch.lot)
    assert step is not None
    assert material is not None
    sent = {name: "" if form[name].initial is None else f"{form[name].initial}" for name in form.fields}
    places = {name: f"{clinic.place('LAB-1').pk}" for name in ("place", "freezer") if name in sent}
    sent |= places | {"container": scan_of(material), "amount": "6"}
    sent |= {f"reading_{code}": f"{value}" for code, value in use.values.items()}
    wanted = (*step.equipment, *step.reagents)
    sent |= {f"thing_{kind}": code for kind, code in zip(wanted, use.codes, strict=True)}
    return sent | {"live": "500", "dead": "25", "dilution": "20", "freezer": f"{clinic.place('LN2-1').pk}"}


def test_a_concentrate_is_made_on_one_screen(clinic: SimulatedClinic) -> None:
    technologist, client = clinic.person("technologist"), signed_in(clinic.person("technologist"))
    lot = collect(collected(clinic), at=timezone.now() - HOUR)
    client.post(f"/processing/lots/{lot.pk}/begin/")
    batch = Batch.objects.get(lot=lot)
    address = f"/processing/batches/{batch.pk}/same-day/"
    while next_step(steps_of(lot), steps_done(batch)) is not None:
        material = current_container(lot)
        assert material is not None
        if not material.labels.filter(state="APPLIED").exists():
            label = print_label(material=material, by=technologist, at=timezone.now())
            apply_label(label=label, by=technologist, at=timezone.now())
        sent = one_screen(client, batch, clinic, address)
        wrong = client.post(address, sent | {"container": "nothing"})
        assert wrong.status_code == 422
        answer = client.post(address, sent)
        assert answer.status_code == 302, answer.context["found"] or answer.context["form"].errors
    page = client.get(address)
    assert page.context["review"].findings == []
    assert [fact["is_stop"] for fact in page.context["facts"]].count(True) == 0
    assert StepReagent.objects.filter(step__batch=batch).count() == 1
    assert client.post(f"/processing/batches/{batch.pk}/close/").status_code == 302


def test_the_one_screen_says_how_each_code_was_read_and_takes_a_photo(
    clinic: SimulatedClinic, batch: Batch
) -> None:
    client = signed_in(clinic.person("technologist"))
    address = f"/processing/batches/{batch.pk}/same-day/"
    material = current_container(batch.lot)
    assert material is not None
    data = a_photo(PrintedLabel(material.labels.get(state="APPLIED").content, "A0-1"))
    sent = one_screen(client, batch, clinic, address) | {"container": "", "read_thing_centrifuge": "TYPED"}
    unsaid = client.post(address, sent | {"photo": upload(data)})
    assert (unsaid.status_code, "photo_of" in unsaid.context["form"].errors) == (422, True)
    nothing = client.post(address, sent | {"photo_of": "container"})
    assert [one.code for one in nothing.context["found"]] == ["photo_missing"]
    answer = client.post(address, sent | {"photo_of": "container", "photo": upload(data)})
    assert answer.status_code == 302, answer.context["found"] or answer.context["form"].errors
    entry = Entry.objects.filter(action="batch.step_done").latest("sequence")
    told = json.loads(entry.text)["facts"]["scans"]
    scans = [Scan.objects.get(pk=one["scan"]) for one in told]
    assert all(scan.is_go and scan.material == material for scan in scans)
    photo = str(ScanPhoto.objects.get().pk)
    read = {name: how for one in told for name, how in one["read"].items()}
    assert read == {
        "container": {"means": "PHOTO", "photo": photo},
        "centrifuge": {"means": "TYPED"},
    }
    assert {name: raw for scan in scans for name, raw in scan.raw.items()} == {
        "container": material.labels.get(state="APPLIED").content["compound"],
        "centrifuge": sent["thing_centrifuge"],
    }
