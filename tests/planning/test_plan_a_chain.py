"""The earliest chain of visits, and the reasons when there is none."""

import time as clock
from datetime import UTC, datetime, time, timedelta
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stroma.planning.domain.chain import NoChain, plan_chain
from stroma.planning.domain.checker import chain_blockers
from stroma.planning.domain.kinds import EQUIPMENT, ROOMS, STAFF, Bookable
from stroma.protocols.domain.schema import Visit
from stroma.protocols.library import shipped_protocols
from tests.planning.plan_cases import (
    HOURS,
    MONDAY,
    QUARTER,
    a_visit,
    bookable,
    every_plan,
    hours_of,
    patient,
    times,
)

SCREENING = a_visit("screening", staff=["physiatrist"], rooms=["consulting_room"], duration="45 min")
CLINIC = [
    bookable(1, "physiatrist"),
    bookable(2, "nurse"),
    bookable(3, "technologist", "quality"),
    bookable(4, "technologist"),
    bookable(5, "consulting_room"),
    bookable(6, "procedure_room"),
    bookable(7, "laboratory"),
    bookable(8, "c_arm"),
]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of March 2026 by UTC; New York is 5 hours behind until the 8th, then 4."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def plan(visits, resources=CLINIC, **values):
    return plan_chain(
        visits=visits, resources=[*resources, patient()], hours=HOURS, **{"earliest": MONDAY, **values}
    )


def refusal(visits, resources=CLINIC, **values):
    with pytest.raises(NoChain) as refused:
        plan(visits, resources, **values)
    return [(b.code, b.values) for b in refused.value.blockers]


def plan_or_none(visits, resources, **values):
    try:
        return plan_chain(
            visits=visits, resources=resources, **{"earliest": MONDAY, "hours": HOURS, **values}
        )
    except NoChain:
        return None


def test_the_kinds_are_those_of_the_protocol_document():
    named = {
        field: frozenset(get_args(get_args(Visit.model_fields[field].annotation)[0]))
        for field in ("staff", "rooms", "equipment")
    }
    assert named == {"staff": STAFF, "rooms": ROOMS, "equipment": EQUIPMENT}


def test_every_visit_starts_as_early_as_its_lag_allows():
    visits = [
        SCREENING,
        a_visit("consent", after="screening", earliest="45 min", latest="8 wk", staff=["physiatrist"]),
        a_visit("collection", after="consent", earliest="3 d", latest="8 wk", staff=["nurse"]),
    ]
    assert times(plan(visits)) == [
        ("screening", "Mon 02 Mar 08:00"),
        ("consent", "Mon 02 Mar 08:45"),
        ("collection", "Thu 05 Mar 08:45"),
    ]


def test_a_chain_of_one_day_keeps_its_minutes():
    visits = [
        a_visit("collection", staff=["physiatrist", "nurse"], rooms=["procedure_room"], duration="45 min"),
        a_visit(
            "processing",
            after="collection",
            earliest="45 min",
            latest="90 min",
            duration="60 min",
            staff=["technologist"],
            patient=False,
        ),
        a_visit(
            "release",
            after="processing",
            earliest="60 min",
            latest="90 min",
            staff=["quality", "technologist"],
            patient=False,
        ),
        a_visit("injection", after="release", earliest="30 min", latest="60 min", duration="90 min"),
    ]
    assert times(plan(visits, earliest=at(2, 19))) == [  # 14:00 on Monday: the injection would end at 17:45
        ("collection", "Mon 02 Mar 14:00"),
        ("processing", "Mon 02 Mar 14:45"),
        ("release", "Mon 02 Mar 15:45"),
        ("injection", "Mon 02 Mar 16:15"),
    ]
    assert times(plan(visits, earliest=at(2, 19, 16)))[0] == ("collection", "Tue 03 Mar 08:00")


def test_a_later_visit_that_cannot_be_met_moves_the_earlier_ones():
    injection = a_visit(
        "injection", after="screening", earliest="1 d", latest="2 d", rooms=["procedure_room"]
    )
    busy = [*CLINIC[:5], bookable(6, "procedure_room", busy=[(at(2, 13), at(6, 20))])]
    assert times(plan([SCREENING, injection], busy)) == [
        ("screening", "Wed 04 Mar 15:00"),  # two days, the longest lag, before the room is free
        ("injection", "Fri 06 Mar 15:00"),
    ]


