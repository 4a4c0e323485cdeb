"""Reads about reminders: which are due, to whom they go, and what an e-mail says. Nothing in it is about health."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.look.formats import moment_text
from stroma.look.paging import Page, page_of
from stroma.patients.models import Contact, Patient
from stroma.planning.domain.reminders import LEADS, Upcoming, due_reminders
from stroma.planning.models import Reminder, Visit
from stroma.planning.queries import few_of
from stroma.planning.whereabouts import place_in_calendar, place_of_visit

CAN_MAIL = ("django.core.mail.backends.smtp.EmailBackend", "django.core.mail.backends.locmem.EmailBackend")
"""Back ends that reach somebody; a folder on this machine does not."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail about an appointment: to whom, what it says, and the appointment for the calendar."""

    to: str
    subject: str
    body: str
    calendar: bytes
    method: str = "REQUEST"
    """What the calendar file asks for (RFC 5546)."""


def mail_is_sent() -> bool:
    """Whether this installation sends mail to people."""
    return settings.EMAIL_BACKEND in CAN_MAIL


def due_at(site: Site, *, at: datetime) -> list[tuple[Visit, int]]:
    """The visits of ``site`` whose patients are to be reminded now, with the lead in days."""
    until = at + timedelta(days=max(LEADS) + 1)
    rows = (
        Visit.objects.filter(site=site, state=Visit.State.BOOKED, starts_at__gt=at, starts_at__lt=until)
        .select_related("course__patient__user", "course__protocol", "site")
        .prefetch_related("reminders")
        .order_by("starts_at", "id")
    )
    visits = {row.pk: row for row in rows if _is_attended(row)}
    upcoming = [
        Upcoming(
            row.pk, row.starts_at, row.booked_at, frozenset(one.days_before for one in row.reminders.all())
        )
        for row in visits.values()
    ]
    due = due_reminders(upcoming, zone=ZoneInfo(site.time_zone), at=at)
    return [(visits[pk], lead) for pk, lead in due]


def address_of(visit: Visit) -> str:
    """The patient's e-mail address: of their account, else of their record; empty without one."""
    patient = visit.course.patient
    if patient.user is not None and patient.user.email:
        return patient.user.email
    contact = patient.contacts.filter(kind="email").first()
    return contact.value if contact else ""


def mail_of(visit: Visit) -> Mail:
    """The reminder of a visit, in the patient's language: that there is an appointment, when and where."""
    site = visit.site
    with override(visit.course.patient.language):
        when = moment_text(visit.starts_at, ZoneInfo(site.time_zone), with_zone=True, with_year=True)
        where = place_of_visit(visit)
        body = _(
            "You have an appointment on %(when)s.\n\n%(where)s\n\nIf the time no longer suits you, sign in and ask for "
            "another one, or call us. Please do not answer with anything about your health: mail is not private."
        ) % {"when": when, "where": where}
        subject = _("Your appointment on %(when)s") % {"when": when}
        return Mail(address_of(visit), subject, body, appointment_ics(visit, method="REQUEST"))


def appointment_ics(visit: Visit, *, method: str) -> bytes:
    """One appointment as a calendar file (RFC 5546): the same UID as in the patient's file, a growing SEQUENCE."""
    from icalendar import Calendar, Event  # slow import

    is_cancelled = visit.state == Visit.State.CANCELLED
    event = Event()
    event.add("uid", f"{uuid5(visit.course_id, visit.code)}@stroma")
    event.add("sequence", 2 * (visit.attempt - 1) + int(is_cancelled))
    event.add("dtstamp", visit.booked_at)
    event.add("dtstart", visit.starts_at)
    event.add("dtend", visit.ends_at)
    event.add("summary", _("Appointment"))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    if place := place_in_calendar(visit):
        event.add("location", place)
    calendar = Calendar()
    calendar.add("prodid", "-//Stroma//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def drafted(site: Site) -> Sequence[Reminder]:
    """Reminders that are to be sent by mail, the nearest visit first."""
    rows = Reminder.objects.filter(
        visit__site=site, state=Reminder.State.DRAFTED, visit__state=Visit.State.BOOKED
    )
    return list(
        rows.select_related(
            "visit__course__patient__user", "visit__course__protocol", "visit__site"
        ).order_by("visit__starts_at")
    )


def to_phone(site: Site, *, at: datetime) -> QuerySet[Reminder]:
    """Reminders that somebody telephones, the nearest visit first; what is cancelled or over is not among them."""
    rows = Reminder.objects.filter(
        state=Reminder.State.TO_PHONE, visit__state=Visit.State.BOOKED, visit__starts_at__gt=at
    )
    return few_of(site, rows).select_related("visit__course__patient").order_by("visit__starts_at")


@dataclass(frozen=True, slots=True)
class PhoneRow:
    """A call to make: the visit, its patient, and the number."""

    visit: Visit
    patient: Patient
    telephone: str


def phone_rows(site: Site, *, at: datetime, page: int = 1) -> Page[PhoneRow]:
    """A page of the calls to make, one for each visit, the nearest first."""
    called = to_phone(site, at=at).order_by().values("visit")
    visits = Visit.objects.filter(pk__in=called).select_related("course__patient").order_by("starts_at", "pk")
    shown = page_of(visits, page)
    numbers = telephones({visit.course.patient_id for visit in shown.rows})
    rows = [
        PhoneRow(visit, visit.course.patient, numbers.get(visit.course.patient_id, ""))
        for visit in shown.rows
    ]
    return Page(rows, shown.number, shown.has_more)


def telephones(patients: Collection[UUID]) -> dict[UUID, str]:
    """The number to call each of these patients at; who has none is not there."""
    contacts = Contact.objects.filter(patient__in=patients, kind="phone")
    return dict(contacts.order_by("-id").values_list("patient", "value"))


def _is_attended(visit: Visit) -> bool:
    return any(v.code == visit.code and v.patient for v in protocol_of(visit.course.protocol).visits)
