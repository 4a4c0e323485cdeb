"""The steps that journeys are told in: given, when, then. Every one of them acts through the same actions as people.

A journey owns its clock, because a simulated chain only goes forward, and an agenda of what is to come: the booked
visits, the questionnaires that fall due, the results that arrive after use.
"""

import heapq
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from stroma.candidacy.actions import assess_candidacy, decide_candidacy
from stroma.candidacy.domain.codes import BODY_WEIGHT, LOINC
from stroma.candidacy.examples import example_answers
from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.actions import adopt_protocol
from stroma.clinic.credentials import Simulated
from stroma.clinic.queries import adopted_protocol
from stroma.courses.actions import complete_course, consent_to_course, open_course
from stroma.courses.models import Course
from stroma.custody.models import Lot, Material
from stroma.follow_up.actions import answer_questionnaire, decide_another_treatment, plan_follow_up
from stroma.follow_up.models import QuestionnaireAnswer, QuestionnaireDue
from stroma.ledger.dossier import export_dossier
from stroma.ledger.verification import verify
from stroma.patients.actions import Place, record_measurement, register_patient
from stroma.patients.domain.intake import IntakeIdentifier, PatientIntake
from stroma.patients.models import Consent, Patient
from stroma.planning.actions import book_chain, complete_visit
from stroma.planning.models import Visit
from stroma.protocols.domain.schema import Protocol
from stroma.protocols.library import shipped_protocol
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic, found_simulated_database, open_simulated_clinic
from stroma.simulation.laboratory import SimulatedLaboratory
from stroma.simulation.outcomes import simulated_answers

VERIFIER = Path(__file__).resolve().parents[2] / "verify_dossier.py"
OPENED = datetime(2026, 1, 5, 14, tzinfo=UTC)
MONDAY = datetime(2026, 6, 1, 14, tzinfo=UTC)
"""A Monday morning in New York, where the simulated clinic is, long enough after it opened to have a bank."""
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def given_a_clinic(*protocols: str, authorized: bool = True) -> SimulatedClinic:
    """A simulated clinic that offers these protocols; with its demo authorizations on file, or with none."""
    found_simulated_database(OPENED)
    shipped = [shipped_protocol(protocol) for protocol in protocols]
    clinic = open_simulated_clinic(name="Journey clinic", protocols=shipped if authorized else [], at=OPENED)
    if not authorized:
        for document in shipped:
            adopt_protocol(site=clinic.site, document=document.text, by=clinic.administrator, at=OPENED)
    return clinic


def given_alma(**changes: Any) -> PatientIntake:
    """Alma Reyes, as her referral tells of her."""
    alma = PatientIntake(
        family_name="Reyes-Quintanilla",
        given_names=("Alma", "Socorro"),
        birth_date=date(1979, 8, 23),
        sex="female",
        identifiers=(IntakeIdentifier("urn:example:hospital", "MRN-774411", "MR"),),
    )
    return replace(alma, **changes)


