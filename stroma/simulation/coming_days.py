"""The coming days of a simulated clinic: a holiday, an absence, cleaning times, reminders, visitors, wishes."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stroma.candidacy.domain.red_flags import RED_FLAG_CODES
from stroma.clinic.queries import protocol_of
from stroma.follow_up.actions import report_problem
from stroma.planning.actions import (
    ask_to_move,
    book_consultation,
    close_site,
    draft_reminders,
    mark_away,
    set_shifts,
    set_turn_time,
)
from stroma.planning.models import Resource, Visit
from stroma.planning.queries import consultation_times, physiatrists_of
from stroma.simulation.clinic import SimulatedClinic

NURSE_DAYS = {day: [(time(8), time(16))] for day in range(4)}
WISHES = (
    "Mornings are difficult for me. Could it be after 14:00?",
    "That week I am away. The week after suits me.",
)

VISITORS = (
    ("Nora Whitaker", "nora.whitaker@example.org", "+1 202 555 0171"),
    ("Elías Cordero", "", "+1 202 555 0172"),
)
"""They did the self-check and have no red flag."""
TROUBLE = (
    "Since yesterday it is sore where the needle went in when I bend forward. It is not hot and not swollen."
)


def fill_the_coming_days(clinic: SimulatedClinic, *, at: datetime) -> None:
    """Set what a coordinator would have set by now, and let two patients ask for another time."""
    zone = ZoneInfo(clinic.site.time_zone)
    today = at.astimezone(zone).date()
    by = clinic.person("coordinator")

    def midnight(days: int) -> datetime:
        return datetime.combine(today + timedelta(days=days), time(), zone).astimezone(UTC)

    for kind, minutes in (("procedure_room", 15), ("operating_room", 30)):
        set_turn_time(
            site=clinic.site,
            kind=kind,
            before_minutes=0,
            after_minutes=minutes,
            valid_from=today,
            reason="cleaning plan (simulated)",
            by=by,
            at=at,
        )
    close_site(
        site=clinic.site,
        kind="HOLIDAY",
        starts_at=midnight(20),
        ends_at=midnight(21),
        is_for_laboratory=False,
        reason="Training day (simulated)",
        by=by,
        at=at,
    )
    nurse = Resource.objects.filter(user=clinic.person("nurse2")).first()
    if nurse is not None:
        set_shifts(
            site=clinic.site,
            resource=nurse,
            hours=NURSE_DAYS,
            valid_from=today + timedelta(days=14),
            reason="four days a week (simulated)",
            by=by,
            at=at,
        )
        mark_away(
            site=clinic.site,
            resource=nurse,
            starts_at=midnight(2),
            ends_at=midnight(5),
            reason="at a course (simulated)",
            by=by,
            at=at,
        )
    _book_consultations(clinic, at)
    _report_a_problem(clinic, at)
    draft_reminders(site=clinic.site, can_mail=False, by=by, at=at)
    for visit, words in zip(_to_ask_about(clinic, at), WISHES, strict=False):
        patient = visit.course.patient.user
        if patient is not None:
            ask_to_move(visit=visit, words=words, by=patient, at=at)


def _book_consultations(clinic: SimulatedClinic, at: datetime) -> None:
    """Visitors without an account book a first talk: the first free times, two days apart."""
    for number, (name, email, telephone) in enumerate(VISITORS):
        start = at + timedelta(days=2 + 2 * number)
        times = consultation_times(clinic.site, start=start, end=start + timedelta(days=10))
        if times:
            book_consultation(
                site=clinic.site,
                physiatrist=physiatrists_of(clinic.site).get(pk=times[0].physiatrist),
                starts_at=times[0].starts_at,
                red_flags=dict.fromkeys(sorted(RED_FLAG_CODES), False),
                name=name,
                email=email,
                telephone=telephone,
                by="visitor",
                at=at,
            )


def _report_a_problem(clinic: SimulatedClinic, at: datetime) -> None:
    """The patient who was treated last, of those with pages of their own, says that something is wrong."""
    held = Visit.objects.filter(
        site=clinic.site,
        state=Visit.State.COMPLETED,
        code__startswith="injection",
        course__patient__user__isnull=False,
    ).select_related("course__patient__user", "course__site")
    visit = held.order_by("-starts_at").first()
    if visit is None or visit.course.patient.user is None:
        return
    report_problem(
        patient=visit.course.patient,
        course=visit.course,
        words=TROUBLE,
        signs=(),
        by=visit.course.patient.user,
        at=at,
    )


def _to_ask_about(clinic: SimulatedClinic, at: datetime) -> list[Visit]:
    """Coming follow-up visits of patients with an account, one of each patient."""
    rows = (
        Visit.objects.filter(
            site=clinic.site,
            state=Visit.State.BOOKED,
            starts_at__gt=at + timedelta(days=3),
            course__patient__user__isnull=False,
        )
        .select_related("course__patient__user", "course__protocol", "site")
        .order_by("starts_at")
    )
    found: dict[object, Visit] = {}
    for row in rows:
        planned = next(v for v in protocol_of(row.course.protocol).visits if v.code == row.code)
        if planned.patient and planned.stage in {"recover", "did_it_work"}:
            found.setdefault(row.course.patient_id, row)
    return list(found.values())
