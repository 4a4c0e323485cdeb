"""What is asked of the planner for one patient, with what the patient or coordinator wishes on top of the rules.

A wish narrows: with this physiatrist, on these weekdays, the first visit by a day. Overtime widens, and is a soft rule:
whoever books in it gives a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from stroma.planning.domain.chain import ChainPlan, plan_chain
from stroma.planning.domain.hours import EVERY_DAY, ONE_DAY, Hours, WithOvertime, holds, longer
from stroma.planning.domain.kinds import Bookable, Span
from stroma.protocols.domain.schema import Hold, Visit

PHYSIATRIST = "physiatrist"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wished beyond the rules; without a word nothing is."""

    physiatrist: UUID | None = None
    weekdays: frozenset[int] = EVERY_DAY
    """Weekdays on which the patient can come; laboratory work is not bound to them."""
    first_by: datetime | None = None
    """The first visit that is not held yet begins before this."""
    overtime: timedelta = field(default=timedelta())


@dataclass(frozen=True, slots=True)
class OnWeekdays:
    """Hours for patients on some weekdays only."""

    hours: Hours
    weekdays: frozenset[int]

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the site's clocks."""
        return self.hours.zone

    def spans(self, start: datetime, end: datetime, *, patient: bool) -> list[Span]:
        """The stretches that begin on one of the weekdays; the laboratory's as they are."""
        return [
            span
            for span in self.hours.spans(start, end, patient=patient)
            if not patient or span.starts_at.astimezone(self.zone).weekday() in self.weekdays
        ]


@dataclass(frozen=True, slots=True)
class Ask:
    """Everything the planner is given for one chain, and the wish."""

    visits: Sequence[Visit]
    resources: Sequence[Bookable]
    earliest: datetime
    hours: Hours
    held: Mapping[str, datetime] = field(default_factory=dict)
    wish: Wish = field(default_factory=Wish)
    holds: Sequence[Hold] = ()
    """What the protocol keeps for days between two visits."""
    now: datetime | None = None
    stays: Mapping[str, tuple[UUID, date]] = field(default_factory=dict)
    """By hold, in what the cells are already, though no visit is booked that ends it."""

    def plan(self) -> ChainPlan:
        """The earliest chain that keeps every rule and the wish. Raises NoChain."""
        return plan_chain(
            visits=self.visits,
            resources=[self._wished(resource) for resource in self.resources],
            earliest=self.earliest,
            hours=self._wished_hours(),
            held=self.held,
            first_by=self.wish.first_by,
            holds=self.holds,
            now=self.now,
            stays=self.stays,
        )

    def with_wish(self, **changes: object) -> "Ask":
        """The same with another wish."""
        return replace(self, wish=replace(self.wish, **changes))  # type: ignore[arg-type]  # fields of Wish

    def from_day_after(self, moment: datetime) -> "Ask":
        """The same, from the beginning of the next day of the site on."""
        day: date = moment.astimezone(self.hours.zone).date() + ONE_DAY
        begins = datetime.combine(day, time(), self.hours.zone).astimezone(UTC)
        return replace(self, earliest=max(self.earliest, begins))

    def in_overtime(self, plan: ChainPlan) -> list[str]:
        """The codes of the visits of a plan that lie outside the hours or somebody's shift."""
        by_code = {visit.code: visit for visit in self.visits}
        there = {resource.id: resource for resource in self.resources}
        found = []
        for planned in plan.visits:
            patient = by_code[planned.code].patient
            spans = self.hours.spans(planned.starts_at, planned.ends_at, patient=patient)
            at_work = all(
                there[resource].is_there(planned.starts_at, planned.ends_at)
                for resource in planned.resources
                if resource in there
            )
            if not at_work or not holds(spans, planned.starts_at, planned.ends_at):
                found.append(planned.code)
        return found

    def _wished(self, resource: Bookable) -> Bookable:
        chosen = self.wish.physiatrist
        kinds = resource.kinds
        if chosen is not None and resource.id != chosen:
            kinds = kinds - {PHYSIATRIST}
        there = resource.there
        if there is not None and self.wish.overtime:
            there = tuple(longer(there, self.wish.overtime))
        return replace(resource, kinds=kinds, there=there)

    def _wished_hours(self) -> Hours:
        hours = self.hours
        if self.wish.weekdays != EVERY_DAY:
            hours = OnWeekdays(hours, self.wish.weekdays)
        return WithOvertime(hours, self.wish.overtime) if self.wish.overtime else hours
