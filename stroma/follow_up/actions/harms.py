"""What went wrong: problems a patient tells of, adverse events, and what was done about them."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import CARERS, Role
from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.courses.queries import chains_of, course_to_change
from stroma.follow_up.domain import adverse_events
from stroma.follow_up.domain.plan import SOURCE
from stroma.follow_up.domain.warning_signs import SIGN_CODES
from stroma.follow_up.models import AdverseEvent, Intervention, ProblemReport
from stroma.ledger.domain.entry import patient_chain, site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.patients.authority import refuse_strangers
from stroma.patients.models import Patient
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.problem import BadInput, Problem


class NotReportable(Refused):
    """The report cannot be kept as it is."""


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
    chains = chains_of(course) if course else [patient_chain(patient.id), site_chain(patient.site_id)]
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
        chains=chains_of(course),
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
        chains=chains_of(course),
        facts={
            "intervention": intervention.id,
            "course": course.id,
            "kind": kind,
            "happened_at": happened_at,
        },
        sealed={"note": note},
    )
    return intervention
