"""A bad final result after release: each thing done about it, the notices, and the end when nothing was forgotten."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.custody.containers import chains_of
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.release.domain import late_positive as rules
from stroma.release.late_queries import done_of, recipients_of, tasks_of
from stroma.release.models import LatePositive, LatePositiveClosure, LatePositiveStep


class LateRefused(Refused):
    """The step is not asked for, is done already, or the case cannot be closed yet."""


@action
def do_late_step(
    *, case: LatePositive, code: str, course: Course | None = None, words: str, by: User, at: datetime
) -> LatePositiveStep:
    """Record one thing that was done; of a notice, the text as it was sent or read out.

    ``course`` must be one that was given something of the lot: another site may have one of the same number.
    """
    authorize(by, Role.QUALITY, Role.PHYSIATRIST, site=case.lot.site, at=at)
    case = rows_to_change(LatePositive.objects).get(pk=case.pk)
    recipient = course.number if course else ""
    refused = []
    if LatePositiveClosure.objects.filter(case=case).exists():
        refused.append(Blocker("late_positive_closed", {}, rules.SOURCE))
    asked = {(task.code, task.recipient) for task in tasks_of(case)}
    if (code, recipient) not in asked or (course and course not in recipients_of(case)):
        refused.append(Blocker("late_step_not_asked", {"task": code}, rules.SOURCE))
    elif (code, recipient) in done_of(case):
        refused.append(Blocker("late_step_done_already", {"task": code}, rules.SOURCE))
    if not words.strip():
        refused.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if refused:
        raise LateRefused(refused)
    step = LatePositiveStep.objects.create(
        case=case, code=code, course=course, words=words, done_by=by, done_at=at
    )
    record(
        "late_positive.step",
        by=by,
        at=at,
        chains=chains_of(case.lot),
        facts={
            "lot": case.lot_id,
            "case": case.id,
            "task": code,
            "course": course.id if course else None,
        },
        sealed={"words": words},
    )
    return step


@action
def close_late_positive(*, case: LatePositive, words: str, by: User, at: datetime) -> LatePositiveClosure:
    """Close the case when everything is done for everybody."""
    authorize(by, Role.QUALITY, site=case.lot.site, at=at)
    case = rows_to_change(LatePositive.objects).get(pk=case.pk)
    refused = rules.closing_blockers(tasks_of(case), done_of(case))
    if LatePositiveClosure.objects.filter(case=case).exists():
        refused.append(Blocker("late_positive_closed", {}, rules.SOURCE))
    if not words.strip():
        refused.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if refused:
        raise LateRefused(refused)
    closure = LatePositiveClosure.objects.create(case=case, words=words, closed_by=by, closed_at=at)
    facts = {"lot": case.lot_id, "case": case.id}
    record(
        "late_positive.closed",
        by=by,
        at=at,
        chains=chains_of(case.lot),
        facts=facts,
        sealed={"words": words},
    )
    return closure
