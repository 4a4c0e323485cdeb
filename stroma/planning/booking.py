"""Keeping a planned chain: its visits and what they hold, and the one entry that tells of it.

Actions that book call these in the middle of their transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction

from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.courses.queries import chains_of
from stroma.ledger.record import record
from stroma.planning.domain.asking import Ask
from stroma.planning.domain.board import needs_of
from stroma.planning.domain.chain import ChainPlan
from stroma.planning.freeing import facts_of, kept_facts
from stroma.planning.keeping import is_overtaken, reservation_of, reservation_of_hold, reserve
from stroma.planning.left_in_place import goes_on
from stroma.planning.models import Resource, Visit


def patient_resource(course: Course) -> Resource:
    """The patient of a course as somebody a visit takes."""
    patient, _ = Resource.objects.get_or_create(
        patient=course.patient, defaults={"site": course.site, "name": course.patient.record_number}
    )
    return patient


def keep_chain(course: Course, plan: ChainPlan, ask: Ask, *, at: datetime) -> list[Visit]:
    """Keep every visit of a plan with what it takes; nothing, and an empty list, where a rival was faster."""
    try:
        # A savepoint: only what the rival overtook is undone.
        with transaction.atomic():
            return _rows(course, plan, ask, at)
    except (IntegrityError, OperationalError) as error:
        if not is_overtaken(error):
            raise
    return []


def _rows(course: Course, plan: ChainPlan, ask: Ask, at: datetime) -> list[Visit]:
    earlier = list(course.visits.values_list("code", flat=True))
    needs = {visit.code: needs_of(visit) for visit in ask.visits}
    things = {resource.id: resource for resource in ask.resources}
    visits = Visit.objects.bulk_create(
        Visit(
            site=course.site,
            course=course,
            code=planned.code,
            attempt=1 + earlier.count(planned.code),
            starts_at=planned.starts_at,
            ends_at=planned.ends_at,
            booked_at=at,
        )
        for planned in plan.visits
    )
    rows = {visit.code: visit for visit in visits}
    goes_on(course, [hold.code for hold in plan.holds if hold.begins not in rows])
    reserve(
        [
            *(
                reservation_of(visit, things[resource], kind)
                for visit, planned in zip(visits, plan.visits, strict=True)
                for resource, kind in zip(planned.resources, needs[planned.code], strict=True)
            ),
            *(reservation_of_hold(rows[hold.ends], hold) for hold in plan.holds),
        ]
    )
    return visits


def record_booking(
    course: Course,
    visits: Sequence[Visit],
    plan: ChainPlan,
    overtime: Sequence[str],
    reason: str,
    *,
    by: User,
    at: datetime,
) -> None:
    """Write the one entry of a booking, in the chains of course, patient and site."""
    booked = [
        {**facts_of(visit), "resources": list(planned.resources), **kept_facts(plan.holds, visit)}
        for visit, planned in zip(visits, plan.visits, strict=True)
    ]
    facts: dict[str, object] = {"course": course.id, "visits": booked}
    sealed = {}
    if overtime:
        facts["overtime"] = list(overtime)
        sealed["reason"] = reason.strip()
    record("visits.booked", by=by, at=at, chains=chains_of(course), facts=facts, sealed=sealed)
