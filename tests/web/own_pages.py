"""A patient with an account, signed in, at a time that the test chooses."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.follow_up.actions import plan_follow_up
from stroma.patients.actions import attest_account, give_account
from stroma.patients.domain.attesting import DocumentSeen
from stroma.patients.models import Patient
from stroma.simulation.clinic import SimulatedClinic
from tests.treated_courses import START, a_course, care_for

PASSWORD = "a long enough password"
TREATED = START + timedelta(days=10)
TWO_WEEKS = TREATED + timedelta(days=14)


def set_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Make it ``at`` for every page."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)


def an_account(
    clinic: SimulatedClinic, patient: Patient, username: str = "ana", *, at: datetime = START
) -> User:
    """The patient's account, with a password to sign with, confirmed by a second person."""
    account = give_account(
        patient=patient,
        username=username,
        email=f"{username}@example.org",
        password=PASSWORD,
        by=clinic.person("coordinator"),
        at=at,
    )
    patient.refresh_from_db()
    attest_account(patient=patient, document=DocumentSeen.PASSPORT, by=clinic.person("nurse"), at=at)
    return account


def signed_in(user: User) -> Client:
    """A browser in which ``user`` is signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_treated_course(clinic: SimulatedClinic) -> Course:
    """Physical therapy, begun at TREATED, followed from before it."""
    course = a_course(clinic, "physical-therapy")
    plan_follow_up(course=course, by=clinic.person("nurse"), at=course.opened_at)
    care_for(clinic, course, at=TREATED)
    plan_follow_up(course=course, by=clinic.person("nurse"), at=TREATED)
    return course
