"""A site's hours: dated weeks, closures, overtime, and the two nights on which the clock moves."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.planning.domain.hours import (
    Closed,
    OpeningHours,
    SiteCalendar,
    WeekPlan,
    WithOvertime,
    joined,
    spans_of_weeks,
    without,
)
from stroma.planning.domain.kinds import Span

NEW_YORK = ZoneInfo("America/New_York")
NINE_TO_FIVE = {day: ((time(9), time(17)),) for day in range(5)}
ALWAYS = date(2020, 1, 1)


def local(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK, fold=fold).astimezone(UTC)


def shown(spans: list[Span]) -> list[str]:
    return [
        f"{span.starts_at.astimezone(NEW_YORK):%d %b %H:%M}-{span.ends_at.astimezone(NEW_YORK):%H:%M}"
        for span in spans
    ]


def test_a_change_holds_from_its_day_and_the_days_before_keep_theirs():
    later = WeekPlan(date(2026, 6, 10), {day: ((time(7), time(19)),) for day in range(5)})
    weeks = [later, WeekPlan(ALWAYS, NINE_TO_FIVE)]
    spans = spans_of_weeks(weeks, NEW_YORK, local("2026-06-09T00:00"), local("2026-06-11T00:00"))
    assert shown(spans) == ["09 Jun 09:00-17:00", "10 Jun 07:00-19:00"]


def test_before_the_first_week_nothing_is_open():
    weeks = [WeekPlan(date(2026, 6, 10), NINE_TO_FIVE)]
    assert spans_of_weeks(weeks, NEW_YORK, local("2026-06-01T00:00"), local("2026-06-10T00:00")) == []


def test_a_closure_is_cut_out_of_the_hours_it_concerns():
    closed = Closed(Span(local("2026-07-03T12:00"), local("2026-07-04T00:00")), laboratory=False)
    week = (WeekPlan(ALWAYS, NINE_TO_FIVE),)
    calendar = SiteCalendar(NEW_YORK, week, week, (closed,))
    start, end = local("2026-07-03T00:00"), local("2026-07-04T00:00")
    assert shown(calendar.spans(start, end, patient=True)) == ["03 Jul 09:00-12:00"]
    assert shown(calendar.spans(start, end, patient=False)) == ["03 Jul 09:00-17:00"]


def test_overtime_is_after_hours_and_not_on_closed_days():
    calendar = SiteCalendar(NEW_YORK, (WeekPlan(ALWAYS, NINE_TO_FIVE),), ())
    spans = WithOvertime(calendar, timedelta(minutes=30)).spans(
        local("2026-06-05T00:00"), local("2026-06-08T00:00"), patient=True
    )
    assert shown(spans) == ["05 Jun 09:00-17:30"]


def test_hours_with_a_break_and_hours_into_the_next_day():
    week = WeekPlan(ALWAYS, {0: ((time(9), time(12)), (time(13), time(17))), 1: ((time(22), time(6)),)})
    spans = spans_of_weeks([week], NEW_YORK, local("2026-06-01T00:00"), local("2026-06-03T12:00"))
    assert shown(spans) == ["01 Jun 09:00-12:00", "01 Jun 13:00-17:00", "02 Jun 22:00-06:00"]
    # The night that began yesterday is seen from today.
    assert len(spans_of_weeks([week], NEW_YORK, local("2026-06-03T05:00"), local("2026-06-03T12:00"))) == 1


@pytest.mark.parametrize(
    ("why", "day", "opens", "closes", "minutes"),
    [
        ("an ordinary night", "2026-03-14", time(22), time(6), 8 * 60),
        ("the night an hour is missing", "2026-03-07", time(22), time(6), 7 * 60),
        ("the night an hour comes twice", "2026-10-31", time(22), time(6), 9 * 60),
        ("from a time that is missing: an hour later by the clock", "2026-03-08", time(2, 30), time(4), 30),
        ("to a time that is missing", "2026-03-08", time(1), time(2, 30), 60 + 30),
        ("from a time that comes twice: the first", "2026-11-01", time(1, 30), time(3), 2 * 60 + 30),
        ("to a time that comes twice: the second", "2026-11-01", time(0), time(1, 30), 2 * 60 + 30),
        ("a whole day of 23 hours", "2026-03-08", time(0), time(0), 23 * 60),
        ("a whole day of 25 hours", "2026-11-01", time(0), time(0), 25 * 60),
    ],
)
def test_the_two_nights_the_clock_moves(why, day, opens, closes, minutes):
    on = date.fromisoformat(day)
    week = WeekPlan(ALWAYS, {on.weekday(): ((opens, closes),)})
    start = datetime.combine(on, time(), NEW_YORK).astimezone(UTC)
    [span] = spans_of_weeks([week], NEW_YORK, start, start + timedelta(hours=30))
    assert span.ends_at - span.starts_at == timedelta(minutes=minutes)


@pytest.mark.parametrize(("day", "utc_hour"), [("2026-03-06", 13), ("2026-03-09", 12), ("2026-11-02", 13)])
def test_eight_in_the_morning_stays_eight_by_the_sites_clock(day, utc_hour):
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    [span] = OpeningHours(NEW_YORK).spans(start, start + timedelta(hours=23), patient=True)
    assert span.starts_at.hour == utc_hour


TIMES = st.integers(0, 60)
SPANS = st.lists(
    st.tuples(TIMES, TIMES)
    .filter(lambda pair: pair[0] < pair[1])
    .map(
        lambda pair: Span(*(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute) for minute in pair))
    ),
    max_size=6,
)


def minutes_of(spans: list[Span]) -> set[int]:
    origin = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        minute
        for span in spans
        for minute in range(
            (span.starts_at - origin) // timedelta(minutes=1), (span.ends_at - origin) // timedelta(minutes=1)
        )
    }


@given(SPANS, SPANS)
def test_cutting_out_leaves_exactly_what_is_not_cut(spans, cut):
    left = without(spans, cut)
    assert minutes_of(left) == minutes_of(spans) - minutes_of(cut)
    assert all(a.ends_at < b.starts_at for a, b in pairwise(left))


@given(SPANS)
def test_joined_stretches_never_touch_and_lose_nothing(spans):
    made = joined(spans)
    assert minutes_of(made) == minutes_of(spans)
    assert all(a.ends_at < b.starts_at for a, b in pairwise(made))
