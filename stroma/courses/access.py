"""Seeing a course: it is part of its patient's record, so whoever opens it is noted there."""

from datetime import datetime
from uuid import UUID

from django.http import Http404

from stroma.clinic.access import Person
from stroma.courses.models import Course
from stroma.patients.access import patient_seen_by


def course_seen_by(person: Person, course_id: UUID, *, page: str, at: datetime) -> Course:
    """The course, after noting who looked. Raises Http404 for a course of a patient who is not theirs."""
    course = (
        Course.objects.filter(pk=course_id)
        .select_related("site", "patient", "protocol", "decision__assessment", "consent", "authorization")
        .defer("protocol__document")
        .first()
    )
    if course is None:
        raise Http404("no such course")
    patient_seen_by(person, course.patient_id, page=page, at=at)
    return course
