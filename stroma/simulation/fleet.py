"""Many patients on one clock: the demo's clinic, made by the same actions that pages and people use.

Every site has one chain in the ledger, and time in a chain never runs back. So everything that will happen is put on
one agenda and done in order of time; where two things of a site fall together, the later one waits until the other is
over, as people do. The agenda stops at the present: whatever is booked for later stays booked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random

from stroma.candidacy.domain.sheet import AnswerSheet
from stroma.candidacy.examples import example_answers
from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.queries import adopted_protocol
from stroma.courses.actions import withdraw_from_course
from stroma.custody.actions import decide_disposition
from stroma.custody.models import Disposition, Lot, Material
from stroma.follow_up.actions import report_adverse_event
from stroma.follow_up.domain import adverse_events
from stroma.follow_up.models import AdverseEvent, QuestionnaireDue
from stroma.patients.actions import LikelyDuplicate, attest_account, give_account, register_patient
from stroma.patients.domain.attesting import DocumentSeen
from stroma.planning.models import Visit
from stroma.protocols.library import ShippedProtocol, shipped_protocols
from stroma.registry.actions import extract_registry
from stroma.simulation.agenda import TOLERANCE, Agenda, Event, SiteWatch
from stroma.simulation.bank import BANK_LEAD, fill_the_bank
from stroma.simulation.bench import MINUTES
from stroma.simulation.boxes import send_a_frozen_part, send_to_laboratory
from stroma.simulation.cases import Case, Happens, some_cases
from stroma.simulation.clinic import (
    SimulatedClinic,
    found_simulated_database,
    give_badges,
    open_simulated_clinic,
)
from stroma.simulation.coming_days import fill_the_coming_days
from stroma.simulation.doubtful import grow_a_doubtful_lot
from stroma.simulation.people import DEMO_SITES, invented_patient, written_a_little_differently
from stroma.simulation.photograph import photograph_a_culture
from stroma.simulation.quality import (
    except_what_may_be,
    fail_a_control,
    run_the_control,
    runs_of_a_control,
    use_a_control,
)
from stroma.simulation.storage import put_cultures_on_shelves, set_up_storage
from stroma.simulation.supplies import shelve_what_expires_soon
from stroma.simulation.walk_terms import WalkRequest, next_working_hour
from stroma.simulation.way import Way

HISTORY = timedelta(days=462)
"""How long ago the demo's first patient came: long enough that a year of follow-up is over for some."""
BAGS_NEEDED = 4
"""How many patients one donor's lot serves (``stroma.simulation.filling.BANK_BAGS``)."""
WITH_ACCOUNTS = "disc-marrow-expanded"
"""The treatment whose patients have pages of their own to look at: their cells take weeks."""


