"""Quality's own work in a simulated clinic: reviews, controls, investigations, exceptions, a late positive's start."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.processing.actions import accept_findings
from stroma.protocols.domain.blocker import Weight
from stroma.release.actions import record_result
from stroma.release.actions.controls import open_control, run_control
from stroma.release.actions.investigations import (
    ask_exception,
    conclude_investigation,
    open_investigation,
    write_step,
)
from stroma.release.actions.late_positives import do_late_step
from stroma.release.domain import decision
from stroma.release.evidence import Records, evidence_for
from stroma.release.investigation_queries import investigations_of, uninvestigated
from stroma.release.judged import judgements_for, limits_for
from stroma.release.late_queries import recipients_of
from stroma.release.late_words import draft
from stroma.release.models import (
    AssayResult,
    ControlMaterial,
    InvestigationConclusion,
    InvestigationStep,
    LatePositive,
    ReleaseException,
    ResultHold,
)
from stroma.simulation.clinic import SimulatedClinic

MINUTES = timedelta(minutes=1)
TICK = timedelta(seconds=1)
TARGET, SPREAD = Decimal("0.50"), Decimal("0.05")
STANDARD, RUNS = "Endotoxin control standard", 18
"""A made-up control standard of endotoxin, in EU/mL."""
LOOKED_INTO = "Looked into with the bench; the method and the product are as they should be."
LINE, FAILS_AT = "endotoxin", 3.4
"""The line that the standard covers, and how many standard deviations it is off on the day it fails."""


def use_a_control(clinic: SimulatedClinic, at: datetime) -> None:
    """Take a control of endotoxin into use."""
    open_control(
        site=clinic.site,
        name=STANDARD,
        lot_number="ECS-0421",
        codes=[LINE],
        unit="EU/mL",
        target=TARGET,
        sd=SPREAD,
        by=clinic.person("quality"),
        at=at,
    )


def runs_of_a_control() -> list[float]:
    """What it reads week by week, in standard deviations: one warning among them."""
    random = Random(421)  # noqa: S311 - a simulation
    drawn = [max(-1.6, min(1.6, random.gauss(0, 0.8))) for _ in range(RUNS)]
    drawn[11] = 2.3
    return drawn


def run_the_control(clinic: SimulatedClinic, z: float, at: datetime) -> None:
    """Run the control of endotoxin once."""
    value = (TARGET + SPREAD * Decimal(str(round(z, 2)))).quantize(Decimal("0.0001"))
    run_control(
        material=ControlMaterial.objects.get(site=clinic.site, name=STANDARD),
        value=value,
        instrument="Reader 2",
        by=clinic.person("technologist"),
        at=at,
    )


def fail_a_control(clinic: SimulatedClinic, *, at: datetime) -> ResultHold | None:
    """A control fails today and holds the result that a running lot was measured with; nothing that is out is covered.

    Gives the hold, or nothing where no lot is on its way whose protocol asks for that line.
    """
    results = AssayResult.objects.filter(lot__site=clinic.site)
    out = results.filter(lot__state=LotState.RELEASED, performed_at__gte=at - timedelta(days=1), code=LINE)
    running = Lot.objects.filter(site=clinic.site, state__in=[LotState.IN_PROCESS, LotState.QUARANTINE])
    waiting = [
        lot
        for lot in running.exclude(pk__in=results.filter(code=LINE).values("lot")).order_by(
            "-state", "made_at", "din"
        )
        if any(limit.code == LINE for limit in limits_for(lot)) and not hasattr(lot, "disposition")
    ]
    if out.exists() or not waiting:
        return None
    measured = record_result(
        lot=waiting[0],
        code=LINE,
        value=Decimal("0.06"),
        method="kinetic chromogenic assay (simulated)",
        by=clinic.person("technologist"),
        at=at,
    )
    run_the_control(clinic, FAILS_AT, at + TICK)
    return measured.holds.get()


def investigate(clinic: SimulatedClinic, lot: Lot, *, at: datetime) -> None:
    """Look into every line that is not met and let it stand: nobody finds an error of the laboratory."""
    quality = clinic.person("quality")
    judged = judgements_for(lot)
    opened = [
        open_investigation(lot=lot, code=limit.code, by=quality, at=at)
        for limit in uninvestigated(judged, investigations_of(lot))
    ]
    opened += list(lot.investigations.filter(conclusion=None).exclude(pk__in=[one.pk for one in opened]))
    written: Sequence[tuple[InvestigationStep.Kind, str]] = (
        (InvestigationStep.Kind.HYPOTHESIS, "The sample stood too long before it was counted."),
        (InvestigationStep.Kind.FINDING, "The counting was done within ten minutes; both analysts agree."),
        (InvestigationStep.Kind.FULL, "The laboratory found no error of its own."),
    )
    for one in opened:
        for kind, words in written:
            write_step(investigation=one, kind=kind, words=words, by=quality, at=at)
        conclude_investigation(
            investigation=one,
            outcome=InvestigationConclusion.Outcome.CONFIRMED,
            words="The culture was past its best at the harvest.",
            by=quality,
            at=at,
        )


def accept_findings_of(clinic: SimulatedClinic, lot: Lot, *, at: datetime) -> None:
    """Quality looks at what the review of the batch record left open, and accepts it."""
    for batch, found in Records([lot]).reviews_for(lot):
        if reasons := {one.key: LOOKED_INTO for one in found.waiting}:
            accept_findings(batch=batch, reasons=reasons, by=clinic.person("quality"), at=at)


def except_what_may_be(clinic: SimulatedClinic, lot: Lot, *, at: datetime) -> bool:
    """Ask for an exception where nothing else stands in the way; says whether it was asked."""
    accept_findings_of(clinic, lot, at=at)
    evidence = evidence_for(lot, at=at)
    blockers = decision.release_blockers(evidence, at=at)
    wanted = decision.unexcepted(blockers, evidence)
    if not wanted or any(one.weight in {Weight.HARD, Weight.URGENT} for one in blockers):
        return False
    ask_exception(
        lot=lot,
        codes=[one.code for one in wanted],
        reason="No second collection is possible before the patient's operation; the dose is met all the same.",
        means=ReleaseException.Means.IN_PERSON,
        by=clinic.person("physiatrist"),
        at=at,
    )
    return True


def answer_late_positives(clinic: SimulatedClinic, lot: Lot, *, at: datetime) -> None:
    """The first hours after a late positive: the containers are secured, physician and patient are told."""
    for case in LatePositive.objects.filter(lot=lot, closure=None, steps=None):
        quality = clinic.person("quality")
        do_late_step(
            case=case,
            code="secure_containers",
            words="Nothing of the lot is left to be given.",
            by=quality,
            at=at + 10 * MINUTES,
        )
        for course in recipients_of(case):
            for number, code in enumerate(("notify_physician", "call_patient"), start=2):
                do_late_step(
                    case=case,
                    code=code,
                    course=course,
                    words=draft(case, code, course),
                    by=quality,
                    at=at + 10 * number * MINUTES,
                )
