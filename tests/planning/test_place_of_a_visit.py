"""Page, calendar file and message name one place for a visit; a telephone visit sends nobody to the site."""

import pytest
from icalendar import Calendar

from stroma.clinic.domain.roles import Role
from stroma.planning.actions import book_chain
from stroma.planning.queries import held_without_booking
from stroma.planning.reminding import mail_of
from stroma.planning.whereabouts import place_in_calendar, place_of_visit
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db


def test_a_telephone_visit_is_on_the_telephone_everywhere_and_another_at_the_site() -> None:
    site = a_site()
    site.address = "1 Simulated Street"
    site.save(update_fields=["address"])
    a_staffed_clinic(site)
    course = an_open_course(site)
    by = a_user(site, Role.COORDINATOR)
    book_chain(course=course, earliest=NOW, held=held_without_booking(course), by=by, at=NOW)
    call, visit = (course.visits.get(code=code) for code in ("check_day_2", "visit_2_weeks"))
    assert place_of_visit(call) == place_in_calendar(call) == "By telephone. We call you."
    assert (place_of_visit(visit), place_in_calendar(visit)) == (f"{site.name}, {site.address}", site.address)
    for one in (call, visit):
        mail = mail_of(one)
        assert place_of_visit(one) in mail.body
        (event,) = Calendar.from_ical(mail.calendar).walk("VEVENT")
        assert str(event["location"]) == place_in_calendar(one)
