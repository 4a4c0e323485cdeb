"""A patient's pages show their own record, and say the one thing to do next."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from stroma.courses.models import Course
from stroma.patients.models import PatientAccess
from stroma.planning.models import Visit
from stroma.simulation.clinic import SimulatedClinic
from stroma.web.my.pain_chart import PainPoint, pain_answer, pain_csv, pain_svg
from stroma.web.my.queries import looks_at
from tests.treated_courses import START, a_clinic, a_course, a_patient, an_open_course
from tests.web.own_pages import TREATED, TWO_WEEKS, a_treated_course, an_account, set_clock, signed_in

pytestmark = pytest.mark.django_db

PAGES = ["my_home", "my_visits", "my_visits_file", "my_cells", "my_questions", "my_pain", "my_pain_file"]
PAGES += ["my_who_looked", "my_problem"]


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


@pytest.fixture
def course(clinic: SimulatedClinic, monkeypatch: pytest.MonkeyPatch) -> Course:
    set_clock(monkeypatch, TWO_WEEKS)
    return a_treated_course(clinic)


@pytest.fixture
def own(clinic: SimulatedClinic, course: Course) -> Client:
    return signed_in(an_account(clinic, course.patient, at=TREATED))


def visit(
    course: Course, code: str, starts_at: datetime, state: str = "BOOKED", booked_at: datetime = START
) -> Visit:
    return Visit.objects.create(
        site=course.site,
        course=course,
        code=code,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        state=state,
        booked_at=booked_at,
    )


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_for_the_patient(own: Client, name: str) -> None:
    assert own.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_before_the_first_course(clinic: SimulatedClinic, name: str) -> None:
    client = signed_in(an_account(clinic, a_patient(clinic)))
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_no_page_opens_for_staff_or_a_stranger(clinic: SimulatedClinic, name: str) -> None:
    assert signed_in(clinic.person("physiatrist")).get(reverse(name)).status_code == 403
    assert Client().get(reverse(name)).status_code == 302


def test_another_patients_course_is_not_found(clinic: SimulatedClinic, course: Course, own: Client) -> None:
    other = a_course(clinic, "physical-therapy", at=TREATED + timedelta(days=1))
    assert own.get(reverse("my_home"), {"course": str(course.pk)}).status_code == 200
    assert own.get(reverse("my_home"), {"course": str(other.pk)}).status_code == 404
    assert own.get(reverse("my_consent", args=[other.pk])).status_code == 404
    assert own.get(reverse("my_withdraw", args=[other.pk])).status_code == 404


def test_the_patients_own_looks_are_not_noted(own: Client) -> None:
    for name in PAGES:
        own.get(reverse(name))
    assert not PatientAccess.objects.exists()


def kind_of_next_step(client: Client) -> str:
    return str(client.get(reverse("my_home")).context["kind"])


def test_questions_that_wait_come_before_a_visit_far_off(course: Course, own: Client) -> None:
    visit(course, "visit_1_month", TWO_WEEKS + timedelta(days=10))
    assert kind_of_next_step(own) == "answer"


def test_a_visit_tomorrow_comes_before_questions(course: Course, own: Client) -> None:
    visit(course, "visit_1_month", TWO_WEEKS + timedelta(hours=20))
    assert kind_of_next_step(own) == "come"


def test_the_consent_is_thought_over_before_it_can_be_signed(
    clinic: SimulatedClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = an_open_course(clinic, "disc-marrow-concentrate")
    client = signed_in(an_account(clinic, course.patient))
    set_clock(monkeypatch, START + timedelta(hours=1))
    assert kind_of_next_step(client) == "think_it_over"
    set_clock(monkeypatch, START + timedelta(days=4))
    assert kind_of_next_step(client) == "read_the_consent"


def test_the_calendar_tells_when_and_where_and_not_why(course: Course, own: Client) -> None:
    visit(course, "visit_1_month", TWO_WEEKS + timedelta(days=10))
    text = own.get(reverse("my_visits_file")).content.decode()
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert (str(event["summary"]), str(event["location"])) == ("Appointment", course.site.address)
    assert event["dtstart"].dt == TWO_WEEKS + timedelta(days=10)
    assert sorted(event) == [
        "CLASS", "DTEND", "DTSTAMP", "DTSTART", "LOCATION", "SEQUENCE", "STATUS", "SUMMARY", "UID"
    ]  # fmt: skip
    for telling in (course.number, "pain", "month", "therapy", course.patient.family_name):
        assert telling not in text


def test_an_appointment_that_moves_keeps_its_uid_and_counts_up(course: Course, own: Client) -> None:
    def events() -> list[tuple[str, int, str]]:
        found = Calendar.from_ical(own.get(reverse("my_visits_file")).content).walk("VEVENT")
        return [(str(e["uid"]), int(e["sequence"]), str(e["status"])) for e in found]

    first = visit(course, "visit_1_month", TWO_WEEKS + timedelta(days=10))
    uid = events()[0][0]
    assert events() == [(uid, 0, "CONFIRMED")]
    first.state = Visit.State.CANCELLED
    first.save()
    assert events() == [(uid, 1, "CANCELLED")]
    visit(course, "visit_1_month", TWO_WEEKS + timedelta(days=12), booked_at=TWO_WEEKS)
    assert events() == [(uid, 2, "CONFIRMED")]


def test_who_looked_is_told_with_the_part_they_play(
    clinic: SimulatedClinic, course: Course, own: Client
) -> None:
    nurse = clinic.person("nurse")
    PatientAccess.objects.create(patient=course.patient, user=nurse, page="course", seen_at=TREATED)
    (look,), count = looks_at(course.patient)
    assert (look.name, look.roles, look.page, count) == (nurse.name, ("nurse",), "your treatment", 1)
    assert nurse.name in own.get(reverse("my_who_looked")).content.decode()


def test_more_looks_take_no_more_queries(clinic: SimulatedClinic, course: Course, own: Client) -> None:
    counts = []
    for who in ("nurse", "physiatrist", "coordinator"):
        user = clinic.person(who)
        PatientAccess.objects.create(patient=course.patient, user=user, page="course", seen_at=TREATED)
        with CaptureQueriesContext(connection) as queries:
            own.get(reverse("my_who_looked"))
        counts.append(len(queries))
    assert counts == [counts[0]] * 3


def test_pain_is_told_in_numbers_and_what_was_not_answered_is_missing() -> None:
    points = [
        PainPoint("before treatment", START, 7),  # type: ignore[arg-type]  # a whole number is a Decimal to a chart
        PainPoint("2 weeks", START + timedelta(days=14), None),
        PainPoint("3 months", START + timedelta(days=91), 4),  # type: ignore[arg-type]  # likewise
    ]
    assert pain_answer(points) == "Your back pain went from 7 to 4 of 10 in 3 months"
    drawing = pain_svg(points, treated_at=START + timedelta(days=1))
    assert (drawing.count("<circle"), drawing.count("chart-missing")) == (3, 1)
    rows = pain_csv(points, START.tzinfo).splitlines()  # type: ignore[arg-type]  # START has a zone
    assert rows[1:] == ["before treatment,2026-01-05,7", "2 weeks,2026-01-19,", "3 months,2026-04-06,4"]
