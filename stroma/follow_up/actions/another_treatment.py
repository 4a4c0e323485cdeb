"""Deciding on another treatment by the protocol's rule."""

from collections.abc import Mapping
from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.courses.queries import NOT_OPEN, chains_of, course_to_change
from stroma.follow_up.domain.another_treatment import another_treatment_blockers
from stroma.follow_up.domain.plan import SOURCE
from stroma.follow_up.models import AnotherTreatmentDecision
from stroma.follow_up.queries import another_treatment_facts, treatments_given
from stroma.ledger.record import record
from stroma.ledger.transaction import Recorded, action
from stroma.protocols.domain.blocker import Blocker, Refused, stopping


class NotAnotherTreatment(Recorded, Refused):
    """The protocol's rule gives no further treatment now. That it was asked, and why not, stays on record."""


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
        chains=chains_of(course),
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
