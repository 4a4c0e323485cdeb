"""Did it work: the rows of every treated course, and the table of pain over time made from them.

Cells and traditional care are counted by the same rules, each from its first treatment. A course counts from
the day it was treated on, whether its follow-up was planned or not: a plan that was forgotten shows as
missing answers.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.follow_up.domain.instruments import NRS_BACK, NRS_LEG
from stroma.follow_up.domain.observation import NON_RESPONSE, Censored, Ending, censored
from stroma.follow_up.domain.plan import BASELINE, PAIN
from stroma.follow_up.domain.schedule import Window, due_times
from stroma.follow_up.models import Intervention
from stroma.follow_up.queries import first_treatments, pain_by_course
from stroma.ledger.record import installation
from stroma.protocols.domain.blocker import Blocker, Refused, Weight, stopping
from stroma.protocols.domain.duration import parse_duration
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.protocols.domain.schema import Protocol, Route
from stroma.registry.domain.comparison import comparison_blockers
from stroma.registry.domain.pain_over_time import PainChange, PainPoint, PainRow, pain_changes, pain_points

PAIN_SCALES = (NRS_BACK.code, NRS_LEG.code)

SUPERIORITY_NOTE = Blocker("registry_cannot_show_superiority", {}, "clinical.md §4.3", Weight.CAUTION)
NOT_APPROVED_NOTE = Blocker("product_not_approved", {}, "FDA-INFO21", Weight.CAUTION)

_MONTH = parse_duration("1 mo")


@dataclass(frozen=True, slots=True)
class TreatmentArm:
    """One treatment as the table shows it."""

    treatment: str
    """``protocol-id: title``, the label of its rows."""
    protocol_id: str
    indication: str
    is_approved: bool
    n_treated: int
    n_not_treated: int
    """Courses that were opened and in which nothing was given (so far): they are in no other number."""

    @property
    def title(self) -> str:
        """The protocol's title alone, for whoever looks at a page."""
        return self.treatment.partition(": ")[2]


@dataclass(frozen=True, slots=True)
class PainTable:
    """Pain over time of every treatment, with everything that is missing."""

    at: datetime
    nature: str
    """``REAL`` or ``SIMULATED``: what the database is, for ever."""
    instrument: str
    arms: Sequence[TreatmentArm]
    points: Sequence[PainPoint]
    changes: Sequence[PainChange]
    censored: Mapping[tuple[str, str], Mapping[str, int]]
    """By treatment and time code: how many were not due, by reason."""
    outside_window: Mapping[tuple[str, str], int]
    """By treatment and time code: how many of the answers came early or late. They count."""
    baselines: Mapping[str, Sequence[float]]
    """The scores before treatment, by treatment: whether arms may be compared is judged on them."""


@dataclass(frozen=True, slots=True)
class PainOverTime(PainTable):
    """The treatments that are shown together, and what must be said with them."""

    notes: Sequence[Blocker]
    """Cautions that are shown with every table, whatever it says."""


@dataclass(frozen=True, slots=True)
class _CountedRow:
    row: PainRow
    is_outside_window: bool


class NotComparable(Refused):
    """These treatments are not shown in one comparison."""


def pain_rows(site: Site | None = None, *, instrument: str = PAIN, at: datetime) -> list[PainRow]:
    """One row for each treated course and each time of its plan, as it stood at ``at``."""
    return [counted.row for counted in _counted_rows(_Courses(site, instrument, at))]


def pain_over_time(
    site: Site | None = None, *, instrument: str = PAIN, compare: Sequence[str] = (), at: datetime
) -> PainOverTime:
    """Pain over time by treatment, at one site or at all.

    A score given after a surgery, an injection or a new strong opioid is set aside with the reason, as is a
    time that came after death or after the course was stopped. A baseline given after the treatment is no
    baseline and counts as missing. A correction counts from when it was made, whatever ``at``.

    ``compare`` names the protocols to be set side by side; without it each treatment stands for itself.
    Raises BadInput for an instrument that is no pain scale or a protocol without courses, and NotComparable
    with every reason where the patients were not alike before treatment.
    """
    return shown_together(count_pain(site, instrument=instrument, at=at), compare)


