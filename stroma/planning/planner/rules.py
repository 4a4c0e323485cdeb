"""Every rule of an instance as one CP-SAT model at the grain of slots: one short function for each rule.

This is the plain model. It proves that rules cannot hold together (``explain``) and is what the search is compared with
(``bench/planner.py``). Each rule can be switched off by its literal, so that a set of rules can be asked about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stroma.planning.planner.instance import Chain, Instance, Patient, PlannedHold, PlannedVisit, Schedule
from stroma.planning.planner.roster import ChainSteps, Roster, Step, starts_of


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the instance: its kind, the ids it is about, and the sentence a scheduler would say."""

    kind: str
    ids: tuple[str, ...]
    sentence: str


@dataclass(slots=True)
class _Appointment:
    """The variables of one visit of one patient in one chain."""

    patient: Patient
    step: Step
    day: Any
    slot: Any
    start: Any
    """Slots from the first midnight of the plan."""
    present: Any
    takes: list[dict[int, Any]]


class RulesModel:
    """The model of some patients of an instance, all of them unless ``patients`` says which."""

    def __init__(self, instance: Instance, patients: Sequence[Patient] | None = None) -> None:
        from ortools.sat.python import cp_model  # slow import

        self.cp, self.model = cp_model, cp_model.CpModel()
        self.instance, self.roster = instance, Roster(instance)
        self.patients = list(instance.patients if patients is None else patients)
        self.rules: dict[Rule, Any] = {}
        self.chosen: dict[tuple[str, str], Any] = {}
        self.visits: dict[tuple[str, str, str], _Appointment] = {}
        self.keeps: dict[tuple[str, str, str, str], Any] = {}
        self.points: list[Any] = []
        self._spans: dict[int, list[Any]] = {}
        self._stays: dict[int, list[Any]] = {}
        for patient in self.patients:
            self._takes_one_of_its_chains(patient)
        self._nobody_is_in_two_places()
        self._no_more_places_than_there_are()

    def rule(self, kind: str, ids: tuple[str, ...], sentence: str) -> Any:
        """The literal of a rule; it holds where the literal is true."""
        rule = Rule(kind, ids, sentence)
        if rule not in self.rules:
            self.rules[rule] = self.model.new_bool_var("")
        return self.rules[rule]

    def _takes_one_of_its_chains(self, patient: Patient) -> None:
        """Each patient who must be treated in this plan is treated by one of the chains that would do."""
        chains = [self.roster.chains[name] for name in patient.chains]
        literals = [self.model.new_bool_var("") for _ in chains]
        self.model.add_at_most_one(literals)
        if patient.may_wait:
            points = self.instance.objective
            days = self.roster.days - self.roster.day_of(patient.ready_on)
            cost = points.waiting_patient + points.wait_weight(patient.priority) * days
            self.points.append(60 * cost * (1 - sum(literals)))
        else:
            sentence = f"{patient.id} must be treated by {self.instance.last_day}"
            self.model.add_bool_or(literals).only_enforce_if(self.rule("place", (patient.id,), sentence))
        for chain, present in zip(chains, literals, strict=True):
            self.chosen[patient.id, chain.id] = present
            self._walks(patient, chain, present)

    def _walks(self, patient: Patient, chain: ChainSteps, present: Any) -> None:
        mine = [self._appointment(patient, step, present) for step in chain.steps]
        written = next(one for one in self.instance.chains if one.id == chain.id)
        for place, visit in enumerate(mine):
            self.visits[patient.id, chain.id, visit.step.id] = visit
            self._has_all_it_needs(visit)
            if place:
                self._keeps_its_lag(written, mine[visit.step.after], visit)
            self._is_not_before(patient, visit)
        self._begins_when_ready(patient, chain, mine[0])
        self._what_was_promised_stays(patient, chain, mine)
        self.model.add_no_overlap([self._span(v.start, v.step.length, present) for v in mine])
        self._keeps_places(patient, chain, mine, present)
        self._costs(patient, chain, mine, present)

    def _appointment(self, patient: Patient, step: Step, present: Any) -> _Appointment:
        day = self.model.new_int_var(0, self.roster.days - 1, "")
        slot = self.model.new_int_var(0, self.roster.slots - step.length, "")
        start = self.model.new_int_var(0, self.roster.days * self.roster.slots - 1, "")
        self.model.add(start == day * self.roster.slots + slot)
        return _Appointment(patient, step, day, slot, start, present, [])

    def _span(self, start: Any, length: int, present: Any) -> Any:
        return self.model.new_optional_fixed_size_interval_var(start, length, present, "")

    def _has_all_it_needs(self, visit: _Appointment) -> None:
        """Each visit has somebody with each skill it needs, there for all of it, and nobody twice."""
        start = visit.start
        for skill in visit.step.needs:
            holds = self.rule("skill", (skill,), f"{skill}: there are only so many, at their hours")
            takes: dict[int, Any] = {}
            for unit in self.roster.units_with[skill]:
                takes[unit] = self.model.new_bool_var("")
                before, after = self._turn(unit, skill, visit)
                self.model.add_implication(takes[unit], visit.present)
                self.model.add_linear_expression_in_domain(
                    start, self._hours(unit, visit.step.length)
                ).only_enforce_if(takes[unit])
                held = self._span(start - before, before + visit.step.length + after, takes[unit])
                self._spans.setdefault(unit, []).append(held)
            self.model.add_exactly_one(list(takes.values())).only_enforce_if([holds, visit.present])
            visit.takes.append(takes)

    def _turn(self, unit: int, skill: str, visit: _Appointment) -> tuple[int, int]:
        """A room or device is set up before a visit and cleaned after it; what stands keeps what it was booked with."""
        before, after = self.roster.turns[unit].get(skill, (0, 0))
        was = self._kept(visit.patient, visit.step.id)
        resource = self.roster.unit_resource[unit]
        if was is None or was.turns is None or resource not in was.resources:
            return before, after
        booked = was.turns[was.resources.index(resource)]
        return min(before, -(-booked[0] // self.roster.slot)), min(after, -(-booked[1] // self.roster.slot))

    def _hours(self, unit: int, length: int) -> Any:
        spans = []
        for day, there in enumerate(self.roster.there[unit]):
            starts, low = starts_of(there, length), 0
            while starts >> low:
                low += ((starts >> low) & -(starts >> low)).bit_length() - 1
                run = ((~(starts >> low)) & ((starts >> low) + 1)).bit_length() - 1
                spans.append([day * self.roster.slots + low, day * self.roster.slots + low + run - 1])
                low += run
        return self.cp.Domain.from_intervals(spans)

    def _keeps_its_lag(self, chain: Chain, before: _Appointment, visit: _Appointment) -> None:
        """Each visit follows the one before it by no less and no more than its lag."""
        step = visit.step
        minutes = self.roster.slot
        bounds = f"{step.earliest} to {step.latest} days"
        bounds += f", at least {step.at_least * minutes} minutes" if step.at_least else ""
        bounds += "" if step.at_most is None else f", at most {step.at_most * minutes} minutes"
        sentence = f"in {chain.id}, {step.id} follows {before.step.id} by {bounds}"
        on = [self.rule("lag", (chain.id, step.id), sentence), visit.present]
        self.model.add_linear_constraint(visit.day - before.day, step.earliest, step.latest).only_enforce_if(
            on
        )
        wait = visit.start - before.start - before.step.length
        self.model.add(wait >= step.at_least).only_enforce_if(on)
        if step.at_most is not None:
            self.model.add(wait <= step.at_most).only_enforce_if(on)

    def _begins_when_ready(self, patient: Patient, chain: ChainSteps, first: _Appointment) -> None:
        """Nobody's chain begins before the day they are ready."""
        if not self._kept(patient, first.step.id):
            ready = self.roster.day_of(patient.ready_on)
            on = self.rule("ready", (patient.id,), f"{patient.id} is ready on {patient.ready_on}, not before")
            self.model.add(first.day >= ready).only_enforce_if([on, first.present])

    def _is_not_before(self, patient: Patient, visit: _Appointment) -> None:
        """A slow culture, or a patient who is away, holds a visit back."""
        moment = patient.not_before.get(visit.step.id)
        if moment is not None and not self._kept(patient, visit.step.id):
            sentence = f"{visit.step.id} of {patient.id} cannot be before {moment}"
            on = self.rule("not_before", (patient.id, visit.step.id), sentence)
            self.model.add(visit.day >= self.roster.day_of(moment)).only_enforce_if([on, visit.present])
        frozen = self.instance.frozen_until
        if frozen is not None and not self._kept(patient, visit.step.id):
            on = self.rule("frozen", (), f"nothing new is put before {frozen}")
            thawed = self.roster.day_of(frozen) * self.roster.slots + self.roster.slot_of(frozen)
            self.model.add(visit.start >= thawed).only_enforce_if([on, visit.present])

    def _kept(self, patient: Patient, visit: str) -> PlannedVisit | None:
        return next(
            (
                planned
                for planned in self.instance.current.visits
                if (planned.patient, planned.visit) == (patient.id, visit)
                and self.instance.keeps(patient, planned)
            ),
            None,
        )

    def _what_was_promised_stays(
        self, patient: Patient, chain: ChainSteps, mine: Sequence[_Appointment]
    ) -> None:
        """What a patient was promised, and what is frozen, stays where it is."""
        for visit in mine:
            if (was := self._kept(patient, visit.step.id)) is not None:
                why = "was promised" if visit.step.id in patient.promised else "lies in frozen time"
                sentence = f"{visit.step.id} of {patient.id} on {was.starts_at:%Y-%m-%d at %H:%M} {why}"
                on = [self.rule("stays", (patient.id, visit.step.id), sentence), visit.present]
                self.model.add(visit.day == self.roster.day_of(was.starts_at)).only_enforce_if(on)
                self.model.add(visit.slot == self.roster.slot_of(was.starts_at)).only_enforce_if(on)

    def _nobody_is_in_two_places(self) -> None:
        """Nobody and nothing is taken twice at the same time."""
        for spans in self._spans.values():
            self.model.add_no_overlap(spans)

    def _keeps_places(
        self, patient: Patient, chain: ChainSteps, mine: Sequence[_Appointment], present: Any
    ) -> None:
        """A place is kept from the day a hold begins through the day it ends."""
        for hold, skill, begins, ends in chain.holds:
            on = self.rule("hold", (skill,), f"{skill}: there are only so many places")
            length = self.model.new_int_var(1, self.roster.days, "")
            end = self.model.new_int_var(1, self.roster.days, "")
            self.model.add(end == mine[ends].day + 1).only_enforce_if(present)
            literals = []
            for keeper in self.roster.keepers[skill]:
                literal = self.model.new_bool_var("")
                self.model.add_implication(literal, present)
                self.keeps[patient.id, chain.id, hold, keeper] = literal
                span = self.model.new_optional_interval_var(mine[begins].day, length, end, literal, "")
                self._stays.setdefault(self._keeper_number(keeper), []).append(span)
                literals.append(literal)
            self.model.add_exactly_one(literals).only_enforce_if([on, present])

    def _keeper_number(self, keeper: str) -> int:
        return list(self.roster.places).index(keeper)

    def _no_more_places_than_there_are(self) -> None:
        """No keeper keeps more than its places, and none on a day on which it is away."""
        names = list(self.roster.places)
        for number, spans in self._stays.items():
            keeper = names[number]
            away = [
                self.model.new_fixed_size_interval_var(day, 1, "")
                for day, there in enumerate(self.roster.days_of[keeper])
                if not there
            ]
            places = self.roster.places[keeper]
            self.model.add_cumulative([*spans, *away], [1] * len(spans) + [places] * len(away), places)

    def _costs(self, patient: Patient, chain: ChainSteps, mine: Sequence[_Appointment], present: Any) -> None:
        """Waiting, the cells' age, overtime and moved visits cost points."""
        points = self.instance.objective
        ready = self.roster.day_of(patient.ready_on)
        treated = mine[chain.treatment].day
        cost = points.wait_weight(patient.priority) * (treated - ready)
        if chain.product_from >= 0:
            cost = cost + points.cell_age_per_day * (treated - mine[chain.product_from].day)
        charged = self.model.new_int_var(0, 10_000_000, "")
        self.model.add(charged >= cost).only_enforce_if(present)
        self.points.append(60 * charged)
        for visit in mine:
            for unit, literal in ((u, lit) for takes in visit.takes for u, lit in takes.items()):
                closes = min((mask.bit_length() for mask in self.roster.regular[unit] if mask), default=0)
                if points.overtime_per_hour and self.roster.regular[unit] != self.roster.there[unit]:
                    over = self.model.new_int_var(0, visit.step.length, "")
                    self.model.add(over >= visit.slot + visit.step.length - closes).only_enforce_if(literal)
                    self.points.append(points.overtime_per_hour * self.roster.slot * over)

    def solve(
        self,
        *,
        seconds: float,
        workers: int,
        seed: int = 1,
        rules: Sequence[Rule] | None = None,
        callback: Any = None,
    ) -> tuple[str, Any]:
        """Status and solver. With ``rules`` only these hold and no points are asked for; without, all hold."""
        self.model.clear_assumptions()
        self.model.clear_objective()  # type: ignore[no-untyped-call]  # a method without types
        if rules is None:
            for literal in self.rules.values():
                self.model.add(literal == 1)
            self.model.minimize(sum(self.points))
        else:
            self.model.add_assumptions([self.rules[rule] for rule in rules])
        solver = self.cp.CpSolver()
        solver.parameters.max_time_in_seconds = max(0.01, seconds)
        solver.parameters.num_workers = workers
        solver.parameters.random_seed = seed
        status = solver.solve(self.model, callback)
        return solver.status_name(status).lower(), solver

    def schedule(self, solver: Any) -> Schedule:
        """The plan a solver found."""
        visits, holds, chains = [], [], {}
        for (patient, chain), literal in self.chosen.items():
            if not solver.value(literal):
                continue
            chains[patient] = chain
            for step in self.roster.chains[chain].steps:
                visit = self.visits[patient, chain, step.id]
                units = [next(u for u, lit in takes.items() if solver.value(lit)) for takes in visit.takes]
                at = self.roster.time_of(solver.value(visit.day), solver.value(visit.slot))
                resources = [self.roster.unit_resource[unit] for unit in units]
                visits.append(PlannedVisit(patient=patient, visit=step.id, starts_at=at, resources=resources))
        for (patient, chain, hold, keeper), literal in self.keeps.items():
            if chains.get(patient) == chain and solver.value(literal):
                holds.append(PlannedHold(patient=patient, hold=hold, resource=keeper))
        waiting = [patient.id for patient in self.patients if patient.id not in chains]
        return Schedule(chains=chains, visits=visits, holds=holds, waiting=waiting)
