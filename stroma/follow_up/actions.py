"""Planning the follow-up, answering, correcting, reporting what went wrong, deciding on another treatment."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import CARERS, Role
from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.courses.queries import course_to_change
from stroma.follow_up.domain import adverse_events
from stroma.follow_up.domain.another_treatment import another_treatment_blockers
from stroma.follow_up.domain.instruments import INSTRUMENTS
from stroma.follow_up.domain.plan import BASELINE, window_at
from stroma.follow_up.domain.scoring import Answer, Score, answer_problems, score
from stroma.follow_up.domain.warning_signs import SIGN_CODES
from stroma.follow_up.models import (
    AdverseEvent,
    AnotherTreatmentDecision,
    Intervention,
    ProblemReport,
    QuestionnaireAnswer,
    QuestionnaireDraft,
    QuestionnaireDue,
)
from stroma.follow_up.queries import (
    another_treatment_facts,
    first_treatment_at,
    questionnaires_to_plan,
    treatments_given,
)
from stroma.ledger.domain.canonical import canonical
from stroma.ledger.domain.entry import ChainKey, course_chain, patient_chain, site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import is_simulated, record
from stroma.ledger.transaction import Recorded, action
from stroma.patients.authority import refuse_strangers
from stroma.patients.models import Patient
from stroma.protocols.domain.blocker import Blocker, Refused, stopping
from stroma.protocols.domain.problem import BadInput, Problem

SOURCE = "Stroma follow-up"
NOT_OPEN = Blocker("course_not_open", {}, "Stroma courses")

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


class NotReportable(Refused):
    """The report cannot be kept as it is."""


class NotAnotherTreatment(Recorded, Refused):
    """The protocol's rule gives no further treatment now. That it was asked, and why not, stays on record."""


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
        chains=_chains(course),
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
        chains=_chains(course),
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
def report_problem(
    *, patient: Patient, course: Course | None, words: str, signs: Collection[str], by: User, at: datetime
) -> ProblemReport:
    """The patient, or a carer for them, says that something is wrong; a nurse takes it up.

    Raises BadInput when nothing was said, or a sign is not known. What the signs mean is answered by
    ``warning_blockers``, before anybody has read this.
    """
    authorize(by, *CARERS, Role.PATIENT, site=patient.site, at=at)
    refuse_strangers(by, *CARERS, patient=patient, at=at)
    problems = [Problem("sign_unknown", _("no such sign"), place="signs")] if set(signs) - SIGN_CODES else []
    if not words.strip() and not signs:
        problems.append(Problem("nothing_said", _("say what is wrong, or tick what is there"), place="words"))
    if problems:
        raise BadInput(problems)
    report = ProblemReport.objects.create(
        patient=patient, course=course, words=words, signs=sorted(signs), reported_by=by, reported_at=at
    )
    chains = _chains(course) if course else [patient_chain(patient.id), site_chain(patient.site_id)]
    facts = {"report": report.id, "patient": patient.id, "course": course.id if course else None}
    record("problem.reported", by=by, at=at, chains=chains, facts=facts, sealed={"words": words})
    return report


@action
def take_up_problem(*, report: ProblemReport, by: User, at: datetime) -> ProblemReport:
    """A carer takes care of what a patient reported. Raises NotReportable when somebody has."""
    authorize(by, *CARERS, site=report.patient.site, at=at)
    report = rows_to_change(ProblemReport.objects).get(pk=report.pk)
    if report.taken_up_at is not None:
        raise NotReportable([Blocker("problem_taken_up_already", {}, SOURCE)])
    report.taken_up_by, report.taken_up_at = by, at
    report.save(update_fields=["taken_up_by", "taken_up_at"])
    chains = [patient_chain(report.patient_id), site_chain(report.patient.site_id)]
    record("problem.taken_up", by=by, at=at, chains=chains, facts={"report": report.id})
    return report


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
        chains=_chains(course),
        facts={**_answer_facts(correction), "corrects": answer.id},
        sealed={**_sealed(answers, result), "reason": reason},
    )
    return correction


@action
def report_adverse_event(
    *,
    course: Course,
    event: adverse_events.AdverseEvent,
    verbatim: str,
    outcome: AdverseEvent.Outcome,
    action_taken: str = "",
    code_system: str = "",
    code: str = "",
    follows: AdverseEvent | None = None,
    by: User,
    at: datetime,
) -> AdverseEvent:
    """Report what went wrong, also after the course has ended. ``at`` is when the site learned of it.

    The duty to tell an authority is kept with its last day. A later report on the same event (``follows``)
    never moves that day back. Raises BadInput with every fault, NotReportable when ``follows`` is not the
    newest report.
    """
    course = course_to_change(course.id)
    authorize(by, Role.PHYSIATRIST, Role.SURGEON, Role.NURSE, site=course.site, at=at)
    is_fatal = outcome == AdverseEvent.Outcome.FATAL
    if problems := adverse_events.report_problems(event, verbatim, is_fatal, code_system, code, at=at):
        raise BadInput(problems)
    if follows and (follows.course_id != course.id or AdverseEvent.objects.filter(follows=follows).exists()):
        raise NotReportable([Blocker("not_the_newest_report", {}, SOURCE)])
    duty = adverse_events.reporting_deadline(event, protocol_of(course.protocol).legal.basis)
    due_at = duty.due_at(at) if duty else None
    if due_at and follows and follows.duty_due_at:
        due_at = min(due_at, follows.duty_due_at)
    report = AdverseEvent.objects.create(
        course=course,
        follows=follows,
        verbatim=verbatim,
        code_system=code_system,
        code=code,
        ctcae_grade=event.ctcae_grade,
        seriousness=sorted(criterion.value for criterion in event.seriousness),
        is_serious=event.is_serious,
        related_to=event.related_to,
        relation=event.relation,
        is_expected=event.is_expected,
        communicable_disease_suspected=event.communicable_disease_suspected,
        onset_at=event.onset_at,
        ended_at=event.ended_at,
        action_taken=action_taken,
        outcome=outcome,
        duty_days=duty.days if duty else None,
        duty_due_at=due_at,
        duty_source=duty.source if duty else "",
        reported_by=by,
        reported_at=at,
    )
    record(
        "adverse_event.reported",
        by=by,
        at=at,
        chains=_chains(course),
        facts={
            "adverse_event": report.id,
            "course": course.id,
            "follows": follows.id if follows else None,
            "code": {"system": code_system, "code": code} if code else None,
            "ctcae_grade": report.ctcae_grade,
            "seriousness": report.seriousness,
            "related_to": report.related_to,
            "relation": report.relation,
            "is_expected": report.is_expected,
            "onset_at": report.onset_at,
            "ended_at": report.ended_at,
            "outcome": outcome,
            "duty": {"days": duty.days, "due_at": due_at, "source": duty.source} if duty else None,
        },
        sealed={"verbatim": verbatim, "action_taken": action_taken},
    )
    return report


