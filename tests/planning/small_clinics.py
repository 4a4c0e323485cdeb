"""Small clinics for the planner's tests, as documents and as instances."""

import json
from typing import Any

from bench.planner_clinics import clinic
from stroma.planning.planner.instance import Instance, Schedule
from stroma.planning.planner.reading import read_instance
from stroma.planning.planner.result import plan


def a_clinic(patients: int = 6, seed: int = 1, days: int = 80) -> dict[str, Any]:
    return clinic(patients, seed, days=days)


def an_instance(document: dict[str, Any] | None = None) -> Instance:
    return read_instance(json.dumps(document or a_clinic()), file="clinic.json")


def a_plan(instance: Instance, seconds: float = 0.3) -> Schedule:
    return plan(instance, seconds=seconds, workers=1).schedule


def a_tiny_clinic(**more: Any) -> dict[str, Any]:
    """One physician, one room with two places, two visits two to four days apart, one patient."""
    weekdays = {"weekdays": [0, 1, 2, 3, 4], "opens": "09:00", "closes": "12:00"}
    return {
        "first_day": "2026-03-02",
        "days": 28,
        "slot_minutes": 30,
        "resources": [
            {"id": "dr_gray", "skills": ["physician"], "shifts": [weekdays]},
            {"id": "incubator", "skills": ["place"], "places": 2, "shifts": [dict(weekdays)]},
        ],
        "chains": [
            {
                "id": "short",
                "visits": [
                    {"id": "collection", "minutes": 60, "needs": ["physician"]},
                    {
                        "id": "injection",
                        "minutes": 30,
                        "needs": ["physician"],
                        "after": "collection",
                        "earliest_days": 2,
                        "latest_days": 4,
                    },
                ],
                "holds": [{"id": "culture", "skill": "place", "begins": "collection", "ends": "injection"}],
                "treatment": "injection",
            }
        ],
        "patients": [{"id": "ada", "ready_on": "2026-03-02", "chains": ["short"]}],
    } | more
