"""A plan against sampled futures: with what chance each promised date is kept.

The day on which a culture can be harvested is a distribution. A visit that moves with its culture says how many days
early and how many days late it is in one case of ten (``often_early_days``, ``often_late_days``); between, the days are
drawn from a normal distribution in two halves. An early culture waits. A late one is first made up for by the lags of
the visits after it; what they cannot make up, those visits are late. Each patient's chain is looked at alone: that a
late harvest also takes the people and the incubator place of somebody else is not.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from stroma.planning.planner.instance import Chain, Instance, PlannedVisit, Schedule, Visit

TENTH = 1.2815515655446004
"""The normal distribution's quantile for nine in ten."""


@dataclass(frozen=True, slots=True)
class Chance:
    """How often a visit's planned date was kept in the sampled futures."""

    patient: str
    visit: str
    planned_on: date
    kept: float


def chances(instance: Instance, schedule: Schedule, *, samples: int = 1000, seed: int = 1) -> list[Chance]:
    """The chance of each treatment, and of each promised visit after an uncertain one, to be on its planned day."""
    rng = random.Random(seed)  # noqa: S311 - sampled futures, not a secret
    chains = {chain.id: chain for chain in instance.chains}
    at = {(visit.patient, visit.visit): visit for visit in schedule.visits}
    found = []
    for patient in instance.patients:
        name = schedule.chains.get(patient.id)
        if name is None:
            continue
        chain = chains[name]
        mine = {visit.id: at[patient.id, visit.id] for visit in chain.visits}
        asked = {chain.treatment, *patient.promised} & set(mine)
        kept = dict.fromkeys(sorted(asked), 0)
        for _ in range(samples):
            late = _days_late(chain, mine, rng)
            for visit in kept:
                kept[visit] += late[visit] <= 0
        found += [
            Chance(patient.id, v, mine[v].starts_at.date(), count / samples) for v, count in kept.items()
        ]
    return found


def _days_late(chain: Chain, planned: Mapping[str, PlannedVisit], rng: random.Random) -> dict[str, int]:
    """By how many days each visit misses its planned day in one future."""
    late: dict[str, int] = {}
    for visit in chain.visits:
        own = _drawn(visit, rng)
        if visit.after is None:
            late[visit.id] = max(0, own)
            continue
        # What the visit before takes longer is first made up for by what its lag leaves above the least.
        lag = (planned[visit.id].starts_at.date() - planned[visit.after].starts_at.date()) // timedelta(
            days=1
        )
        slack = lag - visit.earliest_days
        late[visit.id] = max(0, late[visit.after] - slack, own + max(0, late[visit.after] - slack))
    return late


def _drawn(visit: Visit, rng: random.Random) -> int:
    drawn = rng.gauss(0.0, 1.0)
    days = visit.often_late_days if drawn > 0 else visit.often_early_days
    return round(days * drawn / TENTH)