@dataclass
class Journey:
    """One patient's way through one protocol."""

    clinic: SimulatedClinic
    protocol_id: str
    intake: PatientIntake
    now: datetime = MONDAY
    bank: Lot | None = None
    pain: Mapping[str, int] = field(default_factory=dict)
    """What the patient says on the pain scale at each time; 6 where nothing is named."""
    laboratory: SimulatedLaboratory = field(default_factory=lambda: SimulatedLaboratory(Random(7), {}))
    patient: Patient = field(init=False)
    assessment: Assessment = field(init=False)
    decision: Decision = field(init=False)
    course: Course = field(init=False)
    bench: Bench = field(init=False)
    bookings: list[Visit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._order = count()

    # --- Right for me? ------------------------------------------------------------------------------

    def given_the_referral_is_registered(self, **how: Any) -> "Journey":
        self.patient = register_patient(
            site=self.clinic.site, intake=self.intake, by=self.person("coordinator"), at=self._later(), **how
        )
        return self

    def when_she_is_assessed(
        self, *, says: Mapping[str, Any] | None = None, red_flags: Mapping[str, bool] | None = None
    ) -> "Journey":
        """She answers as in the example of the indication, but for what is named here."""
        example = example_answers(self.protocol.indication)
        asked = {"age_years": 46, "levels_affected": 1, **example.answers, **(says or {})}
        self.assessment = assess_candidacy(
            patient=self.patient,
            protocol=adopted_protocol(self.clinic.site, self.protocol_id),
            asked=asked,
            assumed={},
            red_flags={**example.red_flags, **(red_flags or {})},
            asked_basis="asked at the screening visit",
            by=self.person("physiatrist"),
            at=self._later(20),
        )
        return self

    def when_the_physiatrist_decides(
        self, outcome: Decision.Outcome = Decision.Outcome.CANDIDATE, **overrides: str
    ) -> "Journey":
        self.decision = decide_candidacy(
            assessment=self.assessment,
            outcome=outcome,
            overrides=overrides,
            credential=Simulated(),
            by=self.person("physiatrist"),
            at=self._later(10),
        )
        return self

    def when_a_course_is_opened(self) -> "Journey":
        self.course = open_course(decision=self.decision, by=self.person("coordinator"), at=self._later(10))
        self.bench = Bench(
            self.clinic, self.laboratory, adopted_protocol(self.clinic.site, self.protocol_id), self.course
        )
        record_measurement(
            patient=self.patient,
            system=LOINC,
            code=BODY_WEIGHT,
            display="Body weight",
            value=71,
            unit="kg",
            by=self.person("nurse"),
            at=self._later(),
        )
        return self

    def given_a_course(self) -> "Journey":
        """Everything up to the open course, without an obstacle."""
        return (
            self.given_the_referral_is_registered()
            .when_she_is_assessed()
            .when_the_physiatrist_decides()
            .when_a_course_is_opened()
        )

    # --- When? --------------------------------------------------------------------------------------

    def when_she_consents_and_is_booked(self) -> "Journey":
        screened_at = self.now
        self.now = self.now + self.protocol.consent.waiting + MINUTE
        places = example_answers(self.protocol.indication).places
        assert self.protocol.target is not None
        target = self.protocol.target.target
        consent_to_course(
            course=self.course,
            places=[Place(target, place.level, place.side) for place in places],
            language="en",
            method=Consent.Method.SIMULATED,
            by=self.person("physiatrist"),
            at=self.now,
        )
        self.course.refresh_from_db()
        plan_follow_up(course=self.course, by=self.person("coordinator"), at=self.now)
        for due in QuestionnaireDue.objects.filter(course=self.course):
            self._answer(due, self._later())
        return self.when_the_visits_are_booked(held={"screening": screened_at, "consent": self.now})

    def when_the_visits_are_booked(self, **how: Any) -> "Journey":
        self.bookings = book_chain(
            course=self.course, earliest=self.now, by=self.person("coordinator"), at=self._later(), **how
        )
        for visit in self.bookings:
            self._at(visit.starts_at, lambda at, visit=visit: self._attend(visit, at))
        return self

    def when_time_passes(self, *, until: str = "", up_to: datetime | None = None) -> "Journey":
        """Everything on the agenda happens in order; ``until`` names the last visit that takes place."""
        while self._agenda and (up_to is None or self._agenda[0][0] <= up_to):
            at, _, happens = heapq.heappop(self._agenda)
            self.now = max(self.now, at)
            happens(self.now)
            if until and Visit.objects.filter(
                id__in=[visit.id for visit in self.bookings], code=until, state=Visit.State.COMPLETED
            ):
                break
        return self

    def when_the_course_is_closed(self) -> "Journey":
        closes = (
            QuestionnaireDue.objects.filter(course=self.course, closes_at__isnull=False)
            .order_by("closes_at")
            .last()
        )
        assert closes is not None
        assert closes.closes_at is not None
        self.now = max(self.now, closes.closes_at + DAY)
        complete_course(course=self.course, by=self.person("coordinator"), at=self.now)
        return self

    # --- What happens on the agenda -----------------------------------------------------------------

    def _attend(self, visit: Visit, at: datetime) -> None:
        visit.refresh_from_db()
        if visit.state != Visit.State.BOOKED:
            return
        stage = next(planned.stage for planned in self.protocol.visits if planned.code == visit.code)
        treatment = 2 if visit.code.endswith("_2") and stage in {"process", "release", "inject"} else 1
        treatment = 1 if visit.code in {"feed_2"} else treatment
        if stage == "collect":
            self.bench.collect(self.course.patient, at)
        elif stage == "process":
            self._process(visit.code, treatment, at)
        elif stage == "release":
            self.bench.test(self.lot(treatment), at)
            self.bench.release(self.lot(treatment), at + 8 * MINUTE)
            self.bench.account_for(self.lot(treatment), {"PRODUCT"}, "left after filling", at + 25 * MINUTE)
        elif stage == "inject":
            self._inject(treatment, at)
        complete_visit(visit=visit, by=self.person("coordinator"), at=visit.ends_at)
        self.now = visit.ends_at

    def _process(self, code: str, treatment: int, at: datetime) -> None:
        if code.startswith("thaw"):
            if treatment > 1:
                decide_another_treatment(
                    course=self.course, treatment_number=treatment, by=self.person("physiatrist"), at=at
                )
            stored = Material.objects.filter(
                lot=self.bank or self.bench.lot, kind=Material.Kind.STORED, state="HELD"
            )
            self.bench.thaw(stored.order_by("division")[0], self.course, treatment, at)
            return
        own = [v.code for v in self.protocol.visits if v.stage == "process" and "thaw" not in v.code]
        self.bench.process(code if code != own[-1] else None, at)

    def _inject(self, treatment: int, at: datetime) -> None:
        lot = self.lot(treatment)
        self.bench.inject(lot, treatment, at)
        known = list(QuestionnaireDue.objects.filter(course=self.course).values_list("id", flat=True))
        planned_at = at + 40 * MINUTE
        plan_follow_up(course=self.course, by=self.person("coordinator"), at=planned_at)
        for due in QuestionnaireDue.objects.filter(course=self.course).exclude(id__in=known):
            self._at(max(due.due_at, planned_at), lambda then, due=due: self._answer(due, then))
        self._at(at + 15 * DAY, lambda then: self._final_results(lot, then))

    def _final_results(self, lot: Lot, at: datetime) -> None:
        self.bench.final_results(lot, at)
        self.bench.account_for(lot, {"SAMPLE"}, "no longer needed", at)

    def _answer(self, due: QuestionnaireDue, at: datetime) -> None:
        pain = self.pain.get(due.time_code, 6)
        answer_questionnaire(
            due=due,
            answers=simulated_answers(due, _Saying(Random(0), {}, pain), baseline=6),
            method=QuestionnaireAnswer.Method.SIMULATED,
            by=self.person("nurse"),
            at=at,
        )

    # --- Then ---------------------------------------------------------------------------------------

    def then_the_dossier_is_intact(self) -> bytes:
        """Export the course's dossier and let the stand-alone verifier judge it in a process of its own."""
        content = export_dossier(self.course.id, by="journey", at=self.now)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "course.dossier")
            file.write_bytes(content)
            judged = subprocess.run(
                [sys.executable, "-I", str(VERIFIER), str(file), "--json"],
                capture_output=True,
                text=True,
                check=False,
            )
        verdict = json.loads(judged.stdout)
        assert (judged.returncode, verdict["intact"], verdict["nature"]) == (0, True, "SIMULATED")
        return content

    # --- Helpers ------------------------------------------------------------------------------------

    @property
    def protocol(self) -> Protocol:
        return shipped_protocol(self.protocol_id).protocol

    def person(self, part: str) -> Any:
        return self.clinic.person(part)

    def lot(self, treatment: int = 1) -> Lot:
        lot = self.bench.parts.get(treatment) or self.bench.lot
        assert lot is not None
        lot.refresh_from_db()
        return lot

    def _later(self, minutes: int = 5) -> datetime:
        self.now += minutes * MINUTE
        return self.now

    def _at(self, when: datetime, what: Callable[[datetime], None]) -> None:
        heapq.heappush(self._agenda, (when, next(self._order), what))


