"""An appointment as a calendar file (RFC 5545). Nothing clinical stands in it: calendars are read by others."""

from stroma.planning.models import Consultation


def consultation_ics(consultation: Consultation, *, title: str) -> bytes:
    """The consultation for the visitor's calendar; a cancelled one says so."""
    from icalendar import Calendar, Event  # slow import

    event = Event()
    event.add("uid", f"{consultation.id}@stroma")
    event.add("dtstamp", consultation.booked_at)
    event.add("dtstart", consultation.starts_at)
    event.add("dtend", consultation.ends_at)
    event.add("summary", title)
    event.add("location", f"{consultation.site.name}, {consultation.site.address}".rstrip(", "))
    event.add("class", "PRIVATE")
    if consultation.state == Consultation.State.CANCELLED:
        event.add("status", "CANCELLED")
    calendar = Calendar()
    calendar.add("prodid", "-//Stroma//Consultation//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
