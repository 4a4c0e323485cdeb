"""Reads about collections: the patient as donor, and what was collected under a course."""

from stroma.collection.models import Collection
from stroma.courses.models import Course
from stroma.custody.models import Donor


def own_donor(course: Course) -> Donor | None:
    """The patient of a course as donor of their own cells, where they were written down as one."""
    return Donor.objects.filter(
        site=course.site, relation=Donor.Relation.AUTOLOGOUS, patient=course.patient
    ).first()


def collections_of(course: Course) -> list[Collection]:
    """What was collected under a course, the last one last."""
    return list(
        Collection.objects.filter(lot__course=course)
        .select_related("lot", "collected_by")
        .order_by("collected_at")
    )
