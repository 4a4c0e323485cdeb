"""What the line of a course is drawn from: one pass over the tables of every step, however many courses.

The number of queries does not grow with the number of courses, so that a board of all patients reads as fast as
one page. What the facts mean is ``course_line``'s to say.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from stroma.clinic.queries import protocol_of
from stroma.courses.models import CareGiven, Course
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.follow_up.models import QuestionnaireAnswer, QuestionnaireDue
from stroma.follow_up.queries import pain_by_course
from stroma.injection.models import Dose
from stroma.planning.models import Visit
from stroma.protocols.domain.schema import Protocol
from stroma.release.models import FailureDecision, Release


@dataclass(frozen=True, slots=True)
class VisitFact:
    """One appointment of the chain, with the stage its protocol gives it."""

    code: str
    stage: str
    title: str
    starts_at: datetime
    ends_at: datetime
    state: str
    is_for_patient: bool
    is_remote: bool


@dataclass(frozen=True, slots=True)
class LotFact:
    """The cells of this course as they stand: the newest lot, and where it comes from."""

    state: LotState
    collected_at: datetime | None
    """When the tissue was taken; from a donor, when that lot was made."""
    processed_at: datetime | None
    released_at: datetime | None
    rejected_at: datetime | None
    collect_again: bool
    """The lot failed, and patient and physiatrist decided on another collection."""
    called_back_from: datetime | None = None
    """The release from which a result that came later called it back into quarantine."""


@dataclass(frozen=True, slots=True)
class DueFact:
    """One questionnaire of the plan."""

    id: UUID
    instrument: str
    time_code: str
    opens_at: datetime
    due_at: datetime
    closes_at: datetime | None
    is_answered: bool

    def is_open(self, at: datetime, *, is_treated: bool) -> bool:
        """Whether it may be answered in time now. One without an end closes with the treatment."""
        if self.is_answered or at < self.opens_at:
            return False
        return not is_treated if self.closes_at is None else at < self.closes_at


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """Everything the line of one course stands on."""

    number: str
    protocol: Protocol
    zone: ZoneInfo
    state: str
    opened_at: datetime
    ended_at: datetime | None
    decided_at: datetime
    consented_at: datetime | None = None
    is_consent_withdrawn: bool = False
    visits: tuple[VisitFact, ...] = ()
    lot: LotFact | None = None
    given: Mapping[int, datetime] = field(default_factory=dict)
    """When each treatment was given, by its number; care counts as the first."""
    care_given: tuple[datetime, ...] = ()
    dues: tuple[DueFact, ...] = ()
    pain: tuple[Decimal, ...] = ()
    """Pain as answered, 0 to 10, in order of time."""

    @property
    def is_treated(self) -> bool:
        """Whether a first treatment was given."""
        return bool(self.given)

    @property
    def has_lasting_consent(self) -> bool:
        """Whether a consent was given and not taken back."""
        return self.consented_at is not None and not self.is_consent_withdrawn

    def open_dues(self, at: datetime) -> list[DueFact]:
        """The questionnaires that may be answered in time now."""
        return [due for due in self.dues if due.is_open(at, is_treated=self.is_treated)]


def course_facts(courses: Iterable[Course], *, at: datetime) -> dict[UUID, CourseFacts]:
    """The facts of each of these courses as known at ``at``, in a fixed number of queries."""
    ids = [course.pk for course in courses]
    rows = Course.objects.filter(pk__in=ids).select_related(
        "site", "protocol", "decision", "consent", "consent__withdrawal"
    )
    found = {course.pk: course for course in rows}
    visits, lots = _visits(found), _lots(found.values())
    doses, care, dues = _doses(ids), _care(ids), _dues(ids)
    pain = pain_by_course(ids, at=at)
    facts = {}
    for key in ids:
        course = found[key]
        consent = course.consent
        given = dict(doses.get(key, {}))
        if care.get(key):
            given[1] = min(care[key][0], given.get(1, care[key][0]))
        facts[key] = CourseFacts(
            number=course.number,
            protocol=protocol_of(course.protocol),
            zone=ZoneInfo(course.site.time_zone),
            state=course.state,
            opened_at=course.opened_at,
            ended_at=course.ended_at,
            decided_at=course.decision.decided_at,
            consented_at=consent.given_at if consent else None,
            is_consent_withdrawn=consent is not None and hasattr(consent, "withdrawal"),
            visits=tuple(visits.get(key, ())),
            lot=lots.get(key),
            given=given,
            care_given=tuple(care.get(key, ())),
            dues=tuple(dues.get(key, ())),
            pain=tuple(answer.pain for answer in pain.get(key, ()) if answer.pain is not None),
        )
    return facts


def _visits(courses: Mapping[UUID, Course]) -> dict[UUID, list[VisitFact]]:
    planned = {
        key: {visit.code: visit for visit in protocol_of(course.protocol).visits}
        for key, course in courses.items()
    }
    found: dict[UUID, list[VisitFact]] = defaultdict(list)
    # A visit that was moved is told by the one that stands in its place.
    rows = Visit.objects.filter(course__in=courses, replaced_by=None).order_by("starts_at", "code")
    for course, code, starts_at, ends_at, state in rows.values_list(
        "course_id", "code", "starts_at", "ends_at", "state"
    ):
        visit = planned[course][code]
        found[course].append(
            VisitFact(code, visit.stage, visit.title, starts_at, ends_at, state, visit.patient, visit.remote)
        )
    return found


def _lots(courses: Iterable[Course]) -> dict[UUID, LotFact]:
    rows = (
        Lot.objects.filter(course__in=courses)
        .select_related("batch", "collection", "rejection__notice__decision", "parent__collection")
        .order_by("made_at", "id")
    )
    released = dict(
        Release.objects.filter(lot__course__in=courses)
        .order_by("released_at")
        .values_list("lot_id", "released_at")
    )
    # In order of time, so that the newest lot of a course stays.
    return {row.course_id: _lot_fact(row, released.get(row.pk)) for row in rows if row.course_id is not None}


def _lot_fact(lot: Lot, released_at: datetime | None) -> LotFact:
    origin = lot.parent or lot
    collection = _one(origin, "collection")
    batch, rejection = _one(lot, "batch"), _one(lot, "rejection")
    notice = _one(rejection, "notice")
    decision = _one(notice, "decision")
    return LotFact(
        state=LotState(lot.state),
        collected_at=collection.collected_at if collection else origin.made_at,
        processed_at=batch.closed_at if batch else None,
        released_at=released_at if lot.state == LotState.RELEASED else None,
        rejected_at=rejection.rejected_at if rejection else None,
        collect_again=decision is not None and decision.kind == FailureDecision.Kind.COLLECT_AGAIN,
        called_back_from=released_at if lot.state == LotState.QUARANTINE else None,
    )


def _one(row: Any, name: str) -> Any:
    """The row at the other end of a one-to-one relation that was selected with this one; None without."""
    return getattr(row, name, None) if row is not None else None


def _doses(ids: Iterable[UUID]) -> dict[UUID, dict[int, datetime]]:
    found: dict[UUID, dict[int, datetime]] = defaultdict(dict)
    rows = Dose.objects.filter(course__in=ids).order_by("given_at")
    for course, number, given_at in rows.values_list("course_id", "treatment_number", "given_at"):
        found[course].setdefault(number, given_at)
    return found


def _care(ids: Iterable[UUID]) -> dict[UUID, list[datetime]]:
    found: dict[UUID, list[datetime]] = defaultdict(list)
    rows = CareGiven.objects.filter(course__in=ids).order_by("given_at")
    for course, given_at in rows.values_list("course_id", "given_at"):
        found[course].append(given_at)
    return found


def _dues(ids: Iterable[UUID]) -> dict[UUID, list[DueFact]]:
    found: dict[UUID, list[DueFact]] = defaultdict(list)
    answered = Exists(QuestionnaireAnswer.objects.filter(due=OuterRef("pk")))
    rows = QuestionnaireDue.objects.filter(course__in=ids).annotate(is_answered=answered).order_by("due_at")
    for course, key, instrument, code, opens_at, due_at, closes_at, is_answered in rows.values_list(
        "course_id", "pk", "instrument", "time_code", "opens_at", "due_at", "closes_at", "is_answered"
    ):
        found[course].append(DueFact(key, instrument, code, opens_at, due_at, closes_at, is_answered))
    return found
