"""What there is to plan: the clinic, its treatments as chains of visits, its patients, in real units and with ids.

Times are the site's own wall clock and no visit crosses midnight, so the two nights on which the clock moves change
nothing here. Lags between visits count calendar days; minutes where they are what matters (a product's shelf life).
Whether the parts fit together is looked at in ``faults``.
"""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

Id = Annotated[str, StringConstraints(min_length=1, max_length=80)]
CLOCK_TIME = r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$"
ClockTime = Annotated[str, StringConstraints(pattern=CLOCK_TIME)]
Days = Annotated[int, Field(ge=0, le=3660)]
Minutes = Annotated[int, Field(ge=0, le=5_270_400)]
TurnMinutes = Annotated[int, Field(ge=0, le=240)]
Weekday = Annotated[int, Field(ge=0, le=6)]
Cost = Annotated[int, Field(ge=0, le=100_000)]


WALL_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$"


def _on_the_wall(moment: object) -> object:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        raise ValueError("times are the site's own clock: leave the zone out")
    if not isinstance(moment, str):
        return moment
    if not re.match(WALL_TIME, moment):
        raise ValueError(f"write a time as 2027-03-01T08:30, without a zone, not {moment!r}")
    return datetime.fromisoformat(moment)


SiteTime = Annotated[
    datetime,
    BeforeValidator(_on_the_wall),
    # The format "date-time" of JSON Schema asks for a zone.
    WithJsonSchema({"type": "string", "pattern": WALL_TIME}),
]


class Part(BaseModel):
    """A part of the document: unknown keys are refused, nothing is changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Shift(Part):
    """When a resource can be taken, week after week, or only from a day through another."""

    weekdays: Annotated[list[Weekday], Field(min_length=1)]
    """0 is Monday."""
    opens: ClockTime
    """The time of day from which it can be taken, ``08:00``."""
    closes: ClockTime
    """The time of day until which, on the same day; ``24:00`` is midnight."""
    overtime_until: ClockTime | None = None
    """Visits may run to here, for the price of overtime."""
    first: date | None = None
    """It holds from this day on."""
    last: date | None = None
    """It holds through this day."""

    def is_on(self, day: date) -> bool:
        """Whether it holds on this day."""
        return (
            day.weekday() in self.weekdays
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
        )


class Away(Part):
    """Days on which a resource cannot be taken: a holiday, an illness, a repair."""

    first: date
    last: date
    """The last of these days; it is one of them."""
    reason: str = ""
    """For the reader; the planner does not look at it."""


class Turn(Part):
    """What a resource needs before and after a visit that takes it for a skill: its set-up, and its cleaning.

    It is held meanwhile, but need not be in its shift; nobody else of the visit waits for it.
    """

    skill: Id
    before_minutes: TurnMinutes = 0
    """Set-up."""
    after_minutes: TurnMinutes = 0
    """Cleaning."""


class Resource(Part):
    """A person, a room, a workstation, or an incubator with its places."""

    id: Id
    skills: Annotated[list[Id], Field(min_length=1)]
    """What it can be taken for."""
    places: Annotated[int, Field(ge=1, le=1000)] = 1
    """How many can use it at once."""
    shifts: Annotated[list[Shift], Field(min_length=1)]
    """When it can be taken; outside all of them it cannot."""
    away: list[Away] = []
    turns: list[Turn] = []
    """Set-up and cleaning, by what it is taken for; none where nothing is said."""


class Visit(Part):
    """One appointment of a chain, the patient's or the laboratory's, and what it takes."""

    id: Id
    minutes: Annotated[int, Field(gt=0, le=1440)]
    """How long it takes."""
    needs: Annotated[list[Id], Field(min_length=1)]
    """Skills, one for each resource it takes."""
    after: Id | None = None
    """The visit from which its lags count; the first of a chain has none."""
    earliest_days: Days = 0
    """How many calendar days after the day of ``after`` at the soonest; 0 is the same day."""
    latest_days: Days = 0
    """How many calendar days after the day of ``after`` at the latest."""
    at_least_minutes: Minutes = 0
    """From the end of ``after`` to its start, at least."""
    at_most_minutes: Minutes | None = None
    """From the end of ``after`` to its start, at most: a shelf life."""
    often_early_days: Days = 0
    """By how many days the culture is ready early in one case of ten: the date is a distribution."""
    often_late_days: Days = 0
    """By how many days it is late in one case of ten."""


class Hold(Part):
    """Something kept from the day of one visit through the day of another: an incubator place."""

    id: Id
    skill: Id
    """What keeps it: a resource with this skill, of which one place is taken all along."""
    begins: Id
    """The visit on whose day it begins."""
    ends: Id
    """The visit through whose day it is kept; it follows from ``begins``."""


class Chain(Part):
    """One way to treat: its visits, each after the one it follows."""

    id: Id
    visits: Annotated[list[Visit], Field(min_length=1)]
    """In an order in which each stands after the one it follows."""
    holds: list[Hold] = []
    treatment: Id
    """The visit that treats: the time to treatment ends on its day."""
    product_from: Id | None = None
    """The harvest: the age of the cells counts from its end to the treatment's start."""


