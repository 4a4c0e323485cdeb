"""The one thing a patient does next: decided from the facts of the course, said in plain words on the page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from stroma.courses.models import Course
from stroma.custody.domain.states import LotState
from stroma.planning.models import Visit
from stroma.web.course_facts import CourseFacts, DueFact, VisitFact

SOON = timedelta(hours=36)
"""A visit nearer than this comes before a questionnaire."""


class NextKind(StrEnum):
    """What there is to do."""

    THINK_IT_OVER = "think_it_over"
    READ_THE_CONSENT = "read_the_consent"
    WAIT_FOR_A_CALL = "wait_for_a_call"
    COME = "come"
    ANSWER = "answer"
    DATES_ARE_MADE = "dates_are_made"
    NOTHING = "nothing"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing, with what it needs: the visit, the questionnaires, or from when on."""

    kind: NextKind
    visit: VisitFact | None = None
    dues: tuple[DueFact, ...] = ()
    from_at: datetime | None = None


def next_step(facts: CourseFacts, *, at: datetime) -> NextStep:
    """The one thing to do at ``at``. What is nearest comes first; a call that is owed comes before all."""
    if facts.state != Course.State.OPEN:
        return NextStep(NextKind.ENDED)
    if facts.lot is not None and facts.lot.state is LotState.REJECTED and not facts.lot.collect_again:
        return NextStep(NextKind.WAIT_FOR_A_CALL)
    visit = upcoming_visit(facts, at=at)
    if visit is not None and visit.starts_at - at <= SOON:
        return NextStep(NextKind.COME, visit=visit)
    if facts.consented_at is None:
        earliest = facts.decided_at + facts.protocol.consent.waiting
        if at < earliest:
            return NextStep(NextKind.THINK_IT_OVER, from_at=earliest)
        return NextStep(NextKind.READ_THE_CONSENT)
    dues = tuple(facts.open_dues(at))
    if dues:
        return NextStep(NextKind.ANSWER, dues=dues)
    if visit is not None:
        return NextStep(NextKind.COME, visit=visit)
    if not facts.visits and not facts.is_treated:
        return NextStep(NextKind.DATES_ARE_MADE)
    return NextStep(NextKind.NOTHING)


def upcoming_visit(facts: CourseFacts, *, at: datetime) -> VisitFact | None:
    """The next visit that takes the patient and is not over."""
    return next(
        (v for v in facts.visits if v.is_for_patient and v.state == Visit.State.BOOKED and v.ends_at > at),
        None,
    )
