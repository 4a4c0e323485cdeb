"""Planning the questionnaires of a course, answering them, drafts, corrections."""

from collections.abc import Collection, Mapping
from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import CARERS, Role
from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.courses.queries import NOT_OPEN, chains_of, course_to_change
from stroma.follow_up.domain.instruments import INSTRUMENTS
from stroma.follow_up.domain.plan import BASELINE, SOURCE, window_at
from stroma.follow_up.domain.scoring import Answer, Score, answer_problems, score
from stroma.follow_up.models import QuestionnaireAnswer, QuestionnaireDraft, QuestionnaireDue
from stroma.follow_up.queries import first_treatment_at, questionnaires_to_plan
from stroma.ledger.domain.canonical import canonical
from stroma.ledger.record import is_simulated, record
from stroma.ledger.transaction import action
from stroma.patients.authority import refuse_strangers
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.problem import BadInput

_MAY_ENTER: dict[QuestionnaireAnswer.Method, Collection[Role]] = {
    QuestionnaireAnswer.Method.PATIENT: CARERS | {Role.PATIENT},
    QuestionnaireAnswer.Method.PHONE: CARERS,
    QuestionnaireAnswer.Method.PAPER: CARERS,
    QuestionnaireAnswer.Method.SIMULATED: CARERS | {Role.PATIENT},
}


class NotPlannable(Refused):
    """The follow-up cannot be planned."""


class NotAnswerable(Refused):
    """The questionnaire cannot be answered, or the answer not corrected."""


@action
def plan_follow_up(*, course: Course, by: User, at: datetime) -> list[QuestionnaireDue]:
    """Make what the protocol asks for due: before treatment the baseline, after it everything else.

    Call it when the course is open, and again when the treatment was given; what is planned is not planned
    twice. Returns what is new; where nothing is, nothing is recorded.
    """
    authorize(by, *CARERS, site=course.site, at=at)
    course = course_to_change(course.id)
    if course.state != Course.State.OPEN:
        raise NotPlannable([NOT_OPEN])
    dues = [
        QuestionnaireDue(
            course=course,
            instrument=planned.instrument,
            time_code=planned.time_code,
            treated_at=planned.treated_at,
            due_at=planned.due_at,
            opens_at=planned.opens_at,
            closes_at=planned.closes_at,
        )
        for planned in questionnaires_to_plan(course, at=at)
    ]
    if not dues:
        return []
    QuestionnaireDue.objects.bulk_create(dues)
    record(
        "follow_up.planned",
        by=by,
        at=at,
        chains=chains_of(course),
        facts={
            "course": course.id,
            "treated_at": dues[-1].treated_at,
            "due": [
                {"due": due.id, "instrument": due.instrument, "time": due.time_code, "due_at": due.due_at}
                for due in dues
            ],
        },
    )
    return dues


@action
def answer_questionnaire(
    *,
    due: QuestionnaireDue,
    answers: Mapping[str, Answer],
    method: QuestionnaireAnswer.Method,
    by: User,
    at: datetime,
) -> QuestionnaireAnswer:
    """Keep what a patient answered at ``at``, with its score. Early and late answers are kept and flagged.

    Raises BadInput with every fault of the answers, NotAnswerable when it was answered or the course has
    ended.
    """
    course = course_to_change(due.course_id)
    authorize(by, *_MAY_ENTER[method], site=course.site, at=at)
    refuse_strangers(by, *CARERS, patient=course.patient, at=at)
    blockers = []
    if course.state != Course.State.OPEN:
        blockers.append(NOT_OPEN)
    if QuestionnaireAnswer.objects.filter(due=due).exists():
        blockers.append(Blocker("answered_already", {}, SOURCE))
    if due.time_code != BASELINE and due.treated_at is not None and at < due.treated_at:
        blockers.append(Blocker("answered_before_treatment", {"treated_at": due.treated_at}, SOURCE))
    if method == QuestionnaireAnswer.Method.SIMULATED and not is_simulated():
        blockers.append(Blocker("answer_simulated", {}, SOURCE))
    if blockers:
        raise NotAnswerable(blockers)
    result = score(due.instrument, answers)
    window = window_at(due.as_planned(), treated_at=first_treatment_at(course, at=at), at=at)
    answer = QuestionnaireAnswer.objects.create(
        due=due,
        answered_at=at,
        entered_at=at,
        entered_by=by,
        method=method,
        window=window,
        **_scored(answers, result),
    )
    QuestionnaireDraft.objects.filter(due=due).delete()
    record(
        "questionnaire.answered",
        by=by,
        at=at,
        chains=chains_of(course),
        facts={**_answer_facts(answer), "method": method, "window": window},
        sealed=_sealed(answers, result),
    )
    return answer


