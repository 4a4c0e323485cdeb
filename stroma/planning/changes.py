"""Changes of visits that patients are to be told: noting one, what stands now, and how each is said.

Noted in the transaction that moves or cancels; told later by ``stroma remind``, so that what is undone before says
nothing. On the patient's own page a change shows at once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.look.formats import moment_text
from stroma.planning.models import Visit, VisitChange
from stroma.planning.reminding import Mail, address_of, appointment_ics
from stroma.planning.whereabouts import place_of_visit

SHOWN_FOR = timedelta(days=30)
"""How long a change stays on the patient's own page; an editable default, general knowledge."""


def note_changes(
    course: Course,
    visits: Iterable[Visit],
    why: VisitChange.Why,
    *,
    at: datetime,
    asked: Collection[UUID] = (),
) -> None:
    """Note that these visits no longer stand as the patient knows; part of an action.

    Only what the patient attends and what was still to come is told. ``asked`` are visits that the patient asked to
    have moved.
    """
    attended = {visit.code for visit in protocol_of(course.protocol).visits if visit.patient}
    waiting = set(
        VisitChange.objects.filter(was__course=course, state=VisitChange.State.TO_TELL).values_list(
            "was__code", flat=True
        )
    )
    VisitChange.objects.bulk_create(
        VisitChange(was=visit, why=VisitChange.Why.ASKED if visit.pk in asked else why, changed_at=at)
        for visit in visits
        if visit.code in attended - waiting and visit.starts_at > at
    )


def changes_to_tell(site: Site) -> Sequence[VisitChange]:
    """The changes that nobody told yet, the oldest first."""
    rows = VisitChange.objects.filter(was__site=site, state=VisitChange.State.TO_TELL)
    return list(rows.select_related("was__course__patient__user", "was__course__protocol", "was__site"))


def standing_now(change: VisitChange) -> Visit | None:
    """The booking that stands for the visit that changed; None where it was cancelled."""
    booked = Visit.objects.filter(course=change.was.course_id, code=change.was.code, state=Visit.State.BOOKED)
    return booked.select_related("course__patient__user", "course__protocol", "site").first()


def is_undone(change: VisitChange, now: Visit | None) -> bool:
    """Whether the patient is to come when and where they know already."""
    return now is not None and (now.starts_at, now.site_id) == (change.was.starts_at, change.was.site_id)


def mail_of_change(change: VisitChange, now: Visit | None) -> Mail:
    """What was and what is, in the patient's language, and no word about health; with the appointment as it stands."""
    was, zone = change.was, ZoneInfo(change.was.site.time_zone)
    with override(was.course.patient.language):
        before = moment_text(was.starts_at, zone, with_zone=True, with_year=True)
        why = str(VisitChange.Why(change.why).label)
        if now is None:
            subject = _("Your appointment on %(when)s was cancelled") % {"when": before}
            body = _(
                "Your appointment on %(before)s was cancelled. There is no other time yet.\n\n%(why)s\n\nIf you have "
                "questions, call us. Please do not answer with anything about your health: mail is not private."
            ) % {"before": before, "why": why}
        else:
            after = moment_text(now.starts_at, zone, with_zone=True, with_year=True)
            subject = _("Your appointment is now on %(when)s") % {"when": after}
            body = _(
                "Your appointment has another time.\n\nBefore: %(before)s\nNow: %(now)s\n\n%(why)s\n\n%(where)s\n\nIf "
                "the time does not suit you, sign in and ask for another one, or call us. Please do not answer with "
                "anything about your health: mail is not private."
            ) % {"before": before, "now": after, "why": why, "where": place_of_visit(now)}
        last = now or _last_row(was)
        method = "REQUEST" if now else "CANCEL"
        return Mail(address_of(was), subject, body, appointment_ics(last, method=method), method)


def _last_row(was: Visit) -> Visit:
    rows = Visit.objects.filter(course=was.course_id, code=was.code)
    return rows.select_related("course__protocol", "site").order_by("-attempt")[0]


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change as the patient's own page shows it; ``to_at`` is None where the visit was cancelled."""

    code: str
    from_at: datetime
    to_at: datetime | None
    why: str


def changes_shown(course: Course, *, at: datetime) -> list[ShownChange]:
    """What changed of a course's visits in the last weeks and is still to come, or was cancelled; newest first."""
    rows = VisitChange.objects.filter(was__course=course, changed_at__gt=at - SHOWN_FOR).exclude(
        state=VisitChange.State.UNDONE
    )
    booked = {visit.code: visit for visit in course.visits.filter(state=Visit.State.BOOKED)}
    shown: dict[str, ShownChange] = {}
    for change in rows.select_related("was").order_by("-changed_at"):
        code, now = change.was.code, booked.get(change.was.code)
        is_over = (now.starts_at if now else change.was.starts_at) <= at
        if code in shown or is_over or is_undone(change, now):
            continue
        why = str(VisitChange.Why(change.why).label)
        shown[code] = ShownChange(code, change.was.starts_at, now.starts_at if now else None, why)
    return list(shown.values())
