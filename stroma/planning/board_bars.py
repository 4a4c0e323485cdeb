"""What is kept for days, over the days of the board on which it is seen: an incubator place from seeding to harvest."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from stroma.planning.board_rows import Bar, Booked, as_shown
from stroma.planning.models import HoldEnd, Reservation, Visit


def bars_of(
    resources: Sequence[UUID],
    dates: Sequence[date],
    midnights: Sequence[datetime],
    troubles: Mapping[UUID, str],
    zone: ZoneInfo,
    booked: Collection[tuple[UUID, int]],
) -> dict[tuple[UUID, int], Bar]:
    """What is kept for days, by resource and the first day of the board on which it is kept.

    Nothing is kept twice at once, so that there are no more of them than cells.
    """
    kept = Reservation.objects.filter(
        is_live=True,
        hold__isnull=False,
        resource__in=resources,
        starts_at__lt=midnights[-1],
        ends_at__gt=midnights[0],
    ).order_by("starts_at", "id")
    shown = dict(kept.values_list("pk", "visit__state")[: len(resources) * len(dates)])
    bars: dict[tuple[UUID, int], Bar] = {}
    covered: set[tuple[UUID, int]] = set()
    for one in as_shown(Reservation.objects.filter(pk__in=list(shown)).order_by("starts_at", "id"), troubles):
        first = one.starts_at.astimezone(zone).date()
        last = one.ends_at.astimezone(zone).date() - timedelta(days=1)
        seen = [number for number, day in enumerate(dates) if first <= day <= last]
        ends = dates[seen[-1]] == last
        stayed = shown[one.reservation] in (Visit.State.MISSED, Visit.State.CANCELLED)
        bars[one.resource, seen[0]] = Bar(one, len(seen), dates[seen[0]] == first, ends, last, stayed=stayed)
        covered.update((one.resource, number) for number in seen)
    # What was set free early is shown through that day, but for days on which something else is there by now.
    for one, end in _ended(resources, midnights, troubles):
        first, last = one.starts_at.astimezone(zone).date(), end.ended_at.astimezone(zone).date()
        seen = []
        for number, day in enumerate(dates):
            is_free = (one.resource, number) not in covered
            if first <= day <= last and is_free and not (seen and (one.resource, number) in booked):
                seen.append(number)
            elif seen:
                break
        if seen:
            begins, ends = dates[seen[0]] == first, dates[seen[-1]] == last
            why = HoldEnd.Why(end.why).label
            bars[one.resource, seen[0]] = Bar(one, len(seen), begins, ends, last, why)
            covered.update((one.resource, number) for number in seen)
    return bars


def _ended(
    resources: Sequence[UUID], midnights: Sequence[datetime], troubles: Mapping[UUID, str]
) -> Iterator[tuple[Booked, HoldEnd]]:
    """What was kept when it was set free, the latest first; what had not begun by then was never there."""
    begun = Q(reservation__starts_at__lt=F("ended_at")) & Q(reservation__starts_at__lt=midnights[-1])
    # What was set free since is little beside all that was ever booked, so whose it was is looked at here.
    latest = HoldEnd.objects.filter(begun, ended_at__gte=midnights[0]).order_by("-ended_at", "id")
    wanted, most = set(resources), len(resources) * len(midnights)
    here = (end for end in latest.select_related("reservation") if end.reservation.resource_id in wanted)
    ends = {end.reservation_id: end for end in islice(here, most)}
    found = {
        one.reservation: one for one in as_shown(Reservation.objects.filter(pk__in=list(ends)), troubles)
    }
    return ((found[pk], end) for pk, end in ends.items())