class Journey(Way):
    """One patient of the demo, moved forward by the common agenda."""

    def __init__(self, case: Case, request: WalkRequest, clinic: SimulatedClinic, agenda: Agenda) -> None:
        super().__init__(request, clinic)
        self.case = case
        self.agenda = agenda
        self._at(request.start, self._arrive)

    def _at(self, when: datetime, what: Event) -> None:
        self.agenda.put(when, self, what)

    def _at_the_end(self, when: datetime, what: Event) -> None:
        self._at(when, what)

    def site_clock(self) -> datetime:
        """When the last thing at this site was recorded."""
        return SiteWatch(self.clinic).site_clock()

    # --- From arriving to the booked chain -------------------------------------------------------------

    def _arrive(self, at: datetime) -> None:
        self._take_in(at)
        if self.case.happens is Happens.DUPLICATE:
            self._at(at + timedelta(days=4), self._register_twice)
        if self.case.happens is not Happens.WAITS_FOR_QUESTIONS:
            self._at(at + 40 * MINUTES, self._ask)

    def _ask(self, at: datetime) -> None:
        assessment = self._assess(at)
        if self.case.happens is not Happens.WAITS_FOR_DECISION:
            self._at(at + 20 * MINUTES, partial(self._be_decided, assessment, at))

    def _be_decided(self, assessment: Assessment, screened_at: datetime, at: datetime) -> None:
        decision, in_the_way = self._settle(assessment, at)
        if not in_the_way:
            self._at(at + 10 * MINUTES, partial(self._begin, decision, screened_at))

    def _begin(self, decision: Decision, screened_at: datetime, at: datetime) -> None:
        self._open(decision, at)
        self._weigh(at + 5 * MINUTES)
        if self.case.happens is not Happens.WAITS_FOR_CONSENT:
            self._at(self._consent_time(decision.decided_at), partial(self._book, screened_at=screened_at))

    def _book(self, at: datetime, *, screened_at: datetime) -> None:
        if self.case.happens is Happens.WAITS_FOR_BOOKING:
            self._consent(at)
        else:
            super()._book(at, screened_at=screened_at)
        if self.protocol.id == WITH_ACCOUNTS:
            self._give_account(at + 40 * MINUTES)
        if self.case.happens is Happens.CONSENT_WITHDRAWN:
            passage = next(
                v for v in self._course().visits.order_by("starts_at") if v.code.startswith("passage")
            )
            self._at(passage.starts_at - timedelta(hours=20), self._withdraw)

    def _give_account(self, at: datetime) -> None:
        patient = self._course().patient
        give_account(
            patient=patient,
            username=f"patient-{patient.record_number}-{self.clinic.administrator.username[-1]}".lower(),
            email=f"{patient.id.hex[:12]}@example.org",
            by=self.clinic.person("coordinator"),
            at=at,
        )
        patient.refresh_from_db()
        attest_account(
            patient=patient, document=DocumentSeen.DRIVING_LICENSE, by=self.clinic.person("nurse"), at=at
        )

    def _attend(self, visit: Visit, at: datetime) -> None:
        course = self._course()
        if course.state == course.State.OPEN and self.case.happens is not Happens.STORY:
            super()._attend(visit, at)

    def _end_visit(self, visit: Visit, treated: bool, at: datetime) -> None:
        visit.refresh_from_db()
        if visit.state == visit.State.BOOKED:
            super()._end_visit(visit, treated, at)

    # --- What is out of the ordinary -------------------------------------------------------------------

    def _register_twice(self, at: datetime) -> None:
        """Somebody else takes the same person in, overlooks the question, and makes a second record."""
        again = written_a_little_differently(self.request.intake)
        coordinator = self.clinic.person("coordinator")
        try:
            register_patient(site=self.clinic.site, intake=again, by=coordinator, at=at)
        except LikelyDuplicate:
            register_patient(
                site=self.clinic.site, intake=again, is_new_person=True, by=coordinator, at=at + MINUTES
            )

    def _withdraw(self, at: datetime) -> None:
        course = self._course()
        withdraw_from_course(
            course=course, reason="I have changed my mind.", by=self.clinic.person("nurse"), at=at
        )
        lot = self._lot_for(1)
        decide_disposition(
            lot=lot,
            kind=Disposition.Kind.DISCARD,
            reason="consent withdrawn",
            by=self.clinic.person("quality"),
            at=at + 30 * MINUTES,
        )
        every_kind = {kind.value for kind in Material.Kind}
        self._bench().account_for(lot, every_kind, "consent withdrawn", at + 40 * MINUTES)

    def _collect(self, at: datetime) -> None:
        if self.case.happens is not Happens.SENT_IN_A_BOX:
            super()._collect(at)
            return
        bench = self._bench()
        lot = bench.collect(self._course().patient, at, carry=False)
        marrow = Material.objects.get(lot=lot)
        send_to_laboratory(self.clinic, marrow, at + 25 * MINUTES)
        bench.carry(marrow, self.clinic.place("LAB-1"), at + 60 * MINUTES)

    def _release(self, treatment: int, at: datetime) -> None:
        if self.case.happens is Happens.READ_BY_CYTOMETER:
            from stroma.simulation.cytometer import RECORDED_AFTER, read_cells  # slow import

            read_cells(self.clinic, self._lot_for(treatment), at)
            at += RECORDED_AFTER
        super()._release(treatment, at)

    def _is_excepted(self, lot: Lot, at: datetime) -> bool:
        return self.case.happens is Happens.EXCEPTION and except_what_may_be(self.clinic, lot, at=at)

    def _inject(self, treatment: int, at: datetime) -> None:
        super()._inject(treatment, at)
        if self.case.happens is Happens.ADVERSE_EVENT:
            self._at(at + timedelta(days=2), partial(self._report, at, serious=False))
        if self.case.happens is Happens.SERIOUS_EVENT:
            self._at(at + timedelta(days=6), partial(self._report, at, serious=True))

    def _report(self, treated_at: datetime, at: datetime, *, serious: bool) -> None:
        kinds = adverse_events
        event = kinds.AdverseEvent(
            ctcae_grade=3 if serious else 2,
            seriousness=frozenset({kinds.Seriousness.HOSPITAL_STAY} if serious else ()),
            related_to=kinds.RelatedTo.INJECTION,
            relation=kinds.Relation.POSSIBLE if serious else kinds.Relation.PROBABLE,
            is_expected=not serious,
            onset_at=treated_at + timedelta(days=4 if serious else 1),
            communicable_disease_suspected=serious,
        )
        words = (
            "Fever and worse back pain; two nights in hospital for suspected discitis, cultures negative."
            if serious
            else "More pain than before for two days, better with rest."
        )
        report_adverse_event(
            course=self._course(),
            event=event,
            verbatim=words,
            outcome=AdverseEvent.Outcome.RECOVERING,
            action_taken="Antibiotics, blood cultures, MRI." if serious else "Acetaminophen.",
            by=self.clinic.person("physiatrist"),
            at=at,
        )

    def _plan_follow_up(self, at: datetime) -> None:
        super()._plan_follow_up(at)
        # Only a course whose last questionnaire is in the past is closed before the demo opens.
        if QuestionnaireDue.objects.filter(course=self._course(), closes_at__isnull=False).exists():
            self._at(self._closing_time(), self._close)


