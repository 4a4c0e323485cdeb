"""A patient's visits as a calendar file (RFC 5545), with nothing in it that tells why somebody goes there.

A calendar is shared with family and employers, so a visit is an "Appointment" at an address. An appointment keeps its
UID when it is booked anew, and its SEQUENCE grows with every change, so that calendars move it instead of doubling it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid5

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from stroma.planning.models import Visit
from stroma.planning.whereabouts import place_in_calendar

MEDIA_TYPE = "text/calendar; charset=utf-8"
LIVE = (Visit.State.BOOKED, Visit.State.CANCELLED)
"""What a calendar is told: what is to come, and what no longer is."""


def calendar_file(rows: Sequence[Visit], *, codes: frozenset[str], made_at: datetime) -> bytes:
    """The visits whose code is one of ``codes``, each appointment once, as it stands now.

    ``rows`` are all rows of the course in order of booking; ``made_at`` stamps the file.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Stroma//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for code in sorted(codes):
        bookings = [row for row in rows if row.code == code]
        if bookings and bookings[-1].state in LIVE:
            calendar.add_component(_event(bookings, made_at))
    return bytes(calendar.to_ical())


def _event(bookings: Sequence[Visit], made_at: datetime) -> Event:
    visit = bookings[-1]
    is_cancelled = visit.state == Visit.State.CANCELLED
    event = Event()
    # Made from the appointment, so that it stays, and tells nothing of what the appointment is for.
    event.add("uid", f"{uuid5(visit.course_id, visit.code)}@stroma")
    # Each booking of the same appointment is two steps: made, and taken back.
    event.add("sequence", 2 * (len(bookings) - 1) + int(is_cancelled))
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", visit.starts_at.astimezone(UTC))
    event.add("dtend", visit.ends_at.astimezone(UTC))
    event.add("summary", _("Appointment"))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    if place := place_in_calendar(visit):
        event.add("location", place)
    return event
