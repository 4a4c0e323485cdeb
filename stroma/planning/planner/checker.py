"""A judge of plans that shares nothing with the search: it takes any schedule, a hand-made one too.

It works with clock times, one rule after the other, and knows only the documents. Every rule that is broken is told,
with the ids of what broke it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from stroma.planning.planner.instance import (
    Chain,
    Instance,
    Patient,
    PlannedVisit,
    Resource,
    Schedule,
    Visit,
    minute_of_day,
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a schedule breaks: its code, the ids it concerns, and a sentence."""

    rule: str
    ids: tuple[str, ...]
    sentence: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.sentence}"


def violations(instance: Instance, schedule: Schedule) -> list[Violation]:
    """Every rule of ``instance`` that ``schedule`` breaks; an empty list accepts it."""
    return list(_Judge(instance, schedule).all())


class _Judge:
    def __init__(self, instance: Instance, schedule: Schedule) -> None:
        self.instance, self.schedule = instance, schedule
        self.patients = {patient.id: patient for patient in instance.patients}
        self.chains = {chain.id: chain for chain in instance.chains}
        self.resources = {resource.id: resource for resource in instance.resources}
        self.visits: dict[tuple[str, str], PlannedVisit] = {}
        self.times = Counter((visit.patient, visit.visit) for visit in schedule.visits)
        self.codes: dict[str, list[str]] = defaultdict(list)
        for patient_id, visit_id in self.times:
            self.codes[patient_id].append(visit_id)
        self.stood = {(visit.patient, visit.visit): visit for visit in instance.current.visits}
        for planned in schedule.visits:
            self.visits.setdefault((planned.patient, planned.visit), planned)

    def all(self) -> Iterator[Violation]:
        """The rules, one after the other."""
        yield from self._who_is_planned()
        for name, chain in self._planned():
            patient = self.patients[name]
            yield from self._which_visits(patient, chain)
            for visit in chain.visits:
                if planned := self.visits.get((name, visit.id)):
                    yield from self._time(patient, visit, planned)
                    yield from self._taken(visit, planned)
                    yield from self._lags(visit, planned)
            yield from self._beginning(patient, chain)
            yield from self._one_place_at_a_time(patient, chain)
        yield from self._holds()
        yield from self._nothing_is_taken_twice()
        yield from self._what_stays()

    def _planned(self) -> Iterator[tuple[str, Chain]]:
        for name, chain in self.schedule.chains.items():
            if name in self.patients and chain in self.chains:
                yield name, self.chains[chain]

    def _who_is_planned(self) -> Iterator[Violation]:
        planned, waiting = self.schedule.chains, Counter(self.schedule.waiting)
        for name, chain in planned.items():
            if name not in self.patients:
                yield Violation("unknown_patient", (name,), f"{name} is no patient of the instance")
            elif chain not in self.patients[name].chains:
                yield Violation(
                    "wrong_chain", (name, chain), f"{name} is not to be treated by the chain {chain}"
                )
        for name, times in waiting.items():
            if name not in self.patients or name in planned or times > 1:
                yield Violation(
                    "wrong_waiting", (name,), f"{name} cannot stand on the list of those who wait"
                )
        for name, patient in self.patients.items():
            if name not in planned and name not in waiting:
                yield Violation("left_out", (name,), f"{name} is neither planned nor waiting")
            elif name in waiting and not patient.may_wait:
                yield Violation("may_not_wait", (name,), f"{name} waits but must have a place in this plan")

    def _which_visits(self, patient: Patient, chain: Chain) -> Iterator[Violation]:
        wanted = {visit.id for visit in chain.visits}
        for visit in chain.visits:
            if (patient.id, visit.id) not in self.visits:
                yield Violation("visit_lacks", (patient.id, visit.id), f"{patient.id} has no {visit.id}")
        for visit_id in self.codes[patient.id]:
            if visit_id not in wanted:
                yield Violation(
                    "visit_added", (patient.id, visit_id), f"{visit_id} is no visit of {patient.id}'s chain"
                )
            elif (number := self.times[patient.id, visit_id]) > 1:
                yield Violation(
                    "visit_repeated", (patient.id, visit_id), f"{patient.id} has {visit_id} {number} times"
                )

    def _time(self, patient: Patient, visit: Visit, planned: PlannedVisit) -> Iterator[Violation]:
        starts, ends, ids = planned.starts_at, _end(planned, visit), (patient.id, visit.id)
        since_midnight = 60 * starts.hour + starts.minute
        if starts.second or starts.microsecond or since_midnight % self.instance.slot_minutes:
            yield Violation("off_grid", ids, f"{_name(planned)} does not begin on a slot")
        if not self.instance.first_day <= starts.date() <= self.instance.last_day:
            yield Violation("outside_horizon", ids, f"{_name(planned)} is outside the days of the plan")
        if ends > datetime.combine(starts.date() + timedelta(days=1), datetime.min.time()):
            yield Violation("past_midnight", ids, f"{_name(planned)} runs past midnight")
        if (
            (moment := patient.not_before.get(visit.id))
            and starts.date() < moment
            and not self._stays(planned)
        ):
            yield Violation("too_early", ids, f"{_name(planned)} cannot be before {moment}")
        frozen = self.instance.frozen_until
        if frozen and starts < frozen and not self._stood(planned):
            yield Violation(
                "in_frozen_time", ids, f"{_name(planned)} is new in the time that is frozen until {frozen}"
            )

    def _beginning(self, patient: Patient, chain: Chain) -> Iterator[Violation]:
        first = self.visits.get((patient.id, chain.visits[0].id))
        if first and first.starts_at.date() < patient.ready_on and not self._stays(first):
            ids = (patient.id, first.visit)
            sentence = f"{_name(first)} is before {patient.ready_on}, when {patient.id} is ready"
            yield Violation("before_ready", ids, sentence)

    def _taken(self, visit: Visit, planned: PlannedVisit) -> Iterator[Violation]:
        """Each need filled by somebody with the skill, in the order of the needs, there for the whole visit."""
        if len(planned.resources) != len(visit.needs):
            sentence = (
                f"{_name(planned)} takes {len(planned.resources)} resources and needs {len(visit.needs)}"
            )
            yield Violation("needs_unfilled", (planned.patient, visit.id), sentence)
            return
        for name, skill in zip(planned.resources, visit.needs, strict=True):
            ids = (planned.patient, visit.id, name)
            resource = self.resources.get(name)
            if resource is None:
                yield Violation("unknown_resource", ids, f"{_name(planned)} takes {name}, which is not there")
            elif skill not in resource.skills:
                yield Violation("lacks_skill", ids, f"{name} is no {skill}, which {_name(planned)} needs")
            elif not _is_there(resource, planned.starts_at, _end(planned, visit)):
                yield Violation("not_there", ids, f"{name} is not there for the whole of {_name(planned)}")

    def _lags(self, visit: Visit, planned: PlannedVisit) -> Iterator[Violation]:
        before = self.visits.get((planned.patient, visit.after or ""))
        chain = self.chains[self.schedule.chains[planned.patient]]
        followed = next((other for other in chain.visits if other.id == visit.after), None)
        if before is None or followed is None:
            return
        ids = (planned.patient, followed.id, visit.id)
        days = (planned.starts_at.date() - before.starts_at.date()).days
        if not visit.earliest_days <= days <= visit.latest_days:
            sentence = f"{_name(planned)} is {days} days after {followed.id}, not "
            yield Violation("lag_in_days", ids, f"{sentence}{visit.earliest_days} to {visit.latest_days}")
        minutes = (planned.starts_at - _end(before, followed)) / timedelta(minutes=1)
        begins = f"{_name(planned)} begins {minutes:.0f} minutes after the end of {followed.id}"
        if minutes < visit.at_least_minutes:
            yield Violation("lag_too_short", ids, f"{begins}, at least {visit.at_least_minutes} are needed")
        if visit.at_most_minutes is not None and minutes > visit.at_most_minutes:
            yield Violation("lag_too_long", ids, f"{begins}, at most {visit.at_most_minutes} are allowed")

    def _one_place_at_a_time(self, patient: Patient, chain: Chain) -> Iterator[Violation]:
        mine = [(self.visits[patient.id, v.id], v) for v in chain.visits if (patient.id, v.id) in self.visits]
        mine.sort(key=lambda item: item[0].starts_at)
        for (first, visit), (second, _) in pairwise(mine):
            if second.starts_at < _end(first, visit):
                ids = (patient.id, first.visit, second.visit)
                yield Violation("patient_twice", ids, f"{_name(first)} and {second.visit} overlap")

    def _nothing_is_taken_twice(self) -> Iterator[Violation]:
        spans: dict[str, list[tuple[datetime, int, PlannedVisit]]] = defaultdict(list)
        for name, chain in self._planned():
            for visit in chain.visits:
                if planned := self.visits.get((name, visit.id)):
                    for resource, skill in zip(planned.resources, visit.needs, strict=False):
                        before, after = self._turn(planned, resource, skill)
                        spans[resource] += [
                            (planned.starts_at - before, 1, planned),
                            (_end(planned, visit) + after, -1, planned),
                        ]
        for name, events in spans.items():
            using: list[PlannedVisit] = []
            for _, change, planned in sorted(events, key=lambda event: (event[0], event[1])):
                if change < 0:
                    using.remove(planned)
                    continue
                using.append(planned)
                if name in self.resources and len(using) > self.resources[name].places:
                    visits = " and ".join(_name(one) for one in using)
                    ids = (name, *(part for one in using for part in (one.patient, one.visit)))
                    sentence = f"{name} is taken by {visits} at once, set-up and cleaning counted"
                    yield Violation("taken_twice", ids, sentence)

    def _turn(self, planned: PlannedVisit, name: str, skill: str) -> tuple[timedelta, timedelta]:
        """The set-up and cleaning of what a visit takes; where it stands, no more than it was booked with."""
        turns = self.resources[name].turns if name in self.resources else []
        now = next(((t.before_minutes, t.after_minutes) for t in turns if t.skill == skill), (0, 0))
        was = self.stood.get((planned.patient, planned.visit))
        stays = was and was.turns and self._stood(planned) and name in was.resources
        booked = was.turns[was.resources.index(name)] if was and was.turns and stays else now
        return timedelta(minutes=min(now[0], booked[0])), timedelta(minutes=min(now[1], booked[1]))

    def _holds(self) -> Iterator[Violation]:
        """A place from the day of one visit through the day of another, on every one of those days."""
        kept: dict[tuple[str, date], list[str]] = defaultdict(list)
        named = Counter((hold.patient, hold.hold) for hold in self.schedule.holds)
        by = {(hold.patient, hold.hold): hold.resource for hold in self.schedule.holds}
        wanted = set()
        for name, chain in self._planned():
            for hold in chain.holds:
                wanted.add((name, hold.id))
                resource = self.resources.get(by.get((name, hold.id), ""))
                if named[name, hold.id] != 1 or resource is None or hold.skill not in resource.skills:
                    yield Violation("hold_lacks", (name, hold.id), f"{hold.id} of {name} has no {hold.skill}")
                    continue
                begins, ends = self.visits.get((name, hold.begins)), self.visits.get((name, hold.ends))
                if begins and ends:
                    for day in _days(begins.starts_at.date(), ends.starts_at.date()):
                        kept[resource.id, day].append(name)
        for extra in set(named) - wanted:
            yield Violation("hold_added", extra, f"{extra[0]} has no hold {extra[1]}")
        for (name, day), patients in kept.items():
            resource = self.resources[name]
            if _is_away(resource, day):
                yield Violation(
                    "not_there", (name, *patients), f"{name} is away on {day}, with {', '.join(patients)}"
                )
            if len(patients) > resource.places:
                sentence = f"{name} keeps {len(patients)} on {day} and has {resource.places} places"
                yield Violation("places_exceeded", (name, *patients), sentence)

    def _what_stays(self) -> Iterator[Violation]:
        for was in self.instance.current.visits:
            patient = self.patients.get(was.patient)
            if patient and self.instance.keeps(patient, was):
                now = self.visits.get((was.patient, was.visit))
                if now is None or now.starts_at != was.starts_at:
                    promised = was.visit in patient.promised
                    why = "was promised" if promised else "lies in the time that is frozen"
                    yield Violation("moved", (was.patient, was.visit), f"{_name(was)} {why} and was moved")

    def _stood(self, planned: PlannedVisit) -> bool:
        was = self.stood.get((planned.patient, planned.visit))
        return was is not None and was.starts_at == planned.starts_at

    def _stays(self, planned: PlannedVisit) -> bool:
        return self.instance.keeps(self.patients[planned.patient], planned) and self._stood(planned)


def _name(planned: PlannedVisit) -> str:
    return f"{planned.visit} of {planned.patient} ({planned.starts_at:%Y-%m-%d %H:%M})"


def _end(planned: PlannedVisit, visit: Visit) -> datetime:
    return planned.starts_at + timedelta(minutes=visit.minutes)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _is_away(resource: Resource, day: date) -> bool:
    return any(away.first <= day <= away.last for away in resource.away)


def _is_there(resource: Resource, starts: datetime, ends: datetime) -> bool:
    day = starts.date()
    midnight = datetime.combine(day, datetime.min.time())
    first, last = (starts - midnight) / timedelta(minutes=1), (ends - midnight) / timedelta(minutes=1)
    return not _is_away(resource, day) and any(
        day.weekday() in shift.weekdays
        and (shift.first is None or day >= shift.first)
        and (shift.last is None or day <= shift.last)
        and minute_of_day(shift.opens) <= first
        and last <= minute_of_day(shift.overtime_until or shift.closes)
        for shift in resource.shifts
    )
