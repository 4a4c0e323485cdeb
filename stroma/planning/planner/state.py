"""A plan under construction: the board, every patient's chain on it, and the points; and the plan as a schedule."""

from collections.abc import Mapping, Sequence

import numpy as np

from stroma.planning.planner.boards import Board
from stroma.planning.planner.chains import ChainFinder, Placed, PlacedChain, Prices, Tie
from stroma.planning.planner.flow import Usage
from stroma.planning.planner.instance import Patient, PlannedHold, PlannedVisit, Schedule
from stroma.planning.planner.roster import Roster, bits


class State:
    """Where everybody is. What stays from the current plan is on the board from the start."""

    def __init__(self, roster: Roster) -> None:
        self.roster, self.instance = roster, roster.instance
        self.board = Board(roster)
        self.finder = ChainFinder(self.board)
        self.patients: dict[str, Patient] = {patient.id: patient for patient in self.instance.patients}
        self.placed: dict[str, PlacedChain] = {}
        self.broken: list[tuple[str, str]] = []
        """Visits that should stay but whose time nobody is there for any more."""
        self.ties: dict[str, Tie] = self._ties()

    def _ties(self) -> dict[str, Tie]:
        mine: dict[str, list[PlannedVisit]] = {}
        for planned in self.instance.current.visits:
            mine.setdefault(planned.patient, []).append(planned)
        keepers: dict[str, dict[str, str]] = {}
        for hold in self.instance.current.holds:
            keepers.setdefault(hold.patient, {})[hold.hold] = hold.resource
        ties = {}
        for name, visits in mine.items():
            if name not in self.patients:
                continue
            patient = self.patients[name]
            stays: dict[str, Placed] = {}
            stands: dict[str, Placed] = {}
            for planned in visits:
                if self.instance.keeps(patient, planned):
                    if kept := self._stay(patient, planned):
                        stays[planned.visit] = kept
                    else:
                        self.broken.append((name, planned.visit))
                else:
                    day, slot = self.roster.day_of(planned.starts_at), self.roster.slot_of(planned.starts_at)
                    stands[planned.visit] = Placed(day, slot, ())
            chain = self.instance.current.chains.get(name)
            begun = chain if stays and chain in patient.chains else None
            ties[name] = Tie(stays, keepers.get(name, {}), stands, begun)
        return ties

    def _stay(self, patient: Patient, planned: PlannedVisit) -> Placed | None:
        """Put a visit that stays at its time, with those who had it where they are still there."""
        chain = self.roster.chains.get(self.instance.current.chains.get(patient.id, ""))
        step = next((step for step in chain.steps if step.id == planned.visit), None) if chain else None
        if step is None:
            return None
        day, slot = self.roster.day_of(planned.starts_at), self.roster.slot_of(planned.starts_at)
        placed = self._same_units(planned, step.needs, step.length, day, slot)
        if placed is None:
            found = self.board.find(step.needs, step.length, day, 1 << slot, also_frozen=True)
            if found is None or not self._is_unheld(day, found[1], found[2]):
                return None
            placed = Placed(day, *found)
        self.board.take(placed.units, placed.held, day)
        return placed

    def _is_unheld(self, day: int, units: Sequence[int], held: Sequence[int]) -> bool:
        return not any(span & ~self.board.unheld[unit][day] for unit, span in zip(units, held, strict=True))

    def _same_units(
        self, planned: PlannedVisit, needs: tuple[str, ...], length: int, day: int, slot: int
    ) -> Placed | None:
        """The visit with those who had it, each held for as long as it was booked, where they are still there."""
        if len(planned.resources) != len(needs) or not 0 <= day < self.roster.days:
            return None
        units: list[int] = []
        held: list[int] = []
        there, visit = self.board.there, bits(slot, slot + length)
        for number, (resource, skill) in enumerate(zip(planned.resources, needs, strict=True)):
            for unit in self.roster.units_of.get(resource, ()):
                if visit & ~there[unit][day] or unit in units or skill not in self.roster.skills_of[unit]:
                    continue
                span = visit
                if self.roster.turns[unit]:
                    span = self._booked_span(planned, number, unit, skill, length, slot)
                    if span & ~self.board.unheld[unit][day]:
                        continue
                units.append(unit)
                held.append(span)
                break
            else:
                return None
        return Placed(day, slot, tuple(units), tuple(held))

    def _booked_span(
        self, planned: PlannedVisit, number: int, unit: int, skill: str, length: int, slot: int
    ) -> int:
        """For how long a standing visit holds a unit: as it was booked where that is less than is needed now."""
        now = self.board.held(unit, skill, length, slot)
        if planned.turns is None:
            return now
        before, after = (-(-minutes // self.roster.slot) for minutes in planned.turns[number])
        return now & bits(max(0, slot - before), slot + length + after)

    def keep_what_stands(self, *, with_costs: bool = True) -> list[str]:
        """Put every chain of the current plan that still holds; returns the patients whose chain does not.

        Without costs it is quicker; then the state has no objective.
        """
        planned = {(v.patient, v.visit): v for v in self.instance.current.visits}
        holds = {(h.patient, h.hold): h.resource for h in self.instance.current.holds}
        affected = []
        for name, chain in self.instance.current.chains.items():
            if name not in self.patients:
                continue
            if whole := self._as_it_stands(self.patients[name], chain, planned, holds, with_costs=with_costs):
                self.add(name, whole)
            else:
                affected.append(name)
        return affected

    def _as_it_stands(
        self,
        patient: Patient,
        name: str,
        planned: Mapping[tuple[str, str], PlannedVisit],
        holds: Mapping[tuple[str, str], str],
        *,
        with_costs: bool,
    ) -> PlacedChain | None:
        if name not in patient.chains:
            return None
        chain, tie = self.roster.chains[name], self.ties.get(patient.id)
        visits: list[Placed] = []
        for step in chain.steps:
            stays = tie.stays.get(step.id) if tie else None
            was = planned.get((patient.id, step.id))
            if stays is None and was is not None:
                day, slot = self.roster.day_of(was.starts_at), self.roster.slot_of(was.starts_at)
                stays = self._same_units(was, step.needs, step.length, day, slot)
            if stays is None:
                return None
            visits.append(stays)
        keepers = tuple(holds.get((patient.id, hold), "") for hold, _, _, _ in chain.holds)
        cost = self.finder.cost(patient, chain, tuple(visits), tie) if with_costs else 0.0
        whole = PlacedChain(name, tuple(visits), keepers, cost)
        return whole if self._keeps_its_rules(patient, whole) else None

    def _keeps_its_rules(self, patient: Patient, whole: PlacedChain) -> bool:
        chain = self.roster.chains[whole.chain]
        for step, placed in zip(chain.steps, whole.visits, strict=True):
            moment = patient.not_before.get(step.id)
            if moment is not None and self.roster.date_of(placed.day) < moment:
                return False
            if step.after >= 0:
                before = whole.visits[step.after]
                lag = placed.day - before.day
                slots = lag * self.roster.slots + placed.slot - before.slot - chain.steps[step.after].length
                late = step.at_most is not None and slots > step.at_most
                if not step.earliest <= lag <= step.latest or slots < step.at_least or late:
                    return False
        if self.roster.has_turns and self._meets_itself(whole):
            return False
        return all(
            keeper in self.board.kept
            and self.board.next_full(keeper)[whole.visits[begins].day] > whole.visits[ends].day
            for (_, _, begins, ends), keeper in zip(chain.holds, whole.keepers, strict=True)
        )

    @staticmethod
    def _meets_itself(whole: PlacedChain) -> bool:
        """Whether two visits of the chain hold one unit at a time: the cleaning of one is in the way of the other."""
        seen: dict[tuple[int, int], int] = {}
        for placed in whole.visits:
            for unit, span in zip(placed.units, placed.held, strict=True):
                if seen.get((unit, placed.day), 0) & span:
                    return True
                seen[unit, placed.day] = seen.get((unit, placed.day), 0) | span
        return False

    def insert(self, name: str, prices: Prices | None = None) -> bool:
        """Put a patient's cheapest chain; False when none fits."""
        found = self.finder.best(self.patients[name], self.ties.get(name), prices)
        if found is None:
            return False
        self.add(name, found)
        return True

    def add(self, name: str, chain: PlacedChain) -> None:
        """Put a chain that is known to fit."""
        self.finder.put(chain, self.ties.get(name))
        self.placed[name] = chain

    def remove(self, name: str) -> PlacedChain:
        """Take a patient's chain off the board."""
        chain = self.placed.pop(name)
        self.finder.put(chain, self.ties.get(name), count=-1)
        return chain

    def waiting_cost(self, name: str) -> float:
        """Points for a patient without a place: waiting to the end of the horizon and the price of that."""
        patient, points = self.patients[name], self.instance.objective
        days = self.roster.days - self.roster.day_of(patient.ready_on)
        return float(points.waiting_patient + points.wait_weight(patient.priority) * days)

    @property
    def objective(self) -> float:
        """The plan's points."""
        return sum(
            self.placed[name].cost if name in self.placed else self.waiting_cost(name)
            for name in self.patients
        )

    @property
    def waiting(self) -> list[str]:
        """Patients without a place."""
        return [name for name in self.patients if name not in self.placed]

    @property
    def is_complete(self) -> bool:
        """Whether everybody who may not wait has a place."""
        return not self.broken and all(self.patients[name].may_wait for name in self.waiting)

    def usage_of_what_stays(self) -> Usage:
        """What visits that stay take of each skill, by day. Places are left out: fewer taken is still a bound."""
        slots = {skill: np.zeros(self.roster.days) for skill in self.roster.units_with}
        for name, tie in self.ties.items():
            chain = self.roster.chains[self.instance.current.chains[name]]
            for step in chain.steps:
                if step.id in tie.stays and step.id not in {
                    visit for who, visit in self.broken if who == name
                }:
                    for skill in step.needs:
                        slots[skill][tie.stays[step.id].day] += step.length
        return Usage(slots)

    def schedule(self) -> Schedule:
        """The plan in the form that is handed out; what stands as it stood is not written anew."""
        visits, holds = [], []
        stood = {(visit.patient, visit.visit): visit for visit in self.instance.current.visits}
        for name, whole in sorted(self.placed.items()):
            chain = self.roster.chains[whole.chain]
            for step, placed in zip(chain.steps, whole.visits, strict=True):
                resources = [self.roster.unit_resource[unit] for unit in placed.units]
                was = stood.get((name, step.id))
                at = self.roster.time_of(placed.day, placed.slot)
                if was is None or was.starts_at != at or was.resources != resources:
                    was = PlannedVisit(patient=name, visit=step.id, starts_at=at, resources=resources)
                visits.append(was)
            holds += [
                PlannedHold(patient=name, hold=hold, resource=keeper)
                for (hold, _, _, _), keeper in zip(chain.holds, whole.keepers, strict=True)
            ]
        chains = {name: whole.chain for name, whole in sorted(self.placed.items())}
        waiting = sorted(self.waiting)
        return Schedule.model_construct(chains=chains, visits=visits, holds=holds, waiting=waiting)
