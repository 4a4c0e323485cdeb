"""One patient, from the first question to the answer, by the same actions that pages and people use.

A walk opens a simulated site of its own, registers the patient there, and goes through every step of one protocol on a
simulated clock. Where a rule refuses, the walk stops with the rule's reasons. It invents no rule and skips none.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from stroma.candidacy.actions import assess_candidacy, decide_candidacy
from stroma.candidacy.domain.codes import BODY_WEIGHT, LOINC
from stroma.candidacy.models import Decision
from stroma.candidacy.queries import stored_blockers
from stroma.clinic.credentials import Simulated
from stroma.clinic.models import User
from stroma.clinic.queries import adopted_protocol, authorization_for
from stroma.courses.actions import complete_course, consent_to_course, give_care, open_course
from stroma.courses.models import Course
from stroma.custody.actions import decide_disposition
from stroma.custody.models import Disposition, Lot, Material
from stroma.follow_up.actions import answer_questionnaire, decide_another_treatment, plan_follow_up
from stroma.follow_up.models import QuestionnaireAnswer, QuestionnaireDue
from stroma.ledger.models import Entry
from stroma.patients.actions import Place, record_measurement, register_patient
from stroma.patients.models import Consent, Measurement, Patient
from stroma.planning.actions import book_chain, cancel_visits, complete_visit
from stroma.planning.models import Visit
from stroma.protocols.domain.blocker import Blocker, Refused, Weight, stopping
from stroma.registry.actions import extract_registry
from stroma.release.actions import (
    NotReleasable,
    decide_after_failure,
    reject_lot,
    tell_patient_of_failure,
)
from stroma.release.models import FailureDecision, FailureNotice
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import found_simulated_database, open_simulated_clinic
from stroma.simulation.laboratory import SimulatedLaboratory
from stroma.simulation.outcomes import simulated_answers
from stroma.simulation.walk_terms import WalkRequest, WalkResult, next_working_hour

BANK_LEAD = timedelta(days=90)
"""How long before the walk its clinic opens: time enough to have a donor's lot in the bank."""
FINAL_RESULTS_AFTER = timedelta(days=15)
"""The 14-day culture is read on the day after."""
ASSUMED_WEIGHT_KG = Decimal("75")

STEP_OF_ACTION = {
    "patient": "patients",
    "candidacy": "candidacy",
    "course": "courses",
    "care": "courses",
    "consent": "courses",
    "visit": "planning",
    "visits": "planning",
    "chain": "planning",
    "donor": "collection",
    "tissue": "collection",
    "batch": "processing",
    "result": "release",
    "certificate": "release",
    "failure": "release",
    "time_out": "injection",
    "dose": "injection",
    "follow_up": "follow_up",
    "questionnaire": "follow_up",
    "another_treatment": "follow_up",
    "registry": "registry",
}