@action
def record_intervention(
    *, course: Course, kind: Intervention.Kind, happened_at: datetime, note: str = "", by: User, at: datetime
) -> Intervention:
    """Write down a further treatment of the same back, here or elsewhere, also after the course has ended.

    Raises BadInput when it lies in the future, NotReportable when it was written down before.
    """
    course = course_to_change(course.id)
    authorize(by, *CARERS, site=course.site, at=at)
    if happened_at.tzinfo is None or happened_at > at:
        message = "must be a time with its zone, not in the future"
        raise BadInput([Problem("intervention_in_the_future", message, place="happened_at")])
    if Intervention.objects.filter(course=course, kind=kind, happened_at=happened_at).exists():
        raise NotReportable([Blocker("intervention_recorded_already", {}, SOURCE)])
    intervention = Intervention.objects.create(
        course=course, kind=kind, happened_at=happened_at, note=note, recorded_by=by, recorded_at=at
    )
    record(
        "intervention.recorded",
        by=by,
        at=at,
        chains=_chains(course),
        facts={
            "intervention": intervention.id,
            "course": course.id,
            "kind": kind,
            "happened_at": happened_at,
        },
        sealed={"note": note},
    )
    return intervention


@action
def decide_another_treatment(
    *,
    course: Course,
    treatment_number: int,
    overrides: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
) -> AnotherTreatmentDecision:
    """Decide whether treatment ``treatment_number`` of a course may be given, by the protocol's rule.

    ``overrides`` gives, for each overridable reason set aside, why. Raises NotAnotherTreatment with every
    reason; the decision against it is kept. Whether the patient is still a candidate is asked anew by
    candidacy.
    """
    course = course_to_change(course.id)
    authorize(by, Role.PHYSIATRIST, Role.SURGEON, site=course.site, at=at)
    next_number = max(treatments_given(course, at=at), default=0) + 1
    decided = AnotherTreatmentDecision.objects.filter(
        course=course,
        treatment_number=treatment_number,
        outcome=AnotherTreatmentDecision.Outcome.MAY_BE_GIVEN,
    )
    blockers = []
    if course.state != Course.State.OPEN:
        blockers.append(NOT_OPEN)
    if treatment_number != next_number or next_number == 1:
        values = {"asked": treatment_number, "next": next_number}
        blockers.append(Blocker("treatment_out_of_turn", values, SOURCE))
    if decided.exists():
        blockers.append(Blocker("another_treatment_decided", {"asked": treatment_number}, SOURCE))
    if blockers:  # nothing was asked of the rule, so nothing is kept
        raise NotAnotherTreatment(blockers)
    reasons = another_treatment_blockers(
        protocol_of(course.protocol).another_treatment, another_treatment_facts(course, at=at), at=at
    )
    lifted = {code: reason for code, reason in (overrides or {}).items() if reason.strip()}
    in_the_way = stopping(reasons, overridden=lifted)
    outcomes = AnotherTreatmentDecision.Outcome
    decision = AnotherTreatmentDecision.objects.create(
        course=course,
        treatment_number=treatment_number,
        outcome=outcomes.NOT_NOW if in_the_way else outcomes.MAY_BE_GIVEN,
        reasons=[
            {"code": b.code, "values": dict(b.values), "source": b.source, "weight": b.weight}
            for b in reasons
        ],
        overrides=lifted,
        decided_by=by,
        decided_at=at,
    )
    record(
        "another_treatment.decided",
        by=by,
        at=at,
        chains=_chains(course),
        facts={
            "decision": decision.id,
            "course": course.id,
            "treatment": treatment_number,
            "outcome": decision.outcome,
            "reasons": [{"code": b.code, "weight": b.weight, "source": b.source} for b in reasons],
            "overridden": sorted(lifted),
        },
        sealed={f"override_{code}": reason for code, reason in lifted.items()},
    )
    if in_the_way:
        raise NotAnotherTreatment(in_the_way)
    return decision


def _chains(course: Course) -> list[ChainKey]:
    return [course_chain(course.id), patient_chain(course.patient_id), site_chain(course.site_id)]


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
