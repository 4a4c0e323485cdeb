"""``stroma verify`` asks of the whole table what the guard asks of each row as it comes."""

from datetime import timedelta

import pytest
from django.db import connection

from stroma.clinic.domain.roles import Role
from stroma.ledger.verification import verify
from stroma.planning.actions import add_resource
from stroma.planning.models import Reservation, Visit
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.rivals import drop_the_guard

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def found() -> list[str]:
    [check] = [one for one in verify() if one.check == "bookings"]
    return [finding.message for finding in check.findings]


def test_a_long_booking_with_a_short_one_inside_is_found_and_one_right_after_another_is_not() -> None:
    site = a_site()
    by = a_user(site, Role.COORDINATOR)
    resource = add_resource(site=site, kind="c_arm", name="C-arm", by=by, at=NOW)
    visit = Visit.objects.create(
        site=site,
        course=an_open_course(site),
        code="screening",
        starts_at=NOW,
        ends_at=NOW + HOUR,
        booked_at=NOW,
    )

    def book(begins: int, ends: int, *, is_live: bool = True) -> Reservation:
        return Reservation.objects.create(
            visit=visit,
            resource=resource,
            starts_at=NOW + begins * HOUR,
            ends_at=NOW + ends * HOUR,
            is_live=is_live,
        )

    book(0, 4)
    book(4, 5)
    book(1, 2, is_live=False)
    assert found() == []
    connection.check_constraints()  # nothing may wait for the commit when PostgreSQL's table is altered
    drop_the_guard()
    twice = [book(1, 2), book(3, 4)]
    assert found() == [
        f"resource {resource.pk} is booked twice: reservation {one.pk} begins before another one ends"
        for one in twice
    ]