@action
def keep_draft(*, due: QuestionnaireDue, answers: Mapping[str, Answer], by: User, at: datetime) -> None:
    """Keep what the patient has chosen so far, so that they can go on later. It is no answer and no entry.

    Raises BadInput for what cannot be an answer, NotAnswerable once the questionnaire was answered.
    """
    authorize(by, *CARERS, Role.PATIENT, site=due.course.site, at=at)
    refuse_strangers(by, *CARERS, patient=due.course.patient, at=at)
    if problems := answer_problems(INSTRUMENTS[due.instrument], answers):
        raise BadInput(problems)
    if QuestionnaireAnswer.objects.filter(due=due).exists():
        raise NotAnswerable([Blocker("answered_already", {}, SOURCE)])
    QuestionnaireDraft.objects.update_or_create(due=due, defaults={"answers": dict(answers), "saved_at": at})


@action
def correct_answer(
    *, answer: QuestionnaireAnswer, answers: Mapping[str, Answer], reason: str, by: User, at: datetime
) -> QuestionnaireAnswer:
    """Put right what was entered wrongly, by a new answer that keeps when the old one was given.

    Raises BadInput with every fault of the answers, NotAnswerable without a reason or when it was corrected
    before.
    """
    due = answer.due
    course = course_to_change(due.course_id)
    authorize(by, *CARERS, site=course.site, at=at)
    blockers = []
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if QuestionnaireAnswer.objects.filter(corrects=answer).exists():
        blockers.append(Blocker("answer_corrected_already", {}, SOURCE))
    if at < answer.answered_at:
        blockers.append(Blocker("corrected_before_answered", {"answered_at": answer.answered_at}, SOURCE))
    if blockers:
        raise NotAnswerable(blockers)
    result = score(due.instrument, answers)
    correction = QuestionnaireAnswer.objects.create(
        due=due,
        corrects=answer,
        reason=reason,
        answered_at=answer.answered_at,
        entered_at=at,
        entered_by=by,
        method=answer.method,
        window=answer.window,
        **_scored(answers, result),
    )
    record(
        "questionnaire.corrected",
        by=by,
        at=at,
        chains=chains_of(course),
        facts={**_answer_facts(correction), "corrects": answer.id},
        sealed={**_sealed(answers, result), "reason": reason},
    )
    return correction


def _scored(answers: Mapping[str, Answer], result: Score) -> dict[str, object]:
    return {
        "answers": dict(answers),
        "score": result.value,
        "answered_count": result.answered,
        "missing": list(result.missing),
        "prorated": result.prorated,
    }


def _answer_facts(answer: QuestionnaireAnswer) -> dict[str, object]:
    due = answer.due
    return {
        "answer": answer.id,
        "due": due.id,
        "course": due.course_id,
        "instrument": due.instrument,
        "time": due.time_code,
    }


def _sealed(answers: Mapping[str, Answer], result: Score) -> dict[str, str]:
    """What the ledger vouches for without telling it."""
    value = "" if result.value is None else str(result.value)
    return {"answers": canonical(dict(answers)).decode(), "score": value}
