"""The checker finds each way in which a plan can be wrong, whoever made it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from stroma.planning.domain.chain import ChainPlan, PlannedVisit
from stroma.planning.domain.checker import chain_blockers
from tests.planning.plan_cases import HOURS, MONDAY, a_visit, bookable, patient

VISITS = [
    a_visit("screening", staff=["physiatrist"]),
    a_visit("release", after="screening", earliest="1 d", latest="2 d", staff=["quality", "technologist"]),
    a_visit(
        "feeding", after="screening", earliest="1 d", latest="6 d", staff=["technologist"], patient=False
    ),
]
VISITS[1] = VISITS[1].model_copy(update={"patient": False})
RESOURCES = [
    bookable(1, "physiatrist", busy=[(MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=3))]),
    bookable(2, "quality", "technologist"),
    bookable(3, "technologist"),
    patient(),
]


def planned(code: str, start: datetime, *resources: int, minutes: int = 30) -> PlannedVisit:
    return PlannedVisit(
        code, start, start + timedelta(minutes=minutes), tuple(UUID(int=n) for n in resources)
    )


TUESDAY = MONDAY + timedelta(days=1)
SCREENING = planned("screening", MONDAY, 1, 999)
RELEASE = planned("release", TUESDAY, 2, 3)
FEEDING = planned("feeding", TUESDAY + timedelta(minutes=30), 3)


def findings(*visits: PlannedVisit, **values: object) -> list[str]:
    judged = {"visits": VISITS, "resources": RESOURCES, "earliest": MONDAY, "hours": HOURS, **values}
    return [blocker.code for blocker in chain_blockers(ChainPlan(visits), **judged)]


def test_a_right_plan_has_no_blockers():
    assert findings(SCREENING, RELEASE, FEEDING) == []


def moved(visit: PlannedVisit, **lag: float) -> PlannedVisit:
    by = timedelta(**lag)
    return replace(visit, starts_at=visit.starts_at + by, ends_at=visit.ends_at + by)


@pytest.mark.parametrize(
    ("why", "visits", "codes"),
    [
        ("a visit is missing", [SCREENING, RELEASE], ["plan_lacks_visit"]),
        (
            "a visit is unknown",
            [SCREENING, RELEASE, FEEDING, replace(SCREENING, code="lunch", resources=())],
            ["plan_adds_visit"],
        ),
        (
            "a visit is there twice",
            [SCREENING, RELEASE, FEEDING, moved(FEEDING, hours=1)],
            ["plan_repeats_visit"],
        ),
        (
            "a visit is too short",
            [SCREENING, planned("release", TUESDAY, 2, 3, minutes=20), FEEDING],
            ["plan_wrong_length"],
        ),
        (
            "a visit is before opening",
            [moved(SCREENING, days=1, hours=-1), moved(RELEASE, days=1), moved(FEEDING, days=1)],
            ["plan_outside_hours"],
        ),
        (
            "a visit ends after closing",
            [moved(SCREENING, hours=9, minutes=45), moved(RELEASE, days=1), moved(FEEDING, days=1)],
            ["plan_outside_hours"],
        ),
        ("a lag is too short", [SCREENING, moved(RELEASE, hours=-22), FEEDING], ["plan_breaks_lag"]),
        ("a lag is too long", [SCREENING, moved(RELEASE, days=1, minutes=15), FEEDING], ["plan_breaks_lag"]),
        (
            "a role is filled by the wrong kind",
            [SCREENING, planned("release", TUESDAY, 3, 2), FEEDING],
            ["plan_misfills_role"],
        ),
        ("a role is empty", [SCREENING, planned("release", TUESDAY, 2), FEEDING], ["plan_misfills_role"]),
        (
            "one person has two roles",
            [SCREENING, planned("release", TUESDAY, 2, 2), FEEDING],
            ["plan_counts_twice"],
        ),
        (
            "somebody is booked already",
            [moved(SCREENING, hours=2, minutes=45), moved(RELEASE, days=1), moved(FEEDING, days=1)],
            ["plan_double_books"],
        ),
        (
            "two visits of the plan share somebody",
            [SCREENING, RELEASE, moved(FEEDING, minutes=-15)],
            ["plan_double_books"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_fault_is_found(why, visits, codes):
    assert findings(*visits) == codes


def test_nothing_begins_too_early():
    assert findings(SCREENING, RELEASE, FEEDING, earliest=MONDAY + timedelta(minutes=1)) == ["plan_too_early"]


def test_patients_are_not_seen_on_a_saturday_and_cells_are_fed():
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)
    shift = friday - MONDAY
    feeding = moved(FEEDING, days=shift.days, seconds=shift.seconds)
    release = moved(RELEASE, days=shift.days, seconds=shift.seconds)
    assert findings(planned("screening", friday, 1, 999), release, feeding) == []
    saturday = planned("screening", friday + timedelta(days=1), 1, 999)
    assert findings(saturday, moved(release, days=1), moved(feeding, days=1)) == ["plan_outside_hours"]
