"""What the patient's own pages read: their record, their course, whom to call, who looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from stroma.clinic.access import Person
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import RoleAssignment, Site, User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.custody.models import Lot, Material
from stroma.follow_up.models import QuestionnaireDue
from stroma.patients.access import patients_of
from stroma.patients.models import Patient, PatientAccess
from stroma.planning.models import Visit
from stroma.processing.models import BatchStep
from stroma.web.my.page_words import page_words
from stroma.web.my.plain_words import whose_cells

SHOWN_LOOKS = 200
"""How many looks at a record one page lists; the count of all is said."""

ROLE_WORDS = {
    Role.COORDINATOR: _("coordinator"),
    Role.PHYSIATRIST: _("doctor"),
    Role.SURGEON: _("surgeon"),
    Role.NURSE: _("nurse"),
    Role.THERAPIST: _("therapist"),
    Role.TECHNOLOGIST: _("laboratory"),
    Role.QUALITY: _("quality control"),
    Role.ANALYST: _("statistics"),
    Role.ADMINISTRATOR: _("administrator"),
    Role.PATIENT: _("patient"),
}
"""The roles as a patient says them."""


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody opened a page about the patient."""

    name: str
    roles: tuple[str, ...]
    page: str
    seen_at: datetime


def my_patient(person: Person) -> Patient:
    """The record of whoever is signed in. Raises Http404 when the account belongs to no patient."""
    own = Patient.objects.filter(user=person.user, merged_into__isnull=True)
    patient = own.select_related("site").first()
    if patient is None:
        raise Http404("no record belongs to this account")
    return patient


def stands_round(patient: Patient, course: Course | None) -> dict[str, Any]:
    """What every page of a patient shows round its own matter: whose cells they are, if any, and whom to call."""
    return {
        "patient": patient,
        "course": course,
        "cells": whose_cells(protocol_of(course.protocol)) if course else "",
        "caller": whom_to_call((course or patient).site),
    }


def my_courses(patient: Patient) -> list[Course]:
    """The patient's courses, the one that matters now first: open ones, then the newest."""
    courses = Course.objects.filter(patient=patient).select_related("site", "protocol", "decision", "consent")
    return sorted(
        courses.defer("protocol__document"),
        key=lambda c: (c.state == Course.State.OPEN, c.opened_at),
        reverse=True,
    )


def my_course(patient: Patient, wanted: str = "") -> Course | None:
    """The course asked for, or the one that matters now; None before the first. Raises Http404 for another's."""
    courses = my_courses(patient)
    if not wanted:
        return courses[0] if courses else None
    found = next((course for course in courses if str(course.pk) == wanted), None)
    if found is None:
        raise Http404("no such treatment")
    return found


def whom_to_call(site: Site) -> User | None:
    """The person who looks after a patient's visits: the site's coordinator, else a nurse."""
    held = RoleAssignment.objects.filter(
        site=site, role__in=[Role.COORDINATOR, Role.NURSE], active_to__isnull=True, user__is_active=True
    )
    found = held.select_related("user").order_by("role", "active_from").first()
    return found.user if found else None


def my_visit(person: Person, visit_id: UUID) -> Visit:
    """One of the patient's own visits. Raises Http404 for another's."""
    visit = (
        Visit.objects.filter(pk=visit_id, course__patient__in=patients_of(person))
        .select_related("course__protocol", "site")
        .first()
    )
    if visit is None:
        raise Http404("no such visit")
    return visit


def visit_rows(course: Course) -> list[Visit]:
    """Every row of the course's visits in order of booking: what calendars count their changes by."""
    rows = Visit.objects.filter(course=course).select_related("site", "course__protocol")
    return list(rows.defer("course__protocol__document").order_by("booked_at", "starts_at"))


def laboratory_steps(course: Course) -> list[BatchStep]:
    """What the laboratory did with the cells of this course, in order of time."""
    steps = BatchStep.objects.filter(batch__lot__course=course).select_related("batch__lot")
    return list(steps.order_by("done_at", "position"))


def cells_left(course: Course) -> int:
    """How many containers with this patient's cells the clinic holds now."""
    return Material.objects.filter(lot__course=course, state="HELD").count()


def lot_numbers(course: Course) -> list[str]:
    """The donation numbers of the cells of this course, as on the labels."""
    return list(
        Lot.objects.filter(course=course).order_by("made_at").values_list("din", flat=True).distinct()
    )


def questionnaires(course: Course, ids: Sequence[UUID]) -> list[QuestionnaireDue]:
    """These questionnaires of the course, in order of their time."""
    return list(QuestionnaireDue.objects.filter(course=course, pk__in=ids))


def looks_at(patient: Patient) -> tuple[list[Look], int]:
    """Who looked at the record, the newest first, and how many looks there are in all."""
    rows = PatientAccess.objects.filter(patient=patient).select_related("user").order_by("-seen_at")
    shown = list(rows[:SHOWN_LOOKS])
    held = RoleAssignment.objects.filter(user__in={row.user_id for row in shown}, site=patient.site)
    assignments = list(held.order_by("role"))
    looks = [
        Look(
            row.user.name,
            tuple(
                str(ROLE_WORDS[Role(held.role)])
                for held in assignments
                if held.user_id == row.user_id
                and held.active_from <= row.seen_at
                and (held.active_to is None or held.active_to > row.seen_at)
            ),
            page_words(row.page),
            row.seen_at,
        )
        for row in shown
    ]
    return looks, rows.count()