class Walk:
    """A walk in progress."""

    def __init__(self, request: WalkRequest, tell: Callable[[dict[str, str]], None]) -> None:
        self.request = request
        self.tell = tell
        self.result = WalkResult()
        self.protocol = request.protocol.protocol
        self.laboratory = SimulatedLaboratory(Random(request.seed), request.told.laboratory)  # noqa: S311 - a simulation
        self.agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self.entries_seen = Entry.objects.count()
        found_simulated_database(request.start - BANK_LEAD)
        self.clinic = open_simulated_clinic(
            name="Walk clinic", protocols=[request.protocol], at=request.start - BANK_LEAD
        )
        self.adopted = adopted_protocol(self.clinic.site, self.protocol.id)
        self.bank: Lot | None = None
        self.bench: Bench | None = None

    def run(self) -> WalkResult:
        """Go the whole way, or stop where a rule stops it."""
        self.result.site_name = self.clinic.site.name
        authorization = authorization_for(self.clinic.site, self.protocol.id, at=self.request.start)
        self.result.authorization = authorization.reference if authorization else None
        if self.protocol.donor == "allogeneic":
            self._fill_the_bank()
        self.entries_seen = Entry.objects.count()
        try:
            self._decide()
            self._book()
            self._follow_agenda()
            self._close()
        except Refused as refusal:
            self.result.blockers = stopping(refusal.blockers) or refusal.blockers
        self._note_steps()
        return self.result

    # --- Right for me? ---------------------------------------------------------------------------------

    def _decide(self) -> None:
        request, at = self.request, self.request.start
        coordinator, physiatrist = self.clinic.person("coordinator"), self.clinic.person("physiatrist")
        patient = register_patient(
            site=self.clinic.site,
            intake=request.intake,
            source=request.intake_source,
            by=coordinator,
            at=at,
        )
        self.result.patient = patient
        self._note_steps()
        flags = {**request.assumed.red_flags, **request.told.red_flags}
        places = request.told.places or request.assumed.places
        told, assumed = dict(request.told.answers), dict(request.assumed.answers)
        if self.protocol.target is not None:
            (told if request.told.places else assumed)["levels_affected"] = len(
                {place.level for place in places}
            )
        assessment = assess_candidacy(
            patient=patient,
            protocol=self.adopted,
            asked=told,
            assumed=self._only_asked(assumed),
            red_flags=flags,
            asked_basis=request.told_source,
            assumed_basis=request.assumed_source,
            by=physiatrist,
            at=at + timedelta(minutes=20),
        )
        self.result.assumed = [a["variable"] for a in assessment.answers if a["origin"] == "assumed"]
        self.result.assumed += [f"red_flags.{flag}" for flag in flags if flag not in request.told.red_flags]
        blockers = stored_blockers(assessment)
        self.result.cautions = [b for b in blockers if b.weight is Weight.CAUTION]
        in_the_way = stopping(blockers, overridden=request.told.overrides)
        outcome = Decision.Outcome.CANDIDATE
        if in_the_way:
            urgent = any(b.weight is Weight.URGENT for b in in_the_way)
            outcome = Decision.Outcome.ROUTED_TO_CARE if urgent else Decision.Outcome.NOT_A_CANDIDATE
        asked_for = {b.code for b in blockers if b.weight is Weight.OVERRIDABLE}
        decision = decide_candidacy(
            assessment=assessment,
            outcome=outcome,
            overrides={code: why for code, why in request.told.overrides.items() if code in asked_for},
            credential=Simulated(),
            by=physiatrist,
            at=at + timedelta(minutes=40),
        )
        self._note_steps()
        if in_the_way:
            raise Refused(in_the_way)
        self.result.course = open_course(decision=decision, by=coordinator, at=at + timedelta(minutes=50))
        self._weigh(patient, at + timedelta(minutes=55))
        self._note_steps()

    def _only_asked(self, assumed: Mapping[str, Any]) -> dict[str, Any]:
        """The example's answers to what this protocol asks: nothing is assumed that nobody needs."""
        needed = {criterion.variable for criterion in self.protocol.criteria}
        if "anticoagulant_without_hold_plan" in needed:
            needed |= {"takes_anticoagulant", "has_anticoagulant_hold_plan"}
        return {name: value for name, value in assumed.items() if name in needed}

    def _weigh(self, patient: Patient, at: datetime) -> None:
        """The dose's endotoxin limit is per kilogram: somebody must stand on the scales."""
        if not self.protocol.gives_cells:
            return
        last = Measurement.objects.filter(patient=patient, code=BODY_WEIGHT).order_by("measured_at").last()
        if last is None:
            self.result.assumed.append("body_weight_kg")
        record_measurement(
            patient=patient,
            system=LOINC,
            code=BODY_WEIGHT,
            display="Body weight",
            value=Decimal(last.value).quantize(Decimal("0.1")) if last else ASSUMED_WEIGHT_KG,
            unit="kg",
            by=self.clinic.person("nurse"),
            at=at,
        )

    # --- When? -----------------------------------------------------------------------------------------

    def _book(self) -> None:
        course = self._course()
        consent_at = next_working_hour(
            self.request.start + timedelta(minutes=50) + self.protocol.consent.waiting,
            self.clinic.site.time_zone,
        )
        places = self.request.told.places or self.request.assumed.places
        target = self.protocol.target
        consent_to_course(
            course=course,
            places=[Place(target.target, place.level, place.side) for place in places] if target else [],
            language=course.patient.language,
            method=Consent.Method.SIMULATED,
            by=self.clinic.person("physiatrist"),
            at=consent_at,
        )
        course.refresh_from_db()
        plan_follow_up(course=course, by=self.clinic.person("coordinator"), at=consent_at)
        self._answer_open_questionnaires(consent_at + timedelta(minutes=10))
        held = {"screening": self.request.start, "consent": consent_at}
        visits = book_chain(
            course=course,
            earliest=consent_at + timedelta(hours=1),
            held=held,
            by=self.clinic.person("coordinator"),
            at=consent_at + timedelta(minutes=30),
        )
        self._note_steps()
        if self.protocol.gives_cells:
            self.bench = Bench(self.clinic, self.laboratory, self.adopted, course)
        for visit in visits:
            self._at(visit.starts_at, partial(self._attend, visit))

    # --- The agenda ------------------------------------------------------------------------------------

    def _at(self, when: datetime, what: Callable[[datetime], None]) -> None:
        heapq.heappush(self.agenda, (when, len(self.agenda) + self.entries_seen * 1000, what))

    def _follow_agenda(self) -> None:
        while self.agenda:
            when, _, what = heapq.heappop(self.agenda)
            what(when)
            self._note_steps()

    def _attend(self, visit: Visit, at: datetime) -> None:
        planned = next(v for v in self.protocol.visits if v.code == visit.code)
        treatment = self._treatment_number(visit.code)
        if self.bench is None:
            if planned.stage == "inject":
                give_care(course=self._course(), visit_code=visit.code, by=self._carer(planned.staff), at=at)
        elif planned.stage == "collect":
            self.bench.collect(self._course().patient, at)
        elif planned.stage == "process":
            self._process(visit.code, treatment, at)
        elif planned.stage == "release":
            self._release(treatment, at)
        elif planned.stage == "inject":
            self._inject(treatment, at)
        complete_visit(visit=visit, by=self.clinic.person("coordinator"), at=visit.ends_at)
        if planned.stage == "inject":
            self._plan_follow_up(visit.ends_at)

    def _treatment_number(self, code: str) -> int:
        """Which treatment of a series a visit belongs to: ``injection_2`` to the second."""
        base, _, number = code.rpartition("_")
        return int(number) if base in {"thaw", "release", "injection"} and number.isdigit() else 1

    def _carer(self, staff: Sequence[str]) -> User:
        return self.clinic.person(staff[0] if staff else "physiatrist")

    def _process(self, code: str, treatment: int, at: datetime) -> None:
        bench = self._bench()
        if code.startswith("thaw"):
            stored = (
                Material.objects.filter(lot=self.bank or bench.lot, kind=Material.Kind.STORED, state="HELD")
                .order_by("division")
                .first()
            )
            if stored is None:
                raise Refused([Blocker("nothing_stored", {}, self.protocol.key)])
            if treatment > 1:
                decide_another_treatment(
                    course=self._course(),
                    treatment_number=treatment,
                    by=self.clinic.person("physiatrist"),
                    at=at,
                )
            bench.thaw(stored, self._course(), treatment, at)
            return
        codes = {step.code for step in self.protocol.processing.steps} if self.protocol.processing else set()
        own = [v.code for v in self.protocol.visits if v.stage == "process" and not v.code.startswith("thaw")]
        bench.process(code if code in codes and code != own[-1] else None, at)

    def _lot_for(self, treatment: int) -> Lot:
        bench = self._bench()
        lot = bench.parts.get(treatment) or bench.lot
        assert lot is not None
        lot.refresh_from_db()
        return lot

    def _release(self, treatment: int, at: datetime) -> None:
        bench, lot = self._bench(), self._lot_for(treatment)
        bench.test(lot, at)
        try:
            bench.release(lot, at + timedelta(minutes=8))
        except NotReleasable as refusal:
            self._fail(lot, at + timedelta(minutes=40))
            raise Refused(refusal.blockers) from refusal
        bench.account_for(lot, {"PRODUCT"}, "left after filling", at + timedelta(minutes=25))

    def _fail(self, lot: Lot, at: datetime) -> None:
        """A lot failed: it is rejected, the patient is told, and together they decide; the cells are accounted for."""
        course = self._course()
        physiatrist, quality = self.clinic.person("physiatrist"), self.clinic.person("quality")
        rejection = reject_lot(lot=lot, reason="does not meet its specification", by=quality, at=at)
        notice = tell_patient_of_failure(
            rejection=rejection,
            means=FailureNotice.Means.PHONE,
            by=physiatrist,
            at=at + timedelta(minutes=30),
        )
        cancel_visits(
            course=course,
            reason="the lot failed",
            by=self.clinic.person("coordinator"),
            at=at + timedelta(minutes=40),
        )
        decide_after_failure(
            notice=notice,
            kind=FailureDecision.Kind.STOP,
            reason="The simulated patient does not want to be collected again.",
            by=physiatrist,
            at=at + timedelta(minutes=45),
        )
        decide_disposition(
            lot=lot,
            kind=Disposition.Kind.DISCARD,
            reason="failed lot",
            by=quality,
            at=at + timedelta(minutes=50),
        )
        self._bench().account_for(
            lot, {kind.value for kind in Material.Kind}, "failed lot", at + timedelta(minutes=60)
        )

    def _inject(self, treatment: int, at: datetime) -> None:
        lot = self._lot_for(treatment)
        self._bench().inject(lot, treatment, at)
        self._at(at + FINAL_RESULTS_AFTER, partial(self._final, lot))

    def _final(self, lot: Lot, at: datetime) -> None:
        self._bench().final_results(lot, at)
        self._bench().account_for(
            lot, {"SAMPLE"}, "retained sample no longer needed", at + timedelta(minutes=10)
        )

    # --- Recovery, and did it work ---------------------------------------------------------------------

    def _plan_follow_up(self, at: datetime) -> None:
        course = self._course()
        known = set(QuestionnaireDue.objects.filter(course=course).values_list("id", flat=True))
        plan_follow_up(course=course, by=self.clinic.person("coordinator"), at=at)
        for due in QuestionnaireDue.objects.filter(course=course).exclude(id__in=known):
            self._at(max(due.due_at, at), partial(self._answer, due))

    def _answer_open_questionnaires(self, at: datetime) -> None:
        for due in QuestionnaireDue.objects.filter(course=self._course()):
            self._answer(due, at, must=True)

    def _answer(self, due: QuestionnaireDue, at: datetime, *, must: bool = False) -> None:
        if not must and self.laboratory.misses():
            return
        answers = simulated_answers(due, self.laboratory, baseline=self._baseline())
        answer_questionnaire(
            due=due,
            answers=answers,
            method=QuestionnaireAnswer.Method.SIMULATED,
            by=self.clinic.person("nurse"),
            at=at,
        )

    def _baseline(self) -> int:
        course = self._course()
        for answer in course.decision.assessment.answers:
            if answer["variable"] == "pain_nrs":
                return round(float(answer["value"]))
        return 6

    def _close(self) -> None:
        """The last questionnaire's window has passed: the registry is counted and the course closed."""
        course = self._course()
        last = max(due.closes_at for due in QuestionnaireDue.objects.filter(course=course) if due.closes_at)
        at = last + timedelta(days=1)
        if self.bench is not None and self.bench.lot is not None and self.bench.lot.course_id:
            self.bench.account_for(
                self.bench.lot, {kind.value for kind in Material.Kind}, "course is over", at
            )
        complete_course(course=course, by=self.clinic.person("coordinator"), at=at)
        extract = extract_registry(site=self.clinic.site, by=self.clinic.person("analyst"), at=at)
        self.result.registry = extract.rows
        self._note_steps()

    # --- Bookkeeping -----------------------------------------------------------------------------------

    def _fill_the_bank(self) -> None:
        """Before the walk begins: a donor's lot, made, tested and released by the same actions."""
        # What the answers file tells the laboratory to find is about the patient's own product, not about the bank.
        laboratory = SimulatedLaboratory(self.laboratory.random, {})
        bench = Bench(self.clinic, laboratory, self.adopted, None)
        at = self.request.start - BANK_LEAD + timedelta(days=1)
        lot = bench.collect(None, at)
        processing = self.protocol.processing
        assert processing is not None
        for step in processing.steps:
            if step.kind == "thaw":
                break
            at += step.after or timedelta(hours=1)
            bench.process(step.code if step.kind != "fill" else None, at)
        lot.refresh_from_db()
        bench.test(lot, at + timedelta(days=14))
        bench.final_results(lot, at + timedelta(days=15))
        bench.release(lot, at + timedelta(days=15, hours=1))
        bench.account_for(lot, {"PRODUCT"}, "left after filling", at + timedelta(days=15, hours=2))
        self.bank = lot

    def _note_steps(self) -> None:
        """Take down the ledger's new entries."""
        fresh = list(Entry.objects.order_by("sequence")[self.entries_seen :])
        self.entries_seen += len(fresh)
        for entry in fresh:
            kind = entry.action.split(".")[0]
            step = {
                "step": STEP_OF_ACTION.get(kind, self._custody_step(entry)),
                "action": entry.action,
                "at": entry.occurred_at.astimezone(UTC).isoformat(),
                "hash": entry.hash,
            }
            self.result.steps.append(step)
            self.tell(step)

    @staticmethod
    def _custody_step(entry: Entry) -> str:
        return "release" if entry.action in {"lot.released", "lot.rejected"} else "custody"

    def _course(self) -> Course:
        assert self.result.course is not None
        self.result.course.refresh_from_db()
        return self.result.course

    def _bench(self) -> Bench:
        assert self.bench is not None
        return self.bench
