"""A plan mended with as few moves as possible, and the list of who moves and why.

What happened is said in the instance itself: a sick person or a broken incubator is away, a slow culture or a no-show
holds a visit back, a failed lot gives the patient a chain that begins anew. Everything of the current plan that still
holds stays; only the chains that no longer hold are placed again, each near where it was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from stroma.planning.planner.checker import Violation, violations
from stroma.planning.planner.instance import Away, Instance, Patient, PlannedVisit, Schedule
from stroma.planning.planner.roster import Roster
from stroma.planning.planner.state import State


@dataclass(frozen=True, slots=True)
class Move:
    """A visit that is put elsewhere, or lost its place (``to`` is None), and the rules that moved it."""

    patient: str
    visit: str
    from_at: datetime | None
    to_at: datetime | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """The mended plan, who moves and why, and what only a patient's consent could mend."""

    schedule: Schedule
    moves: tuple[Move, ...]
    needs_consent: tuple[tuple[str, str], ...]
    unplaced: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "moves": [
                {
                    "patient": move.patient,
                    "visit": move.visit,
                    "from": move.from_at and move.from_at.isoformat(),
                    "to": move.to_at and move.to_at.isoformat(),
                    "why": list(move.why),
                }
                for move in self.moves
            ],
            "needs_consent": [list(pair) for pair in self.needs_consent],
            "unplaced": list(self.unplaced),
            "schedule": self.schedule.model_dump(mode="json"),
        }


def repair(instance: Instance) -> Repair:
    """The current plan with every rule kept again and as little moved as the order of placing finds."""
    state = State(Roster(instance))
    affected = state.keep_what_stands(with_costs=False)
    order = sorted(
        affected, key=lambda name: (state.patients[name].priority, state.patients[name].ready_on, name)
    )
    for name in order:
        state.insert(name)
    new = [name for name in state.waiting if name not in order and name not in instance.current.waiting]
    for name in sorted(new, key=lambda name: (state.patients[name].ready_on, name)):
        state.insert(name)
    schedule = state.schedule()
    return Repair(
        schedule=schedule,
        moves=tuple(_moves(instance, schedule)),
        needs_consent=(*state.broken, *_promises_in_the_way(state, order)),
        unplaced=tuple(name for name in state.waiting if name not in instance.current.waiting),
    )


def _promises_in_the_way(state: State, order: list[str]) -> Iterator[tuple[str, str]]:
    for name in order:
        if name not in state.placed:
            broken = {visit for who, visit in state.broken if who == name}
            promised = state.patients[name].promised
            yield from ((name, visit) for visit in promised if visit not in broken)


def _moves(instance: Instance, schedule: Schedule) -> Iterator[Move]:
    """Every visit whose time changed, with the rules the old time would break."""
    was = {(visit.patient, visit.visit): visit for visit in instance.current.visits}
    now = {(visit.patient, visit.visit): visit for visit in schedule.visits}
    moved = {
        key: (was[key].starts_at if key in was else None, now[key].starts_at if key in now else None)
        for key in sorted(was.keys() | now.keys())
        if key not in was or key not in now or was[key].starts_at != now[key].starts_at
    }
    reasons = _reasons(instance, {patient for patient, _ in moved})
    for (patient, visit), (from_at, to_at) in moved.items():
        mine = reasons.get(patient, [])
        exact = [one for one in mine if visit in one.ids] or mine
        why = tuple(dict.fromkeys(one.sentence for one in exact)) or ("new in this plan",)
        yield Move(patient, visit, from_at, to_at, why)


def _reasons(instance: Instance, patients: set[str]) -> dict[str, list[Violation]]:
    """The rules that the current plan breaks, by patient; looked for among those who move first, which is quicker."""
    current = instance.current
    alone = Schedule(
        chains={name: chain for name, chain in current.chains.items() if name in patients},
        visits=[visit for visit in current.visits if visit.patient in patients],
        holds=[hold for hold in current.holds if hold.patient in patients],
    )
    reasons = _by_patient(violations(instance.model_copy(update={"current": alone}), alone), patients)
    if patients & set(current.chains) <= set(reasons):
        return reasons
    return _by_patient(violations(instance, current), patients)


def _by_patient(found: list[Violation], patients: set[str]) -> dict[str, list[Violation]]:
    reasons: dict[str, list[Violation]] = {}
    for violation in found:
        if violation.rule != "left_out":
            for name in patients & set(violation.ids):
                reasons.setdefault(name, []).append(violation)
    return reasons


def someone_is_away(instance: Instance, resource: str, first: date, last: date, reason: str) -> Instance:
    """A sick person, a broken incubator: the instance with it away on these days."""
    away = Away(first=first, last=last, reason=reason)
    resources = [
        one.model_copy(update={"away": [*one.away, away]}) if one.id == resource else one
        for one in instance.resources
    ]
    return instance.model_copy(update={"resources": resources})


def not_before(instance: Instance, patient: str, visits: Mapping[str, date]) -> Instance:
    """A slow culture, or a patient who cannot come: the instance with these visits held back."""

    def held_back(one: Patient) -> Patient:
        return one.model_copy(update={"not_before": {**one.not_before, **visits}})

    return _with_patient(instance, patient, held_back)


def no_show(instance: Instance, patient: str, visit: str) -> Instance:
    """The patient did not come: the visit is no longer kept, and is put on a later day."""
    missed = next(v for v in instance.current.visits if (v.patient, v.visit) == (patient, visit))

    def free(one: Patient) -> Patient:
        later = {**one.not_before, visit: missed.starts_at.date() + timedelta(days=1)}
        return one.model_copy(
            update={"not_before": later, "promised": [v for v in one.promised if v != visit]}
        )

    current = instance.current.model_copy(
        update={"visits": [v for v in instance.current.visits if v != missed]}
    )
    return _with_patient(instance.model_copy(update={"current": current}), patient, free)


def failed_lot(instance: Instance, patient: str, *, again: str, ready_on: date) -> Instance:
    """The cells were lost: the patient begins the chain ``again``; visits of the old chain leave the plan."""

    def anew(one: Patient) -> Patient:
        return one.model_copy(
            update={
                "chains": [again],
                "ready_on": ready_on,
                "promised": [],
                "agrees_to_move": [],
                "not_before": {},
            }
        )

    def others(visits: list[Any]) -> list[Any]:
        return [one for one in visits if one.patient != patient]

    current = instance.current.model_copy(
        update={
            "chains": {name: chain for name, chain in instance.current.chains.items() if name != patient},
            "visits": others(instance.current.visits),
            "holds": others(instance.current.holds),
        }
    )
    return _with_patient(instance.model_copy(update={"current": current}), patient, anew)


def _with_patient(instance: Instance, patient: str, change: Any) -> Instance:
    patients = [change(one) if one.id == patient else one for one in instance.patients]
    return instance.model_copy(update={"patients": patients})


def touched(instance: Instance) -> list[PlannedVisit]:
    """The visits of the current plan whose own time or resources no longer hold."""
    ids = {tuple(v.ids[:2]) for v in violations(instance, instance.current) if len(v.ids) >= 2}
    return [visit for visit in instance.current.visits if (visit.patient, visit.visit) in ids]