@dataclass(frozen=True)
class Progress:
    """How far the making of the demo has come: a fraction, and the words for it."""

    fraction: float
    words: str


def make_fleet(*, now: datetime, courses: int | None = None) -> Iterator[Progress]:
    """Make the demo's clinics and their patients, up to ``now``, in a database that is empty but for its tables.

    ``courses`` makes a smaller demo. Yields how far it has come; the caller shows it.
    """
    cases = some_cases(courses)
    opened_at = now - HISTORY - BANK_LEAD
    found_simulated_database(opened_at)
    shipped = {one.protocol.id: one for one in shipped_protocols()}
    clinics = []
    for number, site in enumerate(DEMO_SITES):
        clinics.append(
            open_simulated_clinic(
                name=site.name,
                protocols=list(shipped.values()),
                staff=site.staff,
                address=site.address,
                at=opened_at,
            )
        )
        opened = clinics[-1]
        technologist, quality = opened.person("technologist"), opened.person("quality")
        give_badges(opened, opened_at)
        set_up_storage(opened, at=opened_at)
        shelve_what_expires_soon(opened.site, technologist=technologist, quality=quality, at=opened_at)
        yield Progress(0.02 * (number + 1), f"{site.name} opens")
    agenda = Agenda(until=now)
    journeys = [
        _journey(number, case, shipped[case.protocol], clinics[number % len(clinics)], agenda, now)
        for number, case in enumerate(cases)
    ]
    banks = {id(clinic): iter(_bank(clinic, journeys, opened_at)) for clinic in clinics}
    for journey in journeys:
        if journey.protocol.donor == "allogeneic":
            journey.bank = next(banks[id(_whole(journey.clinic, clinics))])
    yield Progress(0.08, "the donors' cells are in the bank")
    for clinic in clinics:
        _keep_a_control(clinic, agenda, now)
    for clinic, is_settled in zip(clinics, (False, True), strict=True):
        grow_a_doubtful_lot(clinic, agenda, harvested_at=now - timedelta(minutes=50), is_settled=is_settled)
    began = now - HISTORY
    for reached in agenda.follow():
        fraction = max(0.0, (reached - began) / (now - began))
        yield Progress(0.08 + 0.9 * fraction, f"{reached:%B %Y}")
    for clinic in clinics:
        at = max([now, *(j.site_clock() for j in journeys if j.clinic.site == clinic.site)])
        fail_a_control(clinic, at=at + TOLERANCE)
        at += 3 * TOLERANCE
        extract_registry(site=clinic.site, by=clinic.person("analyst"), at=at)
        fill_the_coming_days(clinic, at=at)
        put_cultures_on_shelves(clinic, at=at)
        photograph_a_culture(clinic, at=at)
        send_a_frozen_part(clinic, at=at)
    yield Progress(1.0, "today")