@dataclass(frozen=True)
class _Saying(SimulatedLaboratory):
    """A patient who says what she is told to say."""

    pain: int = 6

    def follow_up(self, baseline: int, months: float) -> int:
        return self.pain


def given_a_donor_lot(clinic: SimulatedClinic, protocol_id: str) -> Lot:
    """A lot of an eligible donor: collected, expanded, frozen in bags, tested and released, before any patient."""
    bench = Bench(
        clinic, SimulatedLaboratory(Random(3), {}), adopted_protocol(clinic.site, protocol_id), None
    )
    at = OPENED + DAY
    lot = bench.collect(None, at)
    processing = shipped_protocol(protocol_id).protocol.processing
    assert processing is not None
    for step in processing.steps:
        if step.kind == "thaw":
            break
        at += step.after or timedelta(hours=1)
        bench.process(step.code if step.kind != "fill" else None, at)
    lot.refresh_from_db()
    bench.test(lot, at + 14 * DAY)
    bench.final_results(lot, at + 15 * DAY)
    bench.release(lot, at + 16 * DAY)
    bench.account_for(lot, {"PRODUCT"}, "left after filling", at + 17 * DAY)
    lot.refresh_from_db()
    return lot


def then_the_ledger_holds() -> None:
    """Chains, sealed texts, checkpoints, guards, and the tables of custody folded from the ledger."""
    assert [finding for check in verify() for finding in check.findings] == []