def test_patients_wait_for_monday_and_cells_do_not():
    friday = at(6, 13)
    after = {"after": "screening", "earliest": "1 d", "latest": "4 d"}
    seen = a_visit("seen", staff=["nurse"], **after)
    called = a_visit("called", staff=["nurse"], remote=True, duration="10 min", **after)
    fed = a_visit("fed", staff=["technologist"], patient=False, **after)
    assert times(plan([SCREENING, seen, called, fed], earliest=friday)) == [
        ("screening", "Fri 06 Mar 08:00"),
        ("seen", "Mon 09 Mar 08:00"),
        ("called", "Mon 09 Mar 08:30"),
        ("fed", "Sat 07 Mar 08:00"),
    ]


def test_eight_in_the_morning_stays_eight_when_the_clocks_change():
    week_later = a_visit("check", after="screening", earliest="6 d", latest="9 d", staff=["nurse"])
    made = plan([SCREENING, week_later], earliest=at(6, 13))  # the clocks go forward on Sunday, 8 March
    assert [v.starts_at for v in made.visits] == [at(6, 13), at(12, 13)]
    later = plan([SCREENING], earliest=at(8, 13))
    assert [v.starts_at for v in later.visits] == [at(9, 12)]


def test_what_was_held_is_not_planned_and_its_lags_still_count():
    check = a_visit("check", after="screening", earliest="1 d", latest="3 d", staff=["nurse"])
    made = plan([SCREENING, check], held={"screening": at(2, 15, 7)}, earliest=at(2, 15, 7))
    assert times(made) == [("check", "Tue 03 Mar 10:15")]


def test_five_years_of_follow_up_are_planned():
    visits = [SCREENING] + [
        a_visit(f"year_{n}", after="screening", earliest=f"{12 * n} mo", latest=f"{12 * n + 1} mo")
        for n in range(1, 6)
    ]
    made = plan(visits)
    assert [v.starts_at.year for v in made.visits] == [2026, 2027, 2028, 2029, 2030, 2031]
    assert (
        chain_blockers(made, visits=visits, resources=[*CLINIC, patient()], earliest=MONDAY, hours=HOURS)
        == []
    )


def test_one_person_fills_one_role_of_a_visit():
    release = a_visit("release", staff=["quality", "technologist"], patient=False)
    alone = bookable(3, "technologist", "quality")
    [visit] = plan([release], [alone, bookable(4, "technologist")]).visits
    assert [int(i) for i in visit.resources] == [3, 4]
    assert [code for code, _ in refusal([release], [alone])] == ["never_free_together"]
    assert [code for code, _ in refusal([release], [alone, bookable(4, "nurse")])] == ["never_free_together"]


def test_two_of_a_kind_are_two_people():
    procedure = a_visit("procedure", staff=["nurse", "nurse"])
    assert refusal([procedure], [bookable(2, "nurse")]) == [
        (
            "resource_missing",
            {"visit": "procedure", "title": "Procedure", "kind": "nurse", "needed": 2, "available": 1},
        )
    ]
    [visit] = plan([procedure], [bookable(2, "nurse"), bookable(3, "nurse")]).visits
    assert sorted(int(i) for i in visit.resources) == [2, 3, 999]


def test_a_person_of_two_kinds_is_booked_as_one_of_them_at_a_time():
    both = bookable(3, "technologist", "quality", busy=[(MONDAY, MONDAY + timedelta(hours=2))])
    review = a_visit("review", staff=["quality"], patient=False)
    assert times(plan([review], [both])) == [("review", "Mon 02 Mar 10:00")]


def test_the_person_who_took_the_first_visit_takes_the_next():
    check = a_visit("check", after="screening", earliest="1 d", latest="3 d", staff=["physiatrist"])
    first = bookable(11, "physiatrist", busy=[(at(2, 13), at(2, 14))])
    made = plan([SCREENING, check], [first, bookable(12, "physiatrist"), bookable(5, "consulting_room")])
    assert [int(v.resources[0]) for v in made.visits] == [12, 12]


def test_the_patients_other_appointments_count():
    made = plan_chain(
        visits=[SCREENING],
        resources=[*CLINIC, patient(busy=[(at(2, 13), at(2, 22))])],
        earliest=MONDAY,
        hours=HOURS,
    )
    assert times(made) == [("screening", "Mon 02 Mar 17:00")]