def _keep_a_control(clinic: SimulatedClinic, agenda: Agenda, now: datetime) -> None:
    """A control is run once a week, the last time yesterday."""
    watch, runs = SiteWatch(clinic), runs_of_a_control()
    first = now - timedelta(days=1, weeks=len(runs) - 1)
    agenda.put(first - timedelta(hours=1), watch, partial(use_a_control, clinic))
    for number, z in enumerate(runs):
        agenda.put(first + timedelta(weeks=number), watch, partial(run_the_control, clinic, z))


def _journey(
    number: int, case: Case, shipped: ShippedProtocol, clinic: SimulatedClinic, agenda: Agenda, now: datetime
) -> Journey:
    came = now - timedelta(days=case.days_ago) + timedelta(minutes=37 * (number % 9))
    start = next_working_hour(came.replace(second=0, microsecond=0), clinic.site.time_zone)
    if start > now:
        start = now - timedelta(hours=20) + timedelta(minutes=37 * (number % 9))
    example = example_answers(shipped.protocol.indication)
    random = Random(1000 + number)  # noqa: S311 - a simulation
    usual = {"pain_nrs": random.randint(5, 8), "pain_months": random.randint(9, 48)}
    told = AnswerSheet(
        indication=example.indication,
        answers={**example.answers, **usual, **case.told},
        red_flags={**example.red_flags, **case.red_flags},
        places=example.places,
        overrides=case.overrides,
        laboratory=case.laboratory,
    )
    request = WalkRequest(
        protocol=shipped,
        intake=invented_patient(number + 1, on=start.date()),
        intake_source="form",
        told=told,
        told_source="asked at the first visit",
        assumed=AnswerSheet(),
        assumed_source="",
        seed=number,
        start=start,
    )
    return Journey(case, request, _team(clinic, number), agenda)


def _team(clinic: SimulatedClinic, number: int) -> SimulatedClinic:
    """The clinic as one patient meets it: every other one is seen by the second physiatrist and nurse."""
    if number // 2 % 2 == 0:
        return clinic
    seconds = {part: clinic.people[f"{part}2"] for part in ("physiatrist", "nurse", "technologist")}
    return replace(clinic, people={**clinic.people, **seconds})


def _whole(clinic: SimulatedClinic, clinics: Sequence[SimulatedClinic]) -> SimulatedClinic:
    return next(whole for whole in clinics if whole.site == clinic.site)


def _bank(clinic: SimulatedClinic, journeys: Sequence[Journey], opened_at: datetime) -> Iterator[Lot]:
    """A lot for each patient of this site who is given a donor's cells; one lot serves several."""
    needed = [j for j in journeys if j.clinic.site == clinic.site and j.protocol.donor == "allogeneic"]
    at = opened_at
    for number, journey in enumerate(needed):
        if number % BAGS_NEEDED == 0:
            adopted = adopted_protocol(clinic.site, journey.protocol.id)
            lot = fill_the_bank(clinic, adopted, Random(number), at=at)  # noqa: S311 - a simulation
            at = journey.site_clock()
        yield lot
