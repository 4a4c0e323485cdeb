"""Invented clinics for the planner: so many patients over so many days, made anew from a seed.

The chain is that of expanded marrow (``stroma/protocols``): consultation, screening, collection, three feeds, a sample
before the harvest, injection within the product's life, a follow-up; a second chain skips one feed with a longer wait
before the sample. A hundred patients have two physicians for two and a half hours a day, one clean-room, 20 incubator
places, which is less than they ask for in the weeks when most are ready; more patients have more of each in proportion,
and fewer come in fewer weeks, so that the clinic stays about as full.
"""

import random
from datetime import date, timedelta
from math import ceil
from typing import Any

FIRST_DAY = date(2026, 1, 5)
WEEK, WITH_SATURDAY = [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5]


def _visit(
    name: str,
    minutes: int,
    needs: list[str],
    after: str | None = None,
    lag: tuple[int, int] = (0, 0),
    **more: Any,
) -> dict[str, Any]:
    visit = {"id": name, "minutes": minutes, "needs": needs, **more}
    if after:
        visit |= {"after": after, "earliest_days": lag[0], "latest_days": lag[1]}
    return visit


def _chain(name: str, feeds: list[tuple[int, int]], sample: tuple[int, int]) -> dict[str, Any]:
    visits = [
        _visit("consultation", 30, ["physician", "consulting_room"]),
        _visit("screening", 30, ["nurse"], "consultation", (2, 10)),
        _visit("collection", 60, ["physician", "procedure_room"], "screening", (3, 21)),
    ]
    for number, lag in enumerate(feeds, 1):
        before = "collection" if number == 1 else f"feed_{number - 1}"
        visits.append(_visit(f"feed_{number}", 30, ["technologist", "clean_room"], before, lag))
    visits += [
        _visit("sample", 30, ["technologist", "clean_room"], f"feed_{len(feeds)}", sample),
        _visit(
            "harvest",
            120,
            ["technologist", "clean_room"],
            "sample",
            (1, 3),
            often_early_days=1,
            often_late_days=2,
        ),
        _visit(
            "injection",
            60,
            ["physician", "procedure_room"],
            "harvest",
            (1, 2),
            at_least_minutes=60,
            at_most_minutes=2880,
        ),
        _visit("follow_up", 30, ["consulting_room", "nurse"], "injection", (14, 28)),
    ]
    holds = [{"id": "culture", "skill": "incubator_place", "begins": "collection", "ends": "harvest"}]
    return {"id": name, "visits": visits, "holds": holds, "treatment": "injection", "product_from": "harvest"}


def clinic(patients: int, seed: int, *, days: int = 180) -> dict[str, Any]:
    """The instance as a document."""
    rng = random.Random(seed)
    size = max(1.0, patients / 100)
    arrivals = max(1, round(days * 5 / 9 * min(1.0, patients / 100)))

    def several(
        skill: str, count: int, weekdays: list[int], opens: str, closes: str, **more: Any
    ) -> list[dict[str, Any]]:
        shift = {"weekdays": weekdays, "opens": opens, "closes": closes, **more}
        return [
            {"id": f"{skill}_{number}", "skills": [skill], "shifts": [shift], "away": []}
            for number in range(1, ceil(count * size) + 1)
        ]

    people = [
        *several("physician", 2, WEEK, "08:00", "10:30", overtime_until="11:30"),
        *several("nurse", 1, WEEK, "08:00", "12:00"),
        *several("technologist", 1, WITH_SATURDAY, "07:00", "13:00", overtime_until="14:00"),
    ]
    for person in people:
        if rng.random() < 0.5:
            first = FIRST_DAY + timedelta(days=rng.randrange(days - 7))
            last = first + timedelta(days=6)
            person["away"] = [{"first": str(first), "last": str(last), "reason": "holiday"}]
    rooms = [
        *several("consulting_room", 1, WEEK, "08:00", "18:00"),
        *several("procedure_room", 2, WEEK, "08:00", "18:00"),
        *several("clean_room", 1, WITH_SATURDAY, "07:00", "14:00"),
    ]
    everyday = {"weekdays": list(range(7)), "opens": "00:00", "closes": "24:00"}
    incubators = [
        {"id": f"incubator_{number}", "skills": ["incubator_place"], "places": 10, "shifts": [everyday]}
        for number in range(1, ceil(2 * size) + 1)
    ]
    return {
        "format": "stroma.plan/1",
        "first_day": str(FIRST_DAY),
        "days": days,
        "slot_minutes": 30,
        "resources": [*people, *rooms, *incubators],
        "chains": [
            _chain("three_feeds", [(3, 5), (3, 5), (3, 5)], (3, 5)),
            _chain("two_feeds", [(3, 5), (4, 6)], (4, 6)),
        ],
        "patients": [
            {
                "id": f"patient_{number:03}",
                "ready_on": str(FIRST_DAY + timedelta(days=rng.randrange(arrivals))),
                "priority": rng.choice([1, 2, 2, 3, 3, 3]),
                "chains": ["three_feeds", "two_feeds"] if rng.random() < 0.5 else ["three_feeds"],
                "may_wait": True,
            }
            for number in range(1, patients + 1)
        ],
    }
