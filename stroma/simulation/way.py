"""One simulated patient's way through one protocol, step by step, by the same actions that pages and people use.

What a step does is here; when it is done is the business of whoever drives: :class:`stroma.simulation.walk.Walk` takes
one patient the whole way, the demo's clinic (``stroma.simulation.fleet``) moves many patients forward on one clock.
Where a rule refuses, the step raises the rule's reasons. Nothing here invents a rule or skips one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from stroma.candidacy.actions import assess_candidacy, decide_candidacy
from stroma.candidacy.domain.codes import BODY_WEIGHT, LOINC
from stroma.candidacy.models import Assessment, Decision
from stroma.candidacy.queries import stored_blockers
from stroma.clinic.credentials import Simulated
from stroma.clinic.models import User
from stroma.clinic.queries import adopted_protocol
from stroma.courses.actions import complete_course, consent_to_course, give_care, open_course
from stroma.courses.models import Course
from stroma.custody.actions import decide_disposition
from stroma.custody.models import Disposition, Lot, Material
from stroma.follow_up.actions import answer_questionnaire, decide_another_treatment, plan_follow_up
from stroma.follow_up.models import QuestionnaireAnswer, QuestionnaireDue
from stroma.patients.actions import record_measurement, register_patient
from stroma.patients.domain.consenting import Place
from stroma.patients.models import Consent, Measurement, Patient
from stroma.planning.actions import book_chain, cancel_visits, complete_visit
from stroma.planning.models import Visit
from stroma.protocols.domain.blocker import Blocker, Refused, Weight, stopping
from stroma.release.actions import (
    NotReleasable,
    decide_after_failure,
    reject_lot,
    tell_patient_of_failure,
)
from stroma.release.models import FailureDecision, FailureNotice
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.laboratory import SimulatedLaboratory
from stroma.simulation.outcomes import simulated_answers
from stroma.simulation.quality import investigate
from stroma.simulation.walk_terms import WalkRequest, WalkResult, next_working_hour

FINAL_RESULTS_AFTER = timedelta(days=15)
"""The 14-day culture is read on the day after."""
ASSUMED_WEIGHT_KG = Decimal("75")
_COURSES = Course.objects.select_related("site", "patient", "protocol")
"""Read with what nearly every step asks of it."""


class Way(ABC):
    """One patient's way: what is known so far, and the steps. Whoever drives says when, through ``_at``."""

    def __init__(self, request: WalkRequest, clinic: SimulatedClinic) -> None:
        self.request = request
        self.clinic = clinic
        self.result = WalkResult()
        self.protocol = request.protocol.protocol
        self.laboratory = SimulatedLaboratory(Random(request.seed), request.told.laboratory)  # noqa: S311 - a simulation
        self.adopted = adopted_protocol(clinic.site, self.protocol.id)
        self.bank: Lot | None = None
        self.bench: Bench | None = None

    @abstractmethod
    def _at(self, when: datetime, what: Callable[[datetime], None]) -> None:
        """Put something on the agenda."""

    def _at_the_end(self, when: datetime, what: Callable[[datetime], None]) -> None:
        """Do what ends a visit, at ``when``: at once, for somebody who has the clock to themselves."""
        what(when)

    # --- Right for me? ---------------------------------------------------------------------------------

    def _take_in(self, at: datetime) -> Patient:
        self.result.patient = register_patient(
            site=self.clinic.site,
            intake=self.request.intake,
            source=self.request.intake_source,
            by=self.clinic.person("coordinator"),
            at=at,
        )
        return self.result.patient

    def _assess(self, at: datetime) -> Assessment:
        request = self.request
        assert self.result.patient is not None
        flags = {**request.assumed.red_flags, **request.told.red_flags}
        places = request.told.places or request.assumed.places
        told, assumed = dict(request.told.answers), dict(request.assumed.answers)
        if self.protocol.target is not None:
            (told if request.told.places else assumed)["levels_affected"] = len(
                {place.level for place in places}
            )
        assessment = assess_candidacy(
            patient=self.result.patient,
            protocol=self.adopted,
            asked=told,
            assumed=self._only_asked(assumed),
            red_flags=flags,
            asked_basis=request.told_source,
            assumed_basis=request.assumed_source,
            by=self.clinic.person("physiatrist"),
            at=at,
        )
        self.result.assumed = [a["variable"] for a in assessment.answers if a["origin"] == "assumed"]
        self.result.assumed += [f"red_flags.{flag}" for flag in flags if flag not in request.told.red_flags]
        self.result.cautions = [b for b in stored_blockers(assessment) if b.weight is Weight.CAUTION]
        return assessment

    def _settle(self, assessment: Assessment, at: datetime) -> tuple[Decision, list[Blocker]]:
        """The physiatrist's decision, and the reasons that stand against the treatment all the same."""
        told = self.request.told
        blockers = stored_blockers(assessment)
        in_the_way = stopping(blockers, overridden=told.overrides)
        outcome = Decision.Outcome.CANDIDATE
        if in_the_way:
            urgent = any(b.weight is Weight.URGENT for b in in_the_way)
            outcome = Decision.Outcome.ROUTED_TO_CARE if urgent else Decision.Outcome.NOT_A_CANDIDATE
        asked_for = {b.code for b in blockers if b.weight is Weight.OVERRIDABLE}
        decision = decide_candidacy(
            assessment=assessment,
            outcome=outcome,
            overrides={code: why for code, why in told.overrides.items() if code in asked_for},
            credential=Simulated(),
            by=self.clinic.person("physiatrist"),
            at=at,
        )
        return decision, in_the_way

    def _open(self, decision: Decision, at: datetime) -> None:
        self.result.course = open_course(decision=decision, by=self.clinic.person("coordinator"), at=at)

    def _only_asked(self, assumed: Mapping[str, Any]) -> dict[str, Any]:
        """The example's answers to what this protocol asks: nothing is assumed that nobody needs."""
        needed = {criterion.variable for criterion in self.protocol.criteria}
        if "anticoagulant_without_hold_plan" in needed:
            needed |= {"takes_anticoagulant", "has_anticoagulant_hold_plan"}
        return {name: value for name, value in assumed.items() if name in needed}

    def _weigh(self, at: datetime) -> None:
        """The dose's endotoxin limit is per kilogram: somebody must stand on the scales."""
        if not self.protocol.gives_cells:
            return
        patient = self._course().patient
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

    def _consent_time(self, decided_at: datetime) -> datetime:
        """The first working hour after the waiting time that the protocol gives for thinking it over."""
        return next_working_hour(decided_at + self.protocol.consent.waiting, self.clinic.site.time_zone)

    def _book(self, at: datetime, *, screened_at: datetime) -> None:
        """Consent, the questionnaires before treatment, and the whole chain of visits."""
        self._consent(at)
        course = self._course()
        visits = book_chain(
            course=course,
            earliest=at + timedelta(hours=1),
            held={"screening": screened_at, "consent": at},
            by=self.clinic.person("coordinator"),
            at=at + timedelta(minutes=30),
        )
        if self.protocol.gives_cells:
            self.bench = Bench(self.clinic, self.laboratory, self.adopted, course)
        for visit in visits:
            self._at(visit.starts_at, partial(self._attend, visit))

    def _consent(self, at: datetime) -> None:
        """Consent, and the questionnaires before treatment."""
        course = self._course()
        places = self.request.told.places or self.request.assumed.places
        target = self.protocol.target
        consent_to_course(
            course=course,
            places=[Place(target.target, place.level, place.side) for place in places] if target else [],
            language=course.patient.language,
            method=Consent.Method.SIMULATED,
            by=self.clinic.person("physiatrist"),
            at=at,
        )
        course.refresh_from_db()
        plan_follow_up(course=course, by=self.clinic.person("coordinator"), at=at)
        self._answer_open_questionnaires(at + timedelta(minutes=10))

    # --- The visits ------------------------------------------------------------------------------------

    def _attend(self, visit: Visit, at: datetime) -> None:
        planned = next(v for v in self.protocol.visits if v.code == visit.code)
        treatment = self._treatment_number(visit.code)
        if self.bench is None:
            if planned.stage == "inject":
                give_care(course=self._course(), visit_code=visit.code, by=self._carer(planned.staff), at=at)
        elif planned.stage == "collect":
            self._collect(at)
        elif planned.stage == "process":
            self._process(visit.code, treatment, at)
        elif planned.stage == "release":
            self._release(treatment, at)
        elif planned.stage == "inject":
            self._inject(treatment, at)
        self._at_the_end(visit.ends_at, partial(self._end_visit, visit, planned.stage == "inject"))

    def _collect(self, at: datetime) -> None:
        self._bench().collect(self._course().patient, at)

    def _end_visit(self, visit: Visit, treated: bool, at: datetime) -> None:
        complete_visit(visit=visit, by=self.clinic.person("coordinator"), at=at)
        if treated:
            self._plan_follow_up(at)

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
            investigate(self.clinic, lot, at=at + timedelta(minutes=30))
            if not self._is_excepted(lot, at + timedelta(minutes=35)):
                self._fail(lot, at + timedelta(minutes=40))
                raise Refused(refusal.blockers) from refusal
            bench.release(lot, at + timedelta(minutes=40))
            at += timedelta(minutes=40)
        bench.account_for(lot, {"PRODUCT"}, "left after filling", at + timedelta(minutes=25))
        # The culture is read whether or not the dose was given in time.
        self._at(at + FINAL_RESULTS_AFTER, partial(self._final, lot))

    def _is_excepted(self, lot: Lot, at: datetime) -> bool:
        """Whether the lot is given although a line is not met: not where nobody has a reason to."""
        return False

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

    def _final(self, lot: Lot, at: datetime) -> None:
        self._bench().final_results(lot, at)
        self._bench().account_for(
            lot, {"SAMPLE"}, "retained sample no longer needed", at + timedelta(hours=1)
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

    def _closing_time(self) -> datetime:
        """A day after the last questionnaire's window has passed."""
        dues = QuestionnaireDue.objects.filter(course=self._course())
        return max(due.closes_at for due in dues if due.closes_at) + timedelta(days=1)

    def _close(self, at: datetime) -> None:
        """Account for what is left of the patient's own cells and complete the course."""
        course = self._course()
        if self.bench is not None and self.bench.lot is not None and self.bench.lot.course_id:
            self.bench.account_for(
                self.bench.lot, {kind.value for kind in Material.Kind}, "course is over", at
            )
        complete_course(course=course, by=self.clinic.person("coordinator"), at=at)

    def _course(self) -> Course:
        assert self.result.course is not None
        self.result.course.refresh_from_db(from_queryset=_COURSES)
        return self.result.course

    def _bench(self) -> Bench:
        assert self.bench is not None
        return self.bench
