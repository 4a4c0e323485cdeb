"""Seeing a course: a look at a patient's course is a look at the patient."""

from datetime import datetime
from uuid import UUID

from django.http import Http404

from stroma.clinic.access import Person
from stroma.courses.models import Course
from stroma.patients.access import patient_seen_by


def course_seen_by(person: Person, course_id: UUID, *, page: str, at: datetime) -> Course:
    """The course, after noting who looked. Raises Http404 for one of another site or of nobody the person may see."""
    course = (
        Course.objects.filter(pk=course_id).select_related("site", "protocol", "consent", "patient").first()
    )
    if course is None:
        raise Http404("no such course")
    course.patient = patient_seen_by(person, course.patient_id, page=page, at=at)
    return course
