"""Rows of quality's records that an address asks for, by the name of its argument."""

from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from stroma.clinic.models import User
from stroma.custody.models import Lot
from stroma.release.domain.late_positive import FOR_THE_LOT
from stroma.release.models import (
    AssayResult,
    ControlMaterial,
    ControlRun,
    InstrumentFile,
    Investigation,
    InvestigationConclusion,
    InvestigationStep,
    LatePositive,
    LatePositiveClosure,
    LatePositiveStep,
    ReleaseException,
    ResultHold,
    ResultHoldLift,
    StainReading,
)
from tests.release.test_stained_area_is_measured import as_file, photograph


def rows_of_quality(
    lot: Lot, file: InstrumentFile, people: tuple[User, User], *, at: datetime
) -> dict[str, Any]:
    """One row of each kind, written as rows: no lot comes to all of this at once."""
    one, _two = people
    control = ControlMaterial.objects.create(
        site=lot.site,
        name="Endotoxin standard",
        lot_number="E-1",
        codes=["appearance"],
        learn_from=10,
        opened_by=one,
        opened_at=at,
    )
    run = ControlRun.objects.create(
        material=control, value=Decimal(1), rules=["1-3s"], verdict="FAILED", run_by=one, run_at=at
    )
    result = AssayResult.objects.create(
        lot=lot, code="appearance", text="fail", method="eye", file=file, analyst=one, performed_at=at
    )
    pictures = [as_file(photograph(share, "alizarin-red", side=120)) for share in (0.3, 0)]
    induced, blank = (
        InstrumentFile.objects.create(
            lot=lot,
            name="p.png",
            sha256=sha256(picture).hexdigest(),
            content=picture,
            handed_in_by=one,
            handed_in_at=at,
        )
        for picture in pictures
    )
    return {
        "stain_id": a_stain_row(lot, induced, one, at=at, control=blank).pk,
        "result_id": result.pk,
        "control_id": control.pk,
        "result_hold_id": ResultHold.objects.create(result=result, run=run, placed_at=at).pk,
        "investigation_id": Investigation.objects.create(
            lot=lot, code="appearance", result=result, opened_by=one, opened_at=at
        ).pk,
        "case_id": LatePositive.objects.create(lot=lot, result=result, opened_by=one, opened_at=at).pk,
    }


def a_stain_row(lot: Lot, file: InstrumentFile, by: User, *, at: datetime, **facts: Any) -> StainReading:
    """A stained area, measured on ``file`` against another file of the lot."""
    code = facts.pop("code", "differentiation_bone")
    control = facts.pop("control", None) or InstrumentFile.objects.create(
        lot=lot, name="control.png", sha256="e" * 64, content=b"c", handed_in_by=by, handed_in_at=at
    )
    result = AssayResult.objects.create(
        lot=lot, code=code, value=Decimal(9), method="stain", file=file, analyst=by, performed_at=at
    )
    values = {"lot": lot, "induced": file, "control": control} | facts
    return StainReading.objects.create(
        result=result,
        stain="alizarin-red",
        color=[0.25, 0.8, 0.55],
        threshold=0.1,
        control_percent=1,
        control_low=0,
        control_high=2,
        is_told_apart=True,
        **values,
    )


def rows_of_all_quality(lot: Lot, file: InstrumentFile, people: tuple[User, User], *, at: datetime) -> None:
    """A row of every table, those that end something among them."""
    one, two = people
    a_stain_row(lot, file, one, at=at)
    rows = rows_of_quality(lot, file, people, at=at)
    ResultHoldLift.objects.create(hold_id=rows["result_hold_id"], reason="seen", lifted_by=two, lifted_at=at)
    investigation = rows["investigation_id"]
    InvestigationStep.objects.create(
        investigation_id=investigation, kind="HYPOTHESIS", words="a fiber", written_by=one, written_at=at
    )
    InvestigationConclusion.objects.create(
        investigation_id=investigation, outcome="CONFIRMED", words="seen", concluded_by=two, concluded_at=at
    )
    ReleaseException.objects.create(
        lot=lot, codes=["x"], reason="one", informed_by=one, informed_at=at, means="PHONE", recorded_at=at
    )
    for code in FOR_THE_LOT:
        LatePositiveStep.objects.create(
            case_id=rows["case_id"], code=code, words="done", done_by=one, done_at=at
        )
    LatePositiveClosure.objects.create(case_id=rows["case_id"], words="over", closed_by=two, closed_at=at)
