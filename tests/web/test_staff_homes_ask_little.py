"""Each home of the staff sends as many statements for three patients as for one, and shows a page at a time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.follow_up.models import QuestionnaireDue
from stroma.ledger.record import present
from stroma.planning.models import Visit
from stroma.web import desk_queries
from tests.factories import NOW, a_site, a_user, an_open_course

pytestmark = pytest.mark.django_db

HOMES = {
    "coordinator_home": Role.COORDINATOR,
    "physiatrist_home": Role.PHYSIATRIST,
    "nurse_home": Role.NURSE,
    "bench_home": Role.TECHNOLOGIST,
    "quality_home": Role.QUALITY,
    "registry_home": Role.ANALYST,
}


def a_course_to_call(site: Site, *, opened_days_ago: int = 30, is_missed: bool = True) -> Course:
    """A course with a visit that nobody closed, and with a questionnaire that was missed or is open."""
    course = an_open_course(site)
    at = present()
    Course.objects.filter(pk=course.pk).update(opened_at=at - timedelta(days=opened_days_ago))
    QuestionnaireDue.objects.create(
        course=course,
        instrument="NRS_BACK",
        time_code="1_month",
        treated_at=at - timedelta(days=20),
        opens_at=at - timedelta(days=10),
        due_at=at - timedelta(days=5),
        closes_at=at - timedelta(days=1) if is_missed else at + timedelta(days=5),
    )
    return course


def with_a_visit_left_open(course: Course) -> Course:
    """The same course with a visit of last week that nobody closed."""
    at = present()
    Visit.objects.create(
        site=course.site,
        course=course,
        code="collection",
        starts_at=at - timedelta(days=7),
        ends_at=at - timedelta(days=7) + timedelta(hours=1),
        booked_at=NOW,
    )
    return course


def statements(client: Client, home: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(reverse(home)).status_code == 200
    return len(captured)


@pytest.mark.parametrize("home", HOMES)
def test_a_home_asks_as_little_for_four_rows_as_for_two(home: str) -> None:
    site = a_site()
    client = Client()
    client.force_login(a_user(site, HOMES[home]), backend="django.contrib.auth.backends.ModelBackend")
    with_a_visit_left_open(a_course_to_call(site))
    statements(client, home)  # what is read once
    with_a_visit_left_open(a_course_to_call(site))
    two = statements(client, home)
    for _ in range(2):
        with_a_visit_left_open(a_course_to_call(site))
    assert statements(client, home) == two


def test_the_board_has_late_courses_first_over_all_its_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_queries, "HOME_LINES", 2)
    site = a_site()
    late = with_a_visit_left_open(an_open_course(site))
    others = [an_open_course(site) for _ in range(4)]
    pages = [desk_queries.board_rows(site, at=present(), page=number) for number in (1, 2, 3)]
    shown = [row.href for page in pages for row in page.rows]
    assert shown[0] == reverse("patient_page", args=[late.patient_id])
    assert sorted(shown) == sorted(
        reverse("patient_page", args=[course.patient_id]) for course in (late, *others)
    )
    assert [page.has_more for page in pages] == [True, True, False]


def test_the_calls_have_missed_questionnaires_first_over_all_their_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk_queries, "HOME_LINES", 2)
    site = a_site()
    opened = [a_course_to_call(site, opened_days_ago=90 - n, is_missed=False) for n in range(2)]
    missed = [a_course_to_call(site, opened_days_ago=30 - n) for n in range(3)]
    an_open_course(site)  # nobody is to be called about this one
    pages = [desk_queries.calls(site, at=present(), page=number) for number in (1, 2, 3)]
    assert [row.course.pk for page in pages for row in page.rows if row.is_late] == [c.pk for c in missed]
    assert [row.course.pk for page in pages for row in page.rows if not row.is_late] == [c.pk for c in opened]
    assert [len(page.rows) for page in pages] == [2, 2, 1]


@pytest.mark.parametrize("asked", ["0", "-1", "x", "²", "9" * 30])
def test_a_page_that_is_no_number_is_the_first(asked: str) -> None:
    site = a_site()
    course = an_open_course(site)
    client = Client()
    client.force_login(a_user(site, Role.COORDINATOR), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("coordinator_home"), {"board": asked})
    assert [row.href for row in answer.context["board"].rows] == [
        reverse("patient_page", args=[course.patient_id])
    ]
