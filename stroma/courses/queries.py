"""Reads about courses."""

from datetime import datetime

from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.patients.models import Patient


def next_course_number(site: Site, at: datetime) -> str:
    """The next number at this site in this year: ``C-26-0012``. Call with the site's row locked or in an action."""
    Site.objects.select_for_update().get(pk=site.pk)
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
