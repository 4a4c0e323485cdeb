"""What is left of one patient's course, as a chain for the planner.

A course that is under way has visits behind it, and what is left hangs on when those were. So each course has a chain
of its own: a first visit in the record, which takes nobody and lies on the day before the plan, stands for all that
was; whatever follows a visit that was is counted from there.

The protocol's lags run from start to start and are lengths of time. Here they become calendar days, as far as a length
may reach on the calendar, and minutes from the end of the visit before, which keep them exact. What stands keeps its
place even where it lies outside a lag by the hour of a changed clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from stroma.planning.domain.board import needs_of
from stroma.planning.domain.kinds import PATIENT
from stroma.planning.planner.instance import Chain, Hold, Visit
from stroma.protocols.domain import schema

WHAT_WAS = "what_was"
"""The first visit of every course's chain, and the skill it takes."""
OPEN_TO_PATIENTS = "open_to_patients"
"""What a visit takes whose staff and rooms work on days on which no patient comes."""
DAY, NOTHING = timedelta(days=1), timedelta(0)


class WindowClosed(Exception):  # noqa: N818 - named for what happened
    """A visit that is left can no longer begin within its lag; ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Stretch:
    """When a visit may begin, both ends included."""

    first: datetime
    last: datetime


def course_chain(
    name: str,
    visits: Sequence[schema.Visit],
    *,
    begun: Mapping[str, datetime],
    standing: Mapping[str, datetime],
    recorded_at: datetime,
    slot: timedelta,
    not_alone: frozenset[str] = frozenset(),
    harvest_spread: tuple[int, int] | None = None,
    clock_moves: timedelta = timedelta(0),
    holds: Sequence[schema.Hold] = (),
) -> Chain:
    """The chain of what is left.

    Parameters
    ----------
    visits
        The protocol's, each after the one it follows.
    begun
        When the visits behind it began, on the site's clock.
    standing
        When the visits that are booked begin.
    recorded_at
        Where the visit in the record lies; ``slot`` is its length.
    not_alone
        The codes of visits that also take ``OPEN_TO_PATIENTS``.
    harvest_spread
        How many days early and late the harvest often is; from the protocol's lags where nobody knows better.
    clock_moves
        By how much the site's clock moves in a year. Lags of a day and more are planned so much inside their ends, so
        that they hold as lengths of time on either side of such a night.
    holds
        What the protocol keeps for days; one that has begun is kept from the visit in the record on.

    Raises
    ------
    WindowClosed
        A visit that is not booked can no longer begin within the lag from one that was.
    """
    left = [visit for visit in visits if visit.code not in begun]
    by_code = {visit.code: visit for visit in visits}
    from_record = recorded_at + slot
    treatment = treatment_of(left)
    product = product_of(visits, treatment) if treatment in by_code else None
    spread = harvest_spread or _spread(visits, product)
    parts = [Visit(id=WHAT_WAS, minutes=slot // timedelta(minutes=1), needs=[WHAT_WAS])]
    for visit in left:
        if visit.after is None or visit.after in begun:
            stretch = _stretch(visit, begun, standing, from_record)
            lags = _from_record(stretch, from_record, recorded_at.date())
            if stretch.last < from_record or lags["at_most_minutes"] < lags["at_least_minutes"]:
                raise WindowClosed(visit.code)
            after = WHAT_WAS
        else:
            lags, after = _lags(visit, by_code[visit.after], standing, clock_moves), visit.after
        needs = [kind for kind in needs_of(visit) if kind != PATIENT]
        if visit.code in not_alone:
            needs.append(OPEN_TO_PATIENTS)
        early, late = spread if visit.code == product else (0, 0)
        parts.append(
            Visit(
                id=visit.code,
                minutes=visit.duration // timedelta(minutes=1),
                needs=needs or [WHAT_WAS],
                after=after,
                often_early_days=early,
                often_late_days=late,
                **lags,
            )
        )
    return Chain(
        id=name,
        visits=parts,
        holds=[
            Hold(
                id=hold.code,
                skill=kept_as(hold.kind),
                begins=WHAT_WAS if hold.begins in begun else hold.begins,
                ends=hold.ends,
            )
            for hold in holds
            if hold.ends not in begun
        ],
        treatment=treatment or WHAT_WAS,
        product_from=product if product in {visit.code for visit in left} else None,
    )


def chain_of_nothing(slot_minutes: int) -> Chain:
    """What an instance has where nobody is to be planned: a visit in the record."""
    visit = Visit(id=WHAT_WAS, minutes=slot_minutes, needs=[WHAT_WAS])
    return Chain(id="nothing", visits=[visit], treatment=WHAT_WAS)


def kept_as(kind: str) -> str:
    """The skill of something that is kept for days: other than that of what a visit takes for hours."""
    return f"{kind}:days"


def treatment_of(left: Sequence[schema.Visit]) -> str | None:
    """The visit that treats, of those that are left; after it, the next one."""
    return next((visit.code for visit in left if visit.stage == "inject"), left[0].code if left else None)


def product_of(visits: Sequence[schema.Visit], treatment: str | None) -> str | None:
    """The last step of the laboratory on the way to the treatment: the harvest."""
    by_code = {visit.code: visit for visit in visits}
    at = by_code[treatment].after if treatment in by_code and by_code[treatment].stage == "inject" else None
    while at is not None and by_code[at].stage != "process":
        at = by_code[at].after
    return at


def _spread(visits: Sequence[schema.Visit], product: str | None) -> tuple[int, int]:
    """Half of what the lags of the laboratory leave, each step by itself: what the patient is told as give or take."""
    by_code, squares, at = {visit.code: visit for visit in visits}, 0.0, product
    while at is not None and by_code[at].stage == "process":
        visit = by_code[at]
        half = ((visit.latest or NOTHING) - (visit.earliest or NOTHING)) / 2
        squares += (half / DAY) ** 2
        at = visit.after
    days = round(squares**0.5)
    return days, days


def _stretch(
    visit: schema.Visit,
    begun: Mapping[str, datetime],
    standing: Mapping[str, datetime],
    from_record: datetime,
) -> Stretch:
    if visit.after is None:
        stretch = Stretch(from_record, from_record + timedelta(days=364))
    else:
        was = begun[visit.after]
        stretch = Stretch(was + (visit.earliest or NOTHING), was + (visit.latest or NOTHING))
    stands = standing.get(visit.code)
    if stands is not None:
        stretch = Stretch(min(stretch.first, stands), max(stretch.last, stands))
    return stretch


def _from_record(stretch: Stretch, from_record: datetime, day: date) -> dict[str, int]:
    first = max(stretch.first, from_record)
    return {
        "earliest_days": (first.date() - day).days,
        "latest_days": max(0, (stretch.last.date() - day).days),
        "at_least_minutes": _minutes(first - from_record),
        "at_most_minutes": _minutes(stretch.last - from_record),
    }


def _lags(
    visit: schema.Visit, before: schema.Visit, standing: Mapping[str, datetime], clock_moves: timedelta
) -> dict[str, int]:
    """The lag from start to start, as days on the calendar and minutes from the end of the visit before."""
    least, most = visit.earliest or NOTHING, max(visit.latest or NOTHING, visit.earliest or NOTHING)
    least += clock_moves if least >= DAY else NOTHING
    most -= clock_moves if most - least > 2 * clock_moves and most >= DAY else NOTHING
    days = [least // DAY, -(-most // DAY)]
    if visit.code in standing and before.code in standing:
        between = standing[visit.code] - standing[before.code]
        on_calendar = (standing[visit.code].date() - standing[before.code].date()).days
        least, most = min(least, between), max(most, between)
        days = [min(days[0], on_calendar), max(days[1], on_calendar)]
    return {
        "earliest_days": max(0, days[0]),
        "latest_days": max(0, days[1]),
        "at_least_minutes": max(0, _minutes(least - before.duration)),
        "at_most_minutes": max(0, _minutes(most - before.duration)),
    }


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def last_day_of(chain: Chain, first_day: date) -> date:
    """The last day on which the last visit of a chain may be, counted from the day of its first."""
    latest = {chain.visits[0].id: 0}
    for visit in chain.visits[1:]:
        assert visit.after is not None
        latest[visit.id] = latest[visit.after] + visit.latest_days
    return first_day + timedelta(days=max(latest.values()))