class PlannedVisit(Part):
    """A visit with its time and the resources it takes, in the order of its needs."""

    patient: Id
    visit: Id
    starts_at: SiteTime
    """By the site's own clock, ``2027-03-01T08:30``."""
    resources: list[Id]
    """One for each of its needs, in their order."""
    turns: list[tuple[TurnMinutes, TurnMinutes]] | None = None
    """Only in the current plan: the set-up and cleaning each of its resources was booked with. Where that is less than
    the resource needs now, the visit keeps it for as long as it stays there."""


class PlannedHold(Part):
    """Which resource keeps a hold of a patient."""

    patient: Id
    hold: Id
    resource: Id


class Schedule(Part):
    """A plan: which chain each patient takes, when each visit is, what it takes, and who waits."""

    format: Literal["stroma.schedule/1"] = "stroma.schedule/1"
    chains: dict[Id, Id] = {}
    """Which chain each patient takes."""
    visits: list[PlannedVisit] = []
    holds: list[PlannedHold] = []
    waiting: list[Id] = []
    """Patients without a place inside the horizon."""


class Patient(Part):
    """Somebody to be treated: from when, how urgently, by which chains."""

    id: Id
    ready_on: date
    """No visit is before this day, and the wait counts from it."""
    priority: Annotated[int, Field(ge=1, le=9)] = 3
    """1 is the most urgent."""
    chains: Annotated[list[Id], Field(min_length=1)]
    """The chains that would do; the planner takes one."""
    promised: list[Id] = []
    """Visits of the current plan that the patient has been told; they stay."""
    agrees_to_move: list[Id] = []
    """Promised visits that the patient agreed to have moved."""
    not_before: dict[Id, date] = {}
    """Visits that cannot be earlier than a day: a slow culture, a patient who is away."""
    may_wait: bool = False
    """Whether the patient may be left without a place in this plan."""


class Objective(Part):
    """What a plan costs, in points; a plan with fewer points is better."""

    wait_per_day: Annotated[list[Cost], Field(min_length=1)] = [8, 4, 2]
    """From ready to treated, by priority; a later priority than the last here costs as the last."""
    cell_age_per_day: Cost = 4
    """From ``product_from`` to the treatment."""
    overtime_per_hour: Cost = 12
    """For each hour of each resource."""
    moved_visit: Cost = 20
    """For each visit of the current plan that is put on another day or time."""
    waiting_patient: Annotated[int, Field(ge=0, le=10_000_000)] = 20_000
    """For each patient without a place in the plan."""

    def wait_weight(self, priority: int) -> int:
        """Points for each day that a patient of this priority waits."""
        return self.wait_per_day[min(priority, len(self.wait_per_day)) - 1]


class Instance(Part):
    """Everything a plan is made from."""

    format: Literal["stroma.plan/1"] = "stroma.plan/1"
    first_day: date
    """The first day of the plan."""
    days: Annotated[int, Field(ge=1, le=1100)]
    """How many days the plan has."""
    slot_minutes: Literal[5, 10, 15, 20, 30, 60] = 30
    """Visits begin on multiples of this, counted from midnight."""
    resources: Annotated[list[Resource], Field(min_length=1)]
    chains: Annotated[list[Chain], Field(min_length=1)]
    patients: list[Patient]
    current: Schedule = Schedule()
    """The plan that stands; visits that took place are in it too."""
    frozen_until: SiteTime | None = None
    """Visits of the current plan that begin before this stay as they are, and no new one begins before it."""
    objective: Objective = Objective()

    def keeps(self, patient: Patient, planned: PlannedVisit) -> bool:
        """Whether a visit of the current plan stays as it is: it began, is frozen, or was promised."""
        frozen = self.frozen_until is not None and planned.starts_at < self.frozen_until
        return frozen or (planned.visit in patient.promised and planned.visit not in patient.agrees_to_move)

    @property
    def last_day(self) -> date:
        """The last day on which anything can be."""
        return self.first_day + timedelta(days=self.days - 1)


def minute_of_day(clock: ClockTime) -> int:
    """Minutes after midnight."""
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)
