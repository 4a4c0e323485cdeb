"""My day: one person's own visits, the next one first, and what waits for their role; made for a phone."""

from datetime import date, datetime, time
from typing import cast
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from stroma.clinic.access import Person, granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.live import opened_at
from stroma.clinic.models import Site
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import present
from stroma.planning.own_day_queries import OwnVisit, own_left_open, own_visits
from stroma.planning.views import ATTENDING

TASKS: tuple[tuple[str, str | Promise, tuple[Role, ...]], ...] = (
    ("physiatrist_home", _("Decisions and lots that wait for you"), (Role.PHYSIATRIST, Role.SURGEON)),
    ("coordinator_home", _("Whom to call and what is late"), (Role.COORDINATOR,)),
    ("nurse_home", _("Whom to call"), (Role.NURSE, Role.THERAPIST)),
    ("bench_home", _("Lots in process"), (Role.TECHNOLOGIST,)),
    ("quality_home", _("Results and lots to release"), (Role.QUALITY,)),
)


@require_GET
@granted_to(*ATTENDING)
def my_day(request: HttpRequest) -> HttpResponse:
    """What is next, where, with whom."""
    person = person_in(request)
    site = cast(Site, person.site)
    at, live = present(), opened_at(request, site_chain(site.id))
    zone = ZoneInfo(site.time_zone)
    midnight = datetime.combine(at.astimezone(zone).date(), time(), tzinfo=zone)
    visits = own_visits(person.user, at=at, start=midnight)
    today = [one for one in visits if one.starts_at.astimezone(zone).date() == midnight.date()]
    coming = [one for one in visits if not one.is_over]
    context = {
        "live": live,
        "site": site,
        "at": at,
        "next": coming[0] if coming else None,
        "today": [one for one in today if one not in coming[:1]],
        "days": _by_day([one for one in visits if one not in today and one not in coming[:1]], zone),
        "left_open": own_left_open(person.user, at=at, start=midnight),
        "tasks": _tasks(person),
    }
    return render(request, "web/my_day.html", context)


def _by_day(visits: list[OwnVisit], zone: ZoneInfo) -> list[tuple[date, list[OwnVisit]]]:
    days: dict[date, list[OwnVisit]] = {}
    for one in visits:
        days.setdefault(one.starts_at.astimezone(zone).date(), []).append(one)
    return list(days.items())


def _tasks(person: Person) -> list[tuple[str, str | Promise]]:
    return [(reverse(name), title) for name, title, roles in TASKS if person.plays(*roles)]