def shown_together(table: PainTable, compare: Sequence[str] = ()) -> PainOverTime:
    """These treatments of a count side by side, or all of them each for itself. Raises as `pain_over_time`."""
    arms = table.arms
    if unknown := [each for each in compare if not any(arm.protocol_id == each for arm in arms)]:
        message = "no course was opened under this protocol"
        raise BadInput(Problem("treatment_unknown", message, place=each) for each in unknown)
    arms = [arm for arm in arms if not compare or arm.protocol_id in compare]
    shown = {arm.treatment for arm in arms}
    baselines = {treatment: table.baselines.get(treatment, []) for treatment in shown}
    notes = [SUPERIORITY_NOTE]
    if compare:
        notes = comparison_blockers(baselines)
        if in_the_way := stopping(notes):
            raise NotComparable(in_the_way)
    if not all(arm.is_approved for arm in arms):
        notes.append(NOT_APPROVED_NOTE)
    return PainOverTime(
        at=table.at,
        nature=table.nature,
        instrument=table.instrument,
        arms=arms,
        points=[point for point in table.points if point.treatment in shown],
        changes=[change for change in table.changes if change.treatment in shown],
        censored={key: counts for key, counts in table.censored.items() if key[0] in shown},
        outside_window={key: count for key, count in table.outside_window.items() if key[0] in shown},
        baselines=baselines,
        notes=notes,
    )


def count_pain(site: Site | None = None, *, instrument: str = PAIN, at: datetime) -> PainTable:
    """Count every treatment, at one site or at all. Raises BadInput for an instrument that is no pain scale."""
    courses = _Courses(site, instrument, at)
    counted = _counted_rows(courses)
    rows = [each.row for each in counted]
    reasons: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.censored:
            reasons[row.treatment, row.time_code][row.censored] += 1
    return PainTable(
        at=at,
        nature=installation().nature,
        instrument=instrument,
        arms=courses.arms(),
        points=pain_points(rows),
        changes=pain_changes(rows),
        censored={key: dict(counts) for key, counts in reasons.items()},
        outside_window=Counter(
            (each.row.treatment, each.row.time_code) for each in counted if each.is_outside_window
        ),
        baselines=_baseline_by_treatment({row.treatment for row in rows}, rows),
    )


@dataclass(frozen=True, slots=True)
class _Course:
    """What the registry asks about a course."""

    id: UUID
    patient_id: UUID
    protocol_id: UUID
    stopped_at: datetime | None
    died_at: datetime | None