def test_everything_a_site_lacks_is_named_at_once():
    visits = [
        SCREENING,
        a_visit("check", after="screening", earliest="1 d", latest="2 d", equipment=["c_arm"]),
    ]
    assert [(code, values["kind"]) for code, values in refusal(visits, [])] == [
        ("resource_missing", "physiatrist"),
        ("resource_missing", "consulting_room"),
        ("resource_missing", "c_arm"),
    ]


def test_a_busy_kind_is_named_with_its_window_and_its_next_free_time():
    check = a_visit("check", after="screening", earliest="1 d", latest="2 d", staff=["nurse"])
    nurse = bookable(2, "nurse", busy=[(at(2, 13), at(9, 14))])
    others = [resource for resource in CLINIC if "nurse" not in resource.kinds]
    [(code, values)] = refusal([SCREENING, check], [*others, nurse], held={"screening": MONDAY})
    assert (code, {name: str(value) for name, value in values.items()}) == (
        "resource_busy",
        {
            "visit": "check",
            "title": "Check",
            "kind": "nurse",
            "from": "2026-03-03 08:00:00-05:00",
            "to": "2026-03-04 08:00:00-05:00",
            "free_from": "2026-03-09 10:00:00-04:00",
        },
    )


def test_a_kind_that_is_never_free_has_no_next_free_time():
    nurse = bookable(2, "nurse", busy=[(at(2, 13), datetime(2027, 3, 2, tzinfo=UTC))])
    [(code, _)] = refusal([a_visit("check", staff=["nurse"])], [nurse])
    assert code == "resource_busy_throughout"


def test_a_window_that_is_over_says_so():
    check = a_visit("check", after="screening", earliest="1 d", latest="2 d", staff=["nurse"])
    assert refusal([SCREENING, check], held={"screening": at(2, 13)}, earliest=at(10, 13)) == [
        ("window_closed", {"visit": "check", "title": "Check"})
    ]


def test_a_visit_longer_than_the_day_finds_the_site_closed():
    assert [code for code, _ in refusal([a_visit("surgery", duration="11 h")])] == ["closed_in_window"]


def test_visits_that_cannot_share_their_only_hour_collide():
    both = {"after": "screening", "earliest": "1 d", "latest": "1 d", "staff": ["nurse"]}
    [(code, values)] = refusal(
        [SCREENING, a_visit("first", **both), a_visit("second", **both)], held={"screening": MONDAY}
    )
    assert (code, values) == (
        "visits_collide",
        {"visit": "second", "title": "Second", "others": "First"},
    )


def test_visits_that_no_start_of_the_one_before_serves_both_are_not_joinable():
    # The nurse is free an hour early, the technologist an hour late: each for another start of the screening.
    soon = {"after": "screening", "earliest": "1 h", "latest": "1 h"}
    nurse = bookable(2, "nurse", busy=[(at(2, 15), datetime(2036, 1, 1, tzinfo=UTC))])
    technologist = bookable(3, "technologist", busy=[(at(2, 0), at(2, 16))])
    visits = [SCREENING, a_visit("first", **soon, staff=["nurse"])]
    last = a_visit("last", **soon, staff=["technologist"])
    resources = [CLINIC[0], nurse, technologist, CLINIC[4]]
    [(code, values)] = refusal([*visits, last], resources)
    assert (code, values) == (
        "visits_not_joinable",
        {"visit": "screening", "title": "Screening", "later": "First, Last"},
    )
    assert plan(visits, resources).visits


def test_a_search_that_is_too_long_is_given_up_and_says_where(monkeypatch):
    monkeypatch.setattr("stroma.planning.domain.chain.TRIES", 0)
    assert refusal([SCREENING]) == [
        ("planning_gave_up", {"visit": "screening", "title": "Screening", "tries": 0})
    ]


def test_a_visit_left_out_before_one_that_was_held_is_asked_for():
    check = a_visit("check", after="screening", earliest="1 d", latest="2 d", staff=["nurse"])
    assert [code for code, _ in refusal([SCREENING, check], held={"check": MONDAY, "lunch": MONDAY})] == [
        "visit_unknown",
        "visit_skipped",
    ]


