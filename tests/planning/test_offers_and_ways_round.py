"""Whole chains to choose from, what a later one buys, and the cheapest way round a refusal: pure, by tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from stroma.planning.domain.asking import Ask, Wish
from stroma.planning.domain.chain import NoChain
from stroma.planning.domain.checker import chain_blockers
from stroma.planning.domain.hours import OpeningHours
from stroma.planning.domain.offers import Measures, gains, measures, offers, signature
from stroma.planning.domain.ways import ways_round
from tests.planning.plan_cases import HOURS, MONDAY, NEW_YORK, a_visit, bookable, patient, times

DAY = timedelta(days=1)
TWO_VISITS = (
    a_visit("collection", stage="collect", staff=["physiatrist"]),
    a_visit(
        "injection", stage="inject", after="collection", earliest="1 d", latest="14 d", staff=["physiatrist"]
    ),
)
FIRST, SECOND = UUID(int=1), UUID(int=2)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def ask(*resources, visits=TWO_VISITS, **wish) -> Ask:
    return Ask(
        visits=visits,
        resources=[*resources, patient()],
        earliest=MONDAY,
        hours=HOURS,
        wish=Wish(**wish),
    )


def doctor(number: int, *busy):
    return bookable(number, "physiatrist", busy=[(local(start), local(end)) for start, end in busy])


def test_the_earliest_chain_comes_first_and_each_later_one_begins_on_a_later_day():
    made = offers(ask(doctor(1)), most=3)
    assert [times(one.plan)[0][1] for one in made] == [
        "Mon 02 Mar 08:00",
        "Tue 03 Mar 08:00",
        "Wed 04 Mar 08:00",
    ]
    assert [one.days_later for one in made] == [0, 1, 2]
    assert len({signature(one.plan) for one in made}) == 3


def test_every_offer_is_a_chain_that_the_judge_accepts():
    asked = ask(doctor(1, ("2026-03-03T08:00", "2026-03-05T18:00")), doctor(2))
    for one in offers(asked, most=5):
        judged = chain_blockers(
            one.plan, visits=asked.visits, resources=asked.resources, earliest=MONDAY, hours=HOURS
        )
        assert judged == []


def test_a_later_start_says_what_it_buys():
    # The doctor is away from Tuesday to Friday: a chain from Monday on waits a week for the injection.
    made = offers(ask(doctor(1, ("2026-03-03T08:00", "2026-03-06T18:00"))), most=2)
    assert [one.measures.days_to_treatment for one in made] == [7, 1]
    assert [(gain.code, dict(gain.values)) for gain in made[1].gains] == [
        ("shorter_wait_between", {"days": 6})
    ]


@pytest.mark.parametrize(
    ("why", "later", "codes"),
    [
        ("the same", {}, []),
        ("sooner treated", {"days_to_treatment": 5}, ["shorter_wait_between"]),
        ("later treated", {"days_to_treatment": 9}, []),
        ("fewer days", {"days_of_visits": 2}, ["fewer_days_to_come"]),
        ("one doctor", {"physiatrists": 1}, ["fewer_physiatrists"]),
        ("fresher cells", {"cell_hours": 1.5}, ["fresher_cells"]),
        ("no weekend", {"weekend_work": 0}, ["less_weekend_work"]),
        (
            "all of it",
            {
                "days_to_treatment": 1,
                "days_of_visits": 1,
                "physiatrists": 1,
                "cell_hours": 0.5,
                "weekend_work": 0,
            },
            [
                "shorter_wait_between",
                "fewer_days_to_come",
                "fewer_physiatrists",
                "fresher_cells",
                "less_weekend_work",
            ],
        ),
    ],
)
def test_gains(why, later, codes):
    first = Measures(7, 3, 2, 4.0, 1)
    assert [gain.code for gain in gains(first, replace(first, **later))] == codes


def test_the_measures_of_a_chain_with_cells():
    visits = (
        a_visit("thaw", stage="process", patient=False, staff=["technologist"]),
        a_visit(
            "injection", stage="inject", after="thaw", earliest="2 h", latest="4 h", staff=["physiatrist"]
        ),
        a_visit("call", stage="recover", after="injection", earliest="1 d", latest="3 d", remote=True),
    )
    asked = ask(doctor(1), bookable(3, "technologist"), visits=visits)
    [one] = offers(asked, most=1)
    assert one.measures == Measures(
        days_to_treatment=0, days_of_visits=1, physiatrists=1, cell_hours=1.5, weekend_work=0
    )
    assert measures(visits, one.plan, NEW_YORK) == one.measures


def test_a_chosen_physiatrist_holds_every_visit():
    asked = ask(doctor(1), doctor(2, ("2026-03-02T08:00", "2026-03-04T18:00")), physiatrist=SECOND)
    [one] = offers(asked, most=1)
    assert {planned.resources[0] for planned in one.plan.visits} == {SECOND}
    assert times(one.plan)[0][1] == "Thu 05 Mar 08:00"


def test_a_patient_comes_on_the_weekdays_they_can():
    [one] = offers(ask(doctor(1), weekdays=frozenset({3})), most=1)
    assert [when[:3] for _, when in times(one.plan)] == ["Thu", "Thu"]


def test_the_first_visit_is_by_the_day_that_is_wished():
    made = offers(ask(doctor(1), first_by=local("2026-03-04T00:00")), most=9)
    assert [times(one.plan)[0][1][:3] for one in made] == ["Mon", "Tue"]


def full_until_five(*days: str):
    return [(f"2026-03-{day}T08:00", f"2026-03-{day}T18:00") for day in days]


BUSY_WEEK = full_until_five("02", "03", "04", "05", "06")


@pytest.mark.parametrize(
    ("why", "resources", "wish", "reasons", "ways"),
    [
        (
            "the chosen physiatrist is full: another one, half an hour later in the day, or a later start",
            [doctor(1, *BUSY_WEEK), doctor(2)],
            {"physiatrist": FIRST, "first_by": local("2026-03-07T00:00")},
            ["resource_busy"],
            [
                ("way_another_physiatrist", "Mon 02 Mar 08:00"),
                ("way_overtime", "Mon 02 Mar 18:00"),
                ("way_later_start", "Mon 09 Mar 08:00"),
            ],
        ),
        (
            "the only physiatrist is full all day: overtime, a later start, or one more",
            [doctor(1, *BUSY_WEEK)],
            {"first_by": local("2026-03-07T00:00")},
            ["resource_busy"],
            [
                ("way_overtime", "Mon 02 Mar 18:00"),
                ("way_later_start", "Mon 09 Mar 08:00"),
                ("way_one_more", "Mon 02 Mar 08:00"),
            ],
        ),
        (
            "the only physiatrist is full for more than a year: one more",
            [doctor(1, ("2026-03-02T08:00", "2027-06-01T18:00"))],
            {},
            ["resource_busy_throughout"],
            [("way_one_more", "Mon 02 Mar 08:00")],
        ),
        (
            "nobody is there at all: one more",
            [],
            {},
            ["resource_missing"],
            [("way_one_more", "Mon 02 Mar 08:00")],
        ),
        (
            "the patient's only day is full",
            [doctor(1, *full_until_five("04"))],
            {"weekdays": frozenset({2}), "first_by": local("2026-03-05T00:00")},
            ["resource_busy"],
            [
                ("way_another_weekday", "Mon 02 Mar 08:00"),
                ("way_overtime", "Wed 04 Mar 18:00"),
                ("way_later_start", "Wed 11 Mar 08:00"),
            ],
        ),
    ],
)
def test_a_refusal_names_the_rule_and_the_cheapest_way_round(why, resources, wish, reasons, ways):
    asked = ask(*resources, **wish)
    with pytest.raises(NoChain) as refused:
        asked.plan()
    assert [blocker.code for blocker in refused.value.blockers] == reasons
    found = ways_round(asked, refused.value)
    assert [(way.code, f"{way.values['on']:%a %d %b %H:%M}") for way in found] == ways


def test_every_way_is_a_chain_that_can_be_booked_so():
    asked = ask(doctor(1, *BUSY_WEEK), first_by=local("2026-03-07T00:00"))
    with pytest.raises(NoChain) as refused:
        asked.plan()
    found = ways_round(asked, refused.value)
    assert len(found) == 3
    for way in found:
        judged = chain_blockers(
            way.plan,
            visits=asked.visits,
            resources=way.ask.resources,
            earliest=MONDAY,
            hours=OpeningHours(
                NEW_YORK, closes=(datetime(2026, 1, 1, 18, tzinfo=UTC) + way.ask.wish.overtime).time()
            ),
        )
        assert judged == []


def test_overtime_is_named_visit_by_visit():
    asked = ask(doctor(1, *BUSY_WEEK), first_by=local("2026-03-07T00:00"), overtime=timedelta(minutes=30))
    plan = asked.plan()
    assert asked.in_overtime(plan) == ["collection", "injection"]
    assert asked.with_wish(overtime=timedelta()).in_overtime(offers(ask(doctor(1)), most=1)[0].plan) == []


def test_nothing_helps_where_only_hard_rules_stand_in_the_way():
    held = {"collection": MONDAY - 30 * DAY}
    asked = replace(ask(doctor(1)), held=held)
    with pytest.raises(NoChain) as refused:
        asked.plan()
    assert [blocker.code for blocker in refused.value.blockers] == ["window_closed"]
    assert ways_round(asked, refused.value) == []