class _Courses:
    """The courses in question and all that their rows are made of, in as many queries for any number."""

    def __init__(self, site: Site | None, instrument: str, at: datetime) -> None:
        if instrument not in PAIN_SCALES:
            message = f"{instrument!r} is no pain scale; there are {', '.join(PAIN_SCALES)}"
            raise BadInput([Problem("not_a_pain_scale", message, place="instrument")])
        self.instrument, self.at = instrument, at
        opened = Course.objects.filter(opened_at__lte=at)
        in_question = opened.filter(site=site) if site else opened
        # A treatment under another course, at whatever site, ends what can be said of this one.
        of_the_patients = opened.filter(patient__in=in_question.values("patient"))
        adopted = AdoptedProtocol.objects.filter(id__in=of_the_patients.values("protocol"))
        self.protocols = {row.id: protocol_of(row) for row in adopted}
        rows = in_question.order_by("opened_at", "id").values_list(
            "id", "patient_id", "protocol_id", "state", "ended_at", "patient__deceased_at"
        )
        self.courses = [
            _Course(key, patient, protocol, ended_at if state == Course.State.STOPPED else None, died_at)
            for key, patient, protocol, state, ended_at, died_at in rows
        ]
        self.first = first_treatments(of_the_patients, at=at)
        self.answers = pain_by_course(in_question.values("id"), instrument=instrument, at=at)
        self._interventions = self._further_interventions(in_question)
        self._courses_of = self._courses_by_patient(of_the_patients)

    def arms(self) -> list[TreatmentArm]:
        """The treatments of these courses, in order of their labels."""
        treated: Counter[str] = Counter()
        every: Counter[str] = Counter()
        protocols: dict[str, Protocol] = {}
        labels = {key: label_of(protocol) for key, protocol in self.protocols.items()}
        for course in self.courses:
            label = labels[course.protocol_id]
            protocols[label] = self.protocols[course.protocol_id]
            every[label] += 1
            treated[label] += self.first[course.id].at is not None
        return [
            TreatmentArm(
                treatment=label,
                protocol_id=protocol.id,
                indication=protocol.indication.value,
                is_approved=protocol.legal.approved,
                n_treated=treated[label],
                n_not_treated=every[label] - treated[label],
            )
            for label, protocol in sorted(protocols.items())
        ]

    def endings(self, course: _Course, treated_at: datetime) -> list[Ending]:
        """Everything after the first treatment after which an answer says nothing about it."""
        endings = [*self._interventions[course.id]]
        for other_id, protocol_id in self._courses_of[course.patient_id]:
            other = self.first[other_id]
            if other_id != course.id and other.dose_at:
                endings.append(Ending(other.dose_at, Censored.INJECTION))
            if other_id != course.id and other.care_at and self.protocols[protocol_id].route is Route.SURGERY:
                endings.append(Ending(other.care_at, Censored.SURGERY))
        if course.stopped_at is not None:
            endings.append(Ending(course.stopped_at, Censored.COURSE_STOPPED))
        if course.died_at is not None:
            endings.append(Ending(course.died_at, Censored.DIED))
        return [ending for ending in endings if treated_at < ending.at <= self.at]

    def _further_interventions(self, courses: QuerySet[Course]) -> dict[UUID, list[Ending]]:
        found: dict[UUID, list[Ending]] = defaultdict(list)
        rows = Intervention.objects.filter(course__in=courses.values("id"), happened_at__lte=self.at)
        for course_id, kind, happened_at in rows.values_list("course_id", "kind", "happened_at"):
            if kind.lower() in NON_RESPONSE:
                found[course_id].append(Ending(happened_at, Censored(kind.lower())))
        return found

    def _courses_by_patient(self, courses: QuerySet[Course]) -> dict[UUID, list[tuple[UUID, UUID]]]:
        """Course and protocol of every course, by patient."""
        found: dict[UUID, list[tuple[UUID, UUID]]] = defaultdict(list)
        for course_id, patient_id, protocol_id in courses.values_list("id", "patient_id", "protocol_id"):
            found[patient_id].append((course_id, protocol_id))
        return found


def label_of(protocol: Protocol) -> str:
    """Under what a treatment is shown."""
    return f"{protocol.id}: {protocol.title}"


def _counted_rows(courses: _Courses) -> list[_CountedRow]:
    rows: list[_CountedRow] = []
    for course in courses.courses:
        protocol, treated_at = courses.protocols[course.protocol_id], courses.first[course.id].at
        if treated_at is None or courses.instrument not in protocol.follow_up.instruments:
            continue
        answers = {answer.time_code: answer for answer in courses.answers.get(course.id, [])}
        endings = courses.endings(course, treated_at)
        label, key = label_of(protocol), str(course.id)
        for due in due_times(protocol.follow_up, treated_at):
            answer = answers.get(due.code)
            reason = None
            if due.code != BASELINE:
                answered_at = answer.answered_at if answer else None
                reason = censored(due, endings, answered_at=answered_at, at=courses.at)
            elif answer and answer.answered_at >= treated_at:
                answer = None
            pain = answer.pain if answer and reason is None else None
            row = PainRow(
                treatment=label,
                course_id=key,
                time_code=due.code,
                months=(due.due_at - treated_at) / _MONTH,
                nrs=pain,
                censored=reason.value if reason else None,
            )
            is_outside = answer is not None and pain is not None and answer.window is not Window.IN_WINDOW
            rows.append(_CountedRow(row, is_outside))
    return rows


def _baseline_by_treatment(treatments: Iterable[str], rows: Iterable[PainRow]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {treatment: [] for treatment in treatments}
    for row in rows:
        if row.time_code == BASELINE and row.nrs is not None:
            found[row.treatment].append(float(row.nrs))
    return found