def a_busy_clinic() -> list[Bookable]:
    """Two of most kinds, some of them one person."""
    kinds = [
        *[("physiatrist",), ("physiatrist",), ("nurse",), ("nurse",), ("technologist",)],
        *[("technologist", "quality"), ("quality",), ("therapist",), ("surgeon",), ("consulting_room",)],
        *[("consulting_room",), ("procedure_room",), ("procedure_room",), ("laboratory",), ("laboratory",)],
        *[("therapy_room",), ("operating_room",), ("c_arm",), ("c_arm",), ("centrifuge",)],
        *[("biosafety_cabinet",), ("biosafety_cabinet",), ("incubator_place",), ("incubator_place",)],
    ]
    return [bookable(number, *some) for number, some in enumerate(kinds, 1)]


def test_every_shipped_protocol_is_planned_quickly_beside_fifty_other_courses():
    protocols = [shipped.protocol for shipped in shipped_protocols()]
    busy: dict[int, list[tuple[datetime, datetime]]] = {}
    spent = []
    for number in range(60):
        visits = protocols[number % len(protocols)].visits
        clinic = [bookable(int(r.id), *r.kinds, busy=busy.get(int(r.id), [])) for r in a_busy_clinic()]
        before = clock.perf_counter()
        made = plan(visits, clinic)
        spent.append(clock.perf_counter() - before)
        assert (
            chain_blockers(made, visits=visits, resources=[*clinic, patient()], earliest=MONDAY, hours=HOURS)
            == []
        )
        for visit in made.visits:
            for resource in visit.resources:
                busy.setdefault(int(resource), []).append((visit.starts_at, visit.ends_at))
        del busy[999]  # each course has a patient of its own
    # The median: a shared machine may pause any single one.
    assert sorted(spent[50:])[5] < 0.2


@st.composite
def small_questions(draw):
    """Two or three visits, a handful of people who can do one or two things, and a morning of two hours."""
    kinds = ["nurse", "technologist", "quality"]
    clinic = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        able = draw(st.sets(st.sampled_from(kinds), min_size=1, max_size=2))
        start, length = draw(st.integers(0, 7)), draw(st.integers(0, 3))
        busy = [(MONDAY + start * QUARTER, MONDAY + (start + length) * QUARTER)] if length else []
        clinic.append(bookable(number, *able, busy=busy))
    visits = []
    for number in range(draw(st.integers(1, 3))):
        least = draw(st.integers(0, 4))
        lags = {
            "after": f"visit_{draw(st.integers(0, max(0, number - 1)))}",
            "earliest": f"{15 * least} min",
            "latest": f"{15 * (least + draw(st.integers(0, 3)))} min",
        }
        visits.append(
            a_visit(
                f"visit_{number}",
                duration=draw(st.sampled_from(["10 min", "15 min", "30 min"])),
                staff=draw(st.lists(st.sampled_from(kinds), max_size=2)),
                patient=draw(st.booleans()),
                **(lags if number else {}),
            )
        )
    return visits, [*clinic, patient()]


@given(small_questions())
@settings(max_examples=150)
def test_the_plan_is_the_earliest_of_all_plans_or_there_is_none(question):
    visits, resources = question
    morning = hours_of(time(8), time(10))
    best = next(every_plan(visits, resources, MONDAY, morning, slots=8), None)
    made = plan_or_none(visits, resources, hours=morning, horizon=timedelta(hours=2))
    assert (made and [v.starts_at for v in made.visits]) == (best and [v.starts_at for v in best.visits])


@st.composite
def busy_clinics(draw):
    """The busy clinic with weeks of other bookings."""
    clinic = []
    for resource in a_busy_clinic():
        hours = draw(st.lists(st.tuples(st.integers(0, 24 * 30), st.integers(1, 60)), max_size=4))
        busy = [(MONDAY + timedelta(hours=h), MONDAY + timedelta(hours=h + n)) for h, n in hours]
        clinic.append(bookable(int(resource.id), *resource.kinds, busy=busy))
    return clinic


@given(busy_clinics(), st.sampled_from(shipped_protocols()), st.integers(0, 60 * 24 * 7))
@settings(max_examples=40)
def test_every_plan_found_passes_the_checker(clinic, shipped, minutes):
    earliest = MONDAY + timedelta(minutes=minutes)
    visits = shipped.protocol.visits
    made = plan_or_none(visits, [*clinic, patient()], earliest=earliest)
    assume(made is not None)
    judged = {"visits": visits, "resources": [*clinic, patient()], "earliest": earliest, "hours": HOURS}
    assert chain_blockers(made, **judged) == []
    assert plan(visits, clinic, earliest=earliest) == made
