"""What in an instance does not fit together: ids that nothing has, chains that cannot be walked, impossible lags.

A fault names ids, not places in a list: ``patients[patient_007].chains``. What the schema refuses is told by
``reading.py``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stroma.planning.planner.instance import Chain, Instance, Patient, Resource, minute_of_day
from stroma.planning.planner.roster import Roster

Fault = tuple[str, str]


def instance_faults(instance: Instance) -> list[Fault]:
    """Every place where the parts of an instance do not fit together, and why."""
    faults = [
        *_repeated("resources", instance.resources),
        *_repeated("chains", instance.chains),
        *_repeated("patients", instance.patients),
    ]
    for resource in instance.resources:
        faults += _resource_faults(resource)
    has_calendar = not faults
    skills = {skill for resource in instance.resources for skill in resource.skills}
    sound = []
    for chain in instance.chains:
        if found := list(_chain_faults(chain, skills)):
            faults += found
        else:
            sound.append(chain)
    for patient in instance.patients:
        faults += _patient_faults(patient, instance)
    faults += _current_faults(instance)
    if has_calendar:
        roster = Roster(instance.model_copy(update={"chains": sound}))
        for chain in sound:
            faults += _calendar_faults(chain, roster)
    return faults


def _repeated(place: str, parts: Iterable[Any]) -> Iterator[Fault]:
    for name, times in Counter(part.id for part in parts).items():
        if times > 1:
            yield f"{place}[{name}]", f"this id is given {times} times"


def _resource_faults(resource: Resource) -> Iterator[Fault]:
    place = f"resources[{resource.id}]"
    for number, shift in enumerate(resource.shifts):
        opens, closes = minute_of_day(shift.opens), minute_of_day(shift.closes)
        if closes <= opens:
            yield (
                f"{place}.shifts[{number}]",
                f"closes at {shift.closes}, not after it opens at {shift.opens}",
            )
        if shift.first and shift.last and shift.last < shift.first:
            yield (
                f"{place}.shifts[{number}]",
                f"its last day, {shift.last}, is before its first, {shift.first}",
            )
        if shift.overtime_until and minute_of_day(shift.overtime_until) < closes:
            yield f"{place}.shifts[{number}]", f"overtime ends at {shift.overtime_until}, before it closes"
    for skill, times in Counter(turn.skill for turn in resource.turns).items():
        if skill not in resource.skills:
            yield f"{place}.turns", f"{skill} is none of its skills"
        if times > 1:
            yield f"{place}.turns", f"set-up and cleaning for {skill} are given {times} times"
    for away in resource.away:
        if away.last < away.first:
            yield f"{place}.away", f"the last day, {away.last}, is before the first, {away.first}"


def _chain_faults(chain: Chain, skills: set[str]) -> Iterator[Fault]:
    place = f"chains[{chain.id}]"
    yield from _repeated(f"{place}.visits", chain.visits)
    yield from _repeated(f"{place}.holds", chain.holds)
    known: set[str] = set()
    for number, visit in enumerate(chain.visits):
        here = f"{place}.visits[{visit.id}]"
        for skill in visit.needs:
            if skill not in skills:
                yield here, f"needs {skill}, which no resource has"
        if number == 0 and visit.after is not None:
            yield here, "is the first visit and follows none"
        elif number > 0 and visit.after not in known:
            yield (
                here,
                f"follows {visit.after or 'nothing'}; it must follow a visit that stands before it in the list",
            )
        if visit.latest_days < visit.earliest_days:
            yield (
                here,
                f"at the latest {visit.latest_days} days after, which is less than the earliest, {visit.earliest_days}",
            )
        if visit.at_most_minutes is not None and visit.at_most_minutes < visit.at_least_minutes:
            yield (
                here,
                f"at most {visit.at_most_minutes} minutes after, which is less than at least {visit.at_least_minutes}",
            )
        known.add(visit.id)
    follows = {visit.id: visit.after for visit in chain.visits}
    hangs_together = {*follows.values()} <= {*known, None}
    for name, value in (("treatment", chain.treatment), ("product_from", chain.product_from)):
        if value is not None and value not in known:
            yield f"{place}.{name}", f"{value} is no visit of this chain"
    if (
        hangs_together
        and chain.product_from in known
        and chain.treatment in known
        and not _leads(follows, chain.product_from, chain.treatment)
    ):
        yield f"{place}.product_from", f"{chain.treatment} does not follow from {chain.product_from}"
    for hold in chain.holds:
        here = f"{place}.holds[{hold.id}]"
        if hold.skill not in skills:
            yield here, f"keeps {hold.skill}, which no resource has"
        for value in (hold.begins, hold.ends):
            if value not in known:
                yield here, f"{value} is no visit of this chain"
        if (
            hangs_together
            and {hold.begins, hold.ends} <= known
            and not _leads(follows, hold.begins, hold.ends)
        ):
            yield here, f"{hold.ends} does not follow from {hold.begins}"


def _leads(follows: Mapping[str, str | None], first: str | None, last: str) -> bool:
    at: str | None = last
    for _ in follows:
        if at == first:
            return True
        at = follows.get(at) if at else None
    return at == first


def _patient_faults(patient: Patient, instance: Instance) -> Iterator[Fault]:
    place = f"patients[{patient.id}]"
    chains = {chain.id: chain for chain in instance.chains}
    for name in patient.chains:
        if name not in chains:
            yield f"{place}.chains", f"{name} is no chain of the instance"
    if patient.ready_on > instance.last_day:
        yield (
            f"{place}.ready_on",
            f"{patient.ready_on} is after the last day of the plan, {instance.last_day}",
        )
    visits = {visit.id for name in patient.chains if name in chains for visit in chains[name].visits}
    current = {planned.visit for planned in instance.current.visits if planned.patient == patient.id}
    for name in patient.promised:
        if name not in current:
            yield f"{place}.promised", f"{name} is promised but has no time in the current plan"
    for key, names in (("agrees_to_move", patient.agrees_to_move), ("not_before", patient.not_before)):
        for name in names:
            if name not in visits:
                yield f"{place}.{key}", f"{name} is no visit of this patient's chains"


def _current_faults(instance: Instance) -> Iterator[Fault]:
    patients = {patient.id for patient in instance.patients}
    chains = {chain.id: {visit.id for visit in chain.visits} for chain in instance.chains}
    resources = {resource.id for resource in instance.resources}
    for (name, visit), times in Counter((v.patient, v.visit) for v in instance.current.visits).items():
        if times > 1:
            yield f"current.visits[{name} {visit}]", f"this visit is given {times} times"
    for name, taken in instance.current.chains.items():
        if name not in patients:
            yield f"current.chains.{name}", f"{name} is no patient of the instance"
        if taken not in chains:
            yield f"current.chains.{name}", f"{taken} is no chain of the instance"
    for name in instance.current.waiting:
        if name not in patients:
            yield "current.waiting", f"{name} is no patient of the instance"
    for hold in instance.current.holds:
        for value, known, word in (
            (hold.patient, patients, "patient"),
            (hold.resource, resources, "resource"),
        ):
            if value not in known:
                yield f"current.holds[{hold.patient} {hold.hold}]", f"{value} is no {word} of the instance"
    for planned in instance.current.visits:
        place = f"current.visits[{planned.patient} {planned.visit}]"
        chain = instance.current.chains.get(planned.patient)
        if planned.patient not in patients:
            yield place, f"{planned.patient} is no patient of the instance"
        elif chain is None:
            yield place, f"current.chains does not say which chain {planned.patient} takes"
        elif chain in chains and planned.visit not in chains[chain]:
            yield place, f"{planned.visit} is no visit of the chain {chain}"
        if not instance.first_day <= planned.starts_at.date() <= instance.last_day:
            yield place, f"{planned.starts_at} is outside the days of the plan"
        if planned.turns is not None and len(planned.turns) != len(planned.resources):
            yield (
                place,
                f"has {len(planned.turns)} times of set-up and cleaning for {len(planned.resources)} resources",
            )
        for name in planned.resources:
            if name not in resources:
                yield place, f"{name} is no resource of the instance"


def _calendar_faults(chain: Chain, roster: Roster) -> Iterator[Fault]:
    """Lags that no two open days of the calendar can meet, looked at from the last visit backwards."""
    steps = roster.chain_steps(chain).steps
    possible = [
        [roster.can_open(step.needs, step.length, day) for day in range(roster.days)] for step in steps
    ]
    for visit, days in zip(chain.visits, possible, strict=True):
        if not any(days):
            yield (
                f"chains[{chain.id}].visits[{visit.id}]",
                "there is no day on which all it needs are there long enough",
            )
            return
    for number in range(len(steps) - 1, 0, -1):
        step = steps[number]
        before, mine = possible[step.after], possible[number]
        for day in range(roster.days):
            before[day] = before[day] and any(mine[day + step.earliest : day + step.latest + 1])
        if not any(before):
            yield (
                f"chains[{chain.id}].visits[{steps[number].id}]",
                f"no calendar can meet its lag: on no day can {steps[step.after].id} be followed by it after "
                f"{step.earliest} to {step.latest} days, within the days of the plan",
            )
            return
