"""Refused scans counted: by reason, by place and by week."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from stroma.clinic.models import Site
from stroma.custody.models import Scan

WEEKS = 12
"""How far back the page looks."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """Counts of a site's refused scans since a moment, and of all scans."""

    scans: int
    refused: int
    by_reason: list[tuple[str, int]]
    """A scan refused for two reasons counts under both."""
    by_place: list[tuple[str, int]]
    by_week: list[tuple[date, int, int]]
    """The Monday, the scans and the refused ones of each week, the newest first; weeks without scans too."""


def refusals_since(site: Site, *, since: datetime, until: datetime) -> Refusals:
    """Count the scans of a site in one query."""
    zone = ZoneInfo(site.time_zone)
    reasons: Counter[str] = Counter()
    places: Counter[str] = Counter()
    weeks: Counter[date] = Counter()
    refused_in: Counter[date] = Counter()
    rows = Scan.objects.filter(site=site, scanned_at__gte=since, scanned_at__lte=until).values_list(
        "is_go", "blockers", "place__name", "scanned_at"
    )
    for is_go, blockers, place, scanned_at in rows.iterator(chunk_size=2000):
        week = _monday(scanned_at.astimezone(zone).date())
        weeks[week] += 1
        if not is_go:
            refused_in[week] += 1
            reasons.update(blockers)
            places[place or ""] += 1
    first, last = (_monday(moment.astimezone(zone).date()) for moment in (since, until))
    mondays = [last - timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
    return Refusals(
        scans=weeks.total(),
        refused=refused_in.total(),
        by_reason=_ranked(reasons),
        by_place=_ranked(places),
        by_week=[(monday, weeks[monday], refused_in[monday]) for monday in mondays],
    )


def newest_refusals(site: Site, *, limit: int = 50) -> list[Scan]:
    """The newest refused scans of a site; whose they are stands on the lot's page only."""
    return list(
        Scan.objects.filter(site=site, is_go=False)
        .select_related("scanned_by", "place", "material__lot")
        .prefetch_related("readings")
        .order_by("-scanned_at")[:limit]
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
