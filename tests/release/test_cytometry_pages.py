"""A lot's cytometry: the file is kept, the plots are shown, a gate is moved for a reason, the results are recorded."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from stroma.custody.models import Lot
from stroma.ledger.models import Entry
from stroma.release.actions.cytometry import ReadingRefused, move_gate, read_cytometry, record_cytometry
from stroma.release.cytometry_files import panel_for, reading_from
from stroma.release.judged import judgements_for
from stroma.release.models import AssayResult, CytometryReading, InstrumentFile
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.cytometer import stromal_cells
from stroma.simulation.laboratory import SimulatedLaboratory
from tests.lots_on_the_way import collect, signed_in
from tests.release.kept_readings import CONTROL, SAMPLE, HandedIn, a_reading, prepared_for
from tests.treated_courses import a_clinic, a_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


@pytest.fixture
def lot(clinic: SimulatedClinic) -> Lot:
    """A culture that came to the laboratory."""
    from random import Random

    course = a_course(clinic, "disc-marrow-expanded")
    return collect(Bench(clinic, SimulatedLaboratory(Random(1), {}), course.protocol, course))


def technologist(clinic: SimulatedClinic) -> Client:
    return signed_in(clinic.person("technologist"))


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_file_is_read_looked_at_and_recorded_from_the_pages(clinic: SimulatedClinic, lot: Lot) -> None:
    person = technologist(clinic)
    assert "Read a cytometry file" in person.get(f"/release/lots/{lot.pk}/").content.decode()
    given = {"sample": upload("cells.fcs", SAMPLE.content), "control": upload("no.fcs", CONTROL.content)}
    answer = person.post(f"/release/lots/{lot.pk}/cytometry/", given)
    reading = CytometryReading.objects.get()
    assert answer.headers["Location"] == f"/release/readings/{reading.pk}/"
    assert bytes(reading.sample.content) == SAMPLE.content

    page = person.get(f"/release/readings/{reading.pk}/")
    text = page.content.decode()
    assert text.count('<svg class="cy-plot"') == 11  # cells, singlets, live and eight stains
    assert "style=" not in text
    assert "Provisional" not in text

    assert (
        person.post(f"/release/readings/{reading.pk}/record/").headers["Location"]
        == f"/release/lots/{lot.pk}/"
    )
    results = {row.code: row for row in AssayResult.objects.filter(lot=lot)}
    percents = {one["result"]: one["percent"] for one in reading.populations if one["result"]}
    assert {code: float(row.value or 0) for code, row in results.items()} == percents
    assert {row.reading_id for row in results.values()} == {reading.pk}
    judged = {j.limit.code: j.verdict for j in judgements_for(lot) if j.limit.code in results}
    assert set(judged.values()) == {"MET"}
    assert "results recorded" in person.get(f"/release/lots/{lot.pk}/").content.decode()


def test_a_damaged_file_keeps_nothing_and_says_where(clinic: SimulatedClinic, lot: Lot) -> None:
    cut = SAMPLE.content[:-40]
    answer = technologist(clinic).post(
        f"/release/lots/{lot.pk}/cytometry/",
        {"sample": upload("cells.fcs", SAMPLE.content), "control": upload("cut.fcs", cut)},
    )
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["control"]
    assert f"byte {len(cut)}" in answer.context["form"].errors["control"][0]
    assert not InstrumentFile.objects.exists()


def test_a_stain_that_is_missing_is_told_at_the_sample(clinic: SimulatedClinic, lot: Lot) -> None:
    lacking = stromal_cells(events=2000, without=("CD105 PE", "CD34"))
    answer = technologist(clinic).post(
        f"/release/lots/{lot.pk}/cytometry/", {"sample": upload("cells.fcs", lacking)}
    )
    assert answer.status_code == 422
    told = " ".join(answer.context["form"].errors["sample"])
    assert "CD105" in told
    assert "CD34" in told


def test_without_a_control_nothing_is_recorded_until_a_reviewer_set_every_gate(
    clinic: SimulatedClinic, lot: Lot
) -> None:
    by = clinic.person("quality")
    at = timezone.now()
    reading = a_reading(lot, control=None, by=by, at=at)
    with pytest.raises(ReadingRefused) as caught:
        record_cytometry(reading=reading, by=by, at=at)
    named = [blocker.values["population"] for blocker in caught.value.blockers]
    assert {blocker.code for blocker in caught.value.blockers} == {"threshold_provisional"}
    assert named == ["live", *(f"{marker.stain} positive" for marker in panel_for(lot).markers)]
    for name in named:
        bounds = {"low": None, "high": 900.0} if name == "live" else {"low": 900.0, "high": None}
        reading = move_gate(reading=reading, gate=name, reason="as SOP-031 says", by=by, at=at, **bounds)
    assert len(record_cytometry(reading=reading, by=by, at=at)) == len(named) - 1


def test_a_moved_gate_keeps_the_old_and_is_counted_anew(clinic: SimulatedClinic, lot: Lot) -> None:
    at = timezone.now()
    old = a_reading(lot, by=clinic.person("technologist"), at=at)
    person = technologist(clinic)
    number = 1 + [gate.name for gate in reading_from(old).gate_set.gates].index("CD45 positive")
    address = f"/release/readings/{old.pk}/gates/{number}/"
    shown = person.get(address)
    assert shown.context["form"].initial["low"] == reading_from(old).gate_set.named("CD45 positive").low
    assert shown.content.decode().count('<svg class="cy-plot"') == 1
    assert person.post(address, {"low": "3000", "reason": ""}).status_code == 422
    assert person.post(address, {"reason": "no bound"}).status_code == 422
    assert person.post(address, {"low": "5", "high": "4", "reason": "upside down"}).status_code == 422
    assert CytometryReading.objects.count() == 1

    assert person.post(address, {"low": "3000", "reason": "the control was too bright"}).status_code == 302
    new = CytometryReading.objects.get(follows=old)
    gate = reading_from(new).gate_set.named("CD45 positive")
    assert (gate.low, gate.reason, new.moved_gate) == (3000.0, "the control was too bright", "CD45 positive")
    before = {one["name"]: one["count"] for one in old.populations}
    after = {one["name"]: one["count"] for one in new.populations}
    assert after.pop("CD45 positive") < before.pop("CD45 positive")
    assert after == before

    shown = person.get(f"/release/readings/{old.pk}/")
    assert "A gate was moved after this reading" in shown.content.decode()
    assert person.get(f"/release/readings/{new.pk}/").status_code == 200
    entry = Entry.objects.get(action="gate.moved")
    assert "too bright" not in entry.text
    assert new.gate_set_digest in entry.text
    assert old.gate_set_digest in entry.text


def test_only_the_newest_gates_are_recorded_and_only_once(clinic: SimulatedClinic, lot: Lot) -> None:
    by, at = clinic.person("quality"), timezone.now()
    old = a_reading(lot, by=by, at=at)
    new = move_gate(reading=old, gate="CD45 positive", low=2000.0, high=None, reason="so", by=by, at=at)
    for work in (
        lambda: record_cytometry(reading=old, by=by, at=at),
        lambda: move_gate(reading=old, gate="CD45 positive", low=1.0, high=None, reason="so", by=by, at=at),
    ):
        with pytest.raises(ReadingRefused) as caught:
            work()
        assert [blocker.code for blocker in caught.value.blockers] == ["gates_moved_since"]
    record_cytometry(reading=new, by=by, at=at)
    with pytest.raises(ReadingRefused) as caught:
        record_cytometry(reading=new, by=by, at=at)
    assert [blocker.code for blocker in caught.value.blockers] == ["reading_recorded_already"]


@pytest.mark.parametrize(("gate", "low"), [("nobody", 1.0), ("steady", 1.0)])
def test_a_gate_that_is_none_cannot_be_moved(
    clinic: SimulatedClinic, lot: Lot, gate: str, low: float
) -> None:
    by, at = clinic.person("quality"), timezone.now()
    reading = a_reading(lot, by=by, at=at)
    with pytest.raises(ReadingRefused) as caught:
        move_gate(reading=reading, gate=gate, low=low, high=None, reason="so", by=by, at=at)
    assert [blocker.code for blocker in caught.value.blockers] == ["gate_cannot_move"]


def test_the_sample_is_not_its_own_control(clinic: SimulatedClinic, lot: Lot) -> None:
    with pytest.raises(ReadingRefused) as caught:
        read_cytometry(
            lot=lot,
            prepared=prepared_for(lot, control=HandedIn("again.fcs", SAMPLE.content)),
            by=clinic.person("quality"),
            at=timezone.now(),
        )
    assert [blocker.code for blocker in caught.value.blockers] == ["control_is_the_sample"]


def test_what_is_kept_gives_the_same_counts_again_to_the_last_bit(clinic: SimulatedClinic, lot: Lot) -> None:
    at = timezone.now()
    reading = a_reading(lot, by=clinic.person("quality"), at=at)
    kept = CytometryReading.objects.get(pk=reading.pk)
    again = reading_from(kept)
    assert again.gate_set.digest == kept.gate_set_digest
    assert again.gate_set.as_text() == kept.gate_set
    assert [one.as_json() for one in again.populations] == [
        {key: value for key, value in one.items() if key not in {"result", "is_provisional"}}
        for one in kept.populations
    ]
    twice = a_reading(lot, by=clinic.person("quality"), at=at + timedelta(seconds=1))
    assert (twice.sample_id, twice.gate_set_digest) == (kept.sample_id, kept.gate_set_digest)


def test_a_result_out_of_limits_is_judged_so(clinic: SimulatedClinic, lot: Lot) -> None:
    by, at = clinic.person("quality"), timezone.now()
    reading = a_reading(lot, by=by, at=at)
    strict = move_gate(
        reading=reading, gate="CD90 positive", low=12_000.0, high=None, reason="so", by=by, at=at
    )
    record_cytometry(reading=strict, by=by, at=at)
    verdicts = {j.limit.code: j.verdict for j in judgements_for(lot)}
    assert verdicts["id_pos_cd90"] == "NOT_MET"
    assert verdicts["id_pos_cd73"] == "MET"


def test_a_reading_that_follows_says_which_gate_moved(clinic: SimulatedClinic, lot: Lot) -> None:
    reading = a_reading(lot, by=clinic.person("quality"), at=timezone.now())
    facts = {
        field: getattr(reading, field)
        for field in (
            "lot",
            "sample",
            "panel",
            "gate_set",
            "gate_set_digest",
            "populations",
            "read_by",
            "read_at",
        )
    }
    with (
        pytest.raises(IntegrityError, match="a_reading_that_follows_says_which_gate_moved"),
        transaction.atomic(),
    ):
        CytometryReading.objects.create(**facts, follows=reading)
    with (
        pytest.raises(IntegrityError, match="a_reading_that_follows_says_which_gate_moved"),
        transaction.atomic(),
    ):
        CytometryReading.objects.create(**facts, moved_gate="live")


def test_the_report_is_a_pdf_of_the_kept_reading(clinic: SimulatedClinic, lot: Lot) -> None:
    reading = a_reading(lot, by=clinic.person("quality"), at=timezone.now())
    answer = signed_in(clinic.person("physiatrist")).get(f"/release/readings/{reading.pk}/report/")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_physiatrist_looks_and_does_not_move(clinic: SimulatedClinic, lot: Lot) -> None:
    reading = a_reading(lot, by=clinic.person("quality"), at=timezone.now())
    page = signed_in(clinic.person("physiatrist")).get(f"/release/readings/{reading.pk}/")
    assert page.status_code == 200
    assert "/gates/" not in page.content.decode()
    assert "Record the results" not in page.content.decode()
