"""Reads about courses."""

from datetime import datetime
from typing import Any
from uuid import UUID

from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.ledger.domain.entry import ChainKey, course_chain, patient_chain
from stroma.patients.models import Patient
from stroma.patients.queries import records_merged_into


def next_course_number(site: Site, at: datetime) -> str:
    """The next number at this site in this year: ``C-26-0012``. Call with the site's row locked or in an action."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    prefix = f"C-{at:%y}-"
    newest = (
        Course.objects.filter(site=site, number__startswith=prefix)
        .order_by("number")
        .values_list("number", flat=True)
        .last()
    )
    return f"{prefix}{int(newest.removeprefix(prefix)) + 1 if newest else 1:04d}"


def move_courses(duplicate: Patient, survivor: Patient) -> None:
    """What a merge of patient records does to courses: they follow the surviving record."""
    Course.objects.filter(patient=duplicate).update(patient=survivor)


# --- What a dossier tells of a course ---------------------------------------------------------------------


def course_numbered(text: str) -> UUID | None:
    """The course with that number, when there is exactly one in this installation."""
    found = list(Course.objects.filter(number=text).values_list("id", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def chains_of_course(course_id: UUID) -> list[ChainKey]:
    """The course's own chain and its patient's, with those of records that were merged into the patient's."""
    course = Course.objects.filter(pk=course_id).select_related("patient").first()
    if course is None:
        return []
    records = [course.patient, *records_merged_into(course.patient)]
    return [course_chain(course.id), *(patient_chain(record.id) for record in records)]


def course_section(course_id: UUID) -> dict[str, Any] | None:
    """Which course this is and what it ended in."""
    course = Course.objects.filter(pk=course_id).select_related("site", "authorization").first()
    if course is None:
        return None
    return {
        "course": course.id,
        "number": course.number,
        "site": course.site.name,
        "state": course.state,
        "opened_at": course.opened_at,
        "ended_at": course.ended_at,
        "authorization": course.authorization.reference if course.authorization else None,
    }


def protocol_section(course_id: UUID) -> dict[str, Any] | None:
    """The protocol document the course is bound to, to the letter."""
    course = Course.objects.filter(pk=course_id).select_related("protocol").first()
    if course is None:
        return None
    adopted = course.protocol
    return {
        "id": adopted.protocol_id,
        "version": adopted.version,
        "digest": adopted.digest,
        "document": adopted.document,
    }


def candidacy_section(course_id: UUID) -> dict[str, Any] | None:
    """What was asked and answered, where each answer came from (assumed ones say so), and the reasons found."""
    course = Course.objects.filter(pk=course_id).select_related("decision__assessment").first()
    if course is None:
        return None
    assessment = course.decision.assessment
    return {
        "assessment": assessment.id,
        "salt": assessment.salt,
        "answers": [{**answer, "value": str(answer["value"])} for answer in assessment.answers],
        "red_flags": assessment.red_flags,
        "blockers": [
            {"code": blocker["code"], "weight": blocker["weight"], "source": blocker["source"]}
            for blocker in assessment.blockers
        ],
        "outcome": course.decision.outcome,
        "overrides": course.decision.overrides,
    }
