"""A result is recorded with how it was measured: interval, limit of detection, instrument, times and the raw file."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from stroma.protocols.domain.schema import SpecificationLimit
from stroma.release.domain.assays import Assay, Kind, assay_blockers, kind_of
from stroma.release.domain.derived import BatchSummary, derived_results
from stroma.release.domain.specification import Result
from stroma.release.judged import judgements_for
from stroma.release.models import AssayResult
from tests.lots_on_the_way import collect, collected, process, signed_in
from tests.treated_courses import a_clinic

AT = datetime(2026, 4, 20, 10, tzinfo=UTC)
DAY = timedelta(days=1)
NUMBER = SpecificationLimit(
    code="endotoxin", attribute="Endotoxin", kind="number", unit="EU/mL", maximum=0.5, source="test"
)
CULTURE = SpecificationLimit(
    code="sterility_final", attribute="Culture", kind="absence", due="final", source="test"
)


@pytest.mark.parametrize(
    ("limit", "assay", "value", "text", "codes"),
    [
        (NUMBER, Assay(), "0.2", "", []),
        (NUMBER, Assay(low=Decimal("0.1"), high=Decimal("0.3")), "0.2", "", []),
        (NUMBER, Assay(low=Decimal("0.1")), "0.2", "", ["interval_without_value"]),
        (NUMBER, Assay(low=Decimal("0.1"), high=Decimal("0.3")), None, "<0.4", ["interval_without_value"]),
        (NUMBER, Assay(low=Decimal("0.3"), high=Decimal("0.4")), "0.2", "", ["interval_holds_not_the_result"]),
        (NUMBER, Assay(started_at=AT, finished_at=AT - DAY), "0.2", "", ["assay_ends_before_it_begins"]),
        (NUMBER, Assay(started_at=AT, finished_at=AT + DAY), "0.2", "", ["assay_in_the_future"]),
        (CULTURE, Assay(started_at=AT - 14 * DAY), None, "no growth", []),
        (CULTURE, Assay(started_at=AT - 13 * DAY), None, "no growth", ["culture_read_too_early"]),
        (CULTURE, Assay(started_at=AT - 13 * DAY), None, "growth", []),
        (CULTURE, Assay(started_at=AT - 20 * DAY, finished_at=AT - 15 * DAY), None, "no growth",
         ["culture_read_too_early"]),
        (CULTURE, Assay(), None, "no growth", []),
    ],
)  # fmt: skip
def test_a_result_that_was_measured_so_is_taken_or_refused(
    limit: SpecificationLimit, assay: Assay, value: str | None, text: str, codes: list[str]
) -> None:
    number = Decimal(value) if value is not None else None
    assert [b.code for b in assay_blockers(assay, limit, value=number, text=text, at=AT)] == codes


def test_every_kind_of_assay_is_told_from_its_code() -> None:
    codes = {
        "sterility_rapid": Kind.STERILITY_RAPID,
        "sterility_final": Kind.STERILITY_FINAL,
        "endotoxin": Kind.ENDOTOXIN,
        "endotoxin_per_kg": Kind.ENDOTOXIN_PER_KG,
        "id_pos_cd73": Kind.IDENTITY,
        "differentiation_bone": Kind.DIFFERENTIATION,
        "cpd": Kind.OTHER,
    }
    assert {code: kind_of(code) for code in codes} == codes


BATCH = BatchSummary(
    viability=None,
    viable_cells_per_container=None,
    label_dose_cells=None,
    cells_per_ml=None,
    cumulative_population_doublings=None,
    collected_at=None,
    filled_at=AT,
    dose_ml=2.0,
    recipient_kg=80.0,
)


def test_endotoxin_per_kilogram_keeps_the_interval_and_the_bound_of_the_concentration() -> None:
    [per_kg] = derived_results(BATCH, {"endotoxin": Result("endotoxin", 0.4, low=0.2, high=0.8)})
    assert (per_kg.value, per_kg.low, per_kg.high) == (0.01, 0.005, 0.02)
    [below] = derived_results(BATCH, {"endotoxin": Result("endotoxin", text="<0.05")})
    assert (below.value, below.text) == (None, "<0.00125")
    assert derived_results(replace(BATCH, recipient_kg=None), {"endotoxin": Result("endotoxin", 0.4)}) == []


@pytest.mark.django_db
def test_a_result_is_entered_with_its_record_and_its_file_comes_back_as_it_was() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    page = signed_in(clinic.person("quality"))
    given = {
        "text": "pass",
        "method": "visual inspection",
        "instrument": "light box 2",
        "file": SimpleUploadedFile("../vial.jpg", b"\xff\xd8picture"),
    }
    assert page.post(f"/release/lots/{lot.pk}/results/appearance/", given).status_code == 302
    result = AssayResult.objects.filter(lot=lot, instrument="light box 2").get()
    shown = page.get(f"/release/results/{result.pk}/")
    assert "light box 2" in shown.content.decode()
    file = page.get(f"/release/results/{result.pk}/file/")
    assert (file.content, file["Content-Disposition"]) == (
        b"\xff\xd8picture",
        'attachment; filename="vial.jpg"',
    )


@pytest.mark.django_db
def test_below_the_limit_of_detection_is_recorded_as_a_bound_and_needs_that_limit() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    code = next((j.limit.code for j in judgements_for(lot) if j.limit.kind == "number"), "")
    page = signed_in(clinic.person("quality"))
    address = f"/release/lots/{lot.pk}/results/{code}/"
    refused = page.post(address, {"is_below": "on", "method": "kinetic"})
    assert list(refused.context["form"].errors) == ["limit_of_detection"]
    both = page.post(
        address, {"is_below": "on", "limit_of_detection": "0.05", "value": "1", "method": "kinetic"}
    )
    assert list(both.context["form"].errors) == ["value"]
    assert list(page.post(address, {"method": "kinetic"}).context["form"].errors) == ["value"]
    taken = page.post(address, {"is_below": "on", "limit_of_detection": "0.05", "method": "kinetic"})
    assert taken.status_code == 302
    assert AssayResult.objects.get(lot=lot, code=code).text == "<0.05"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"low": Decimal("0.3"), "high": Decimal("0.4")},
        {"low": Decimal("0.1"), "high": None},
        {"started_at": AT, "finished_at": AT - DAY},
        {"value": None, "text": "<1", "low": Decimal(0), "high": Decimal(1)},
    ],
)
def test_the_database_keeps_an_interval_around_its_result_and_times_in_order(
    wrong: dict[str, object],
) -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    values = {
        "lot": lot,
        "code": "endotoxin",
        "value": Decimal("0.2"),
        "method": "kinetic",
        "analyst": clinic.person("quality"),
        "performed_at": AT,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        AssayResult.objects.create(**values | wrong)
    assert AssayResult.objects.create(**values).pk
