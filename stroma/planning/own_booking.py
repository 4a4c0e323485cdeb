"""Whether patients may book their visits themselves, and from when on."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.planning.domain.booking import SOURCE
from stroma.planning.models import Visit
from stroma.planning.queries import reasons_not_to_book
from stroma.protocols.domain.blocker import Blocker


def first_own_day(site: Site, *, at: datetime) -> datetime:
    """The beginning of the site's next day: nobody is surprised by a patient who books for today."""
    zone = ZoneInfo(site.time_zone)
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def reasons_not_to_book_oneself(course: Course, *, at: datetime) -> list[Blocker]:
    """As for the clinic, and nothing of the chain may have been held: what is left then needs somebody who knows."""
    blockers = reasons_not_to_book(course, at=at)
    if not blockers and course.visits.filter(state__in=[Visit.State.COMPLETED, Visit.State.MISSED]).exists():
        blockers.append(Blocker("own_booking_has_begun", {}, SOURCE))
    return blockers


def may_book_oneself(course: Course | None, *, at: datetime) -> bool:
    """Whether a patient's own pages lead to the chains that can be booked."""
    return course is not None and not reasons_not_to_book_oneself(course, at=at)
