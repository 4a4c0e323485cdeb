"""A clinic as the planner sees it: an instance made from the tables, and what in it stands for what.

Every course that is to be planned is a patient of the instance with a chain of its own (``planner/course_chain.py``).
Whatever else holds somebody (a consultation, a booking at another site, a course that is not to be planned) is a
patient with one visit that stays. So nothing is planned into time that is taken, and a repair sees who is in the way.
No name is in the instance: courses are known by their number, people and things by what they are and a number.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.planning.clinic_bookings import bookings_of
from stroma.planning.clinic_roster import MOST_DAYS, SLOTS_OF_RECORD, ClinicRoster
from stroma.planning.domain.board import needs_of
from stroma.planning.domain.booking import held_before
from stroma.planning.domain.harvest import HarvestForecast
from stroma.planning.domain.kinds import PATIENT
from stroma.planning.domain.slots import SLOT
from stroma.planning.forecasts import harvest_forecasts
from stroma.planning.left_in_place import with_cells_left
from stroma.planning.mixed_versions import taken_both_ways
from stroma.planning.models import Visit
from stroma.planning.planner.course_chain import (
    WHAT_WAS,
    WindowClosed,
    chain_of_nothing,
    course_chain,
    last_day_of,
    product_of,
    treatment_of,
)
from stroma.planning.planner.instance import Chain, Instance, Patient, PlannedHold, PlannedVisit, Schedule
from stroma.planning.planner.instance import Visit as PlannerVisit
from stroma.planning.queries import held_without_booking
from stroma.planning.roster_rows import Windows, fills
from stroma.protocols.domain import schema
from stroma.protocols.domain.blocker import Blocker

SLOT_MINUTES = SLOT // timedelta(minutes=1)
SOURCE = "Stroma planning"


@dataclass
class ClinicPlan:
    """An instance, and what its ids stand for."""

    site: Site
    at: datetime
    instance: Instance
    courses: dict[str, Course] = field(default_factory=dict)
    """By patient of the instance."""
    visits: dict[tuple[str, str], Visit] = field(default_factory=dict)
    """The booked visits that may move, by patient and code."""
    replaced: dict[str, list[UUID]] = field(default_factory=dict)
    """The booked visits of a course that is gone through again, by patient: they are cancelled."""
    took: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """What each of these visits takes now, by its own names here."""
    resources: dict[str, UUID] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    left_out: list[Blocker] = field(default_factory=list)
    """Courses that cannot be planned, and why."""

    @property
    def zone(self) -> ZoneInfo:
        """The site's own clock."""
        return ZoneInfo(self.site.time_zone)

    def moment(self, wall: datetime) -> datetime:
        """A time of the instance as a moment."""
        return wall.replace(tzinfo=self.zone)


def courses_to_plan(site: Site) -> list[Course]:
    """The open courses of a site with a valid consent, the longest open first."""
    consented = Q(consent__isnull=False) & Q(consent__withdrawal__isnull=True)
    found = Course.objects.filter(consented, site=site, state=Course.State.OPEN)
    return list(
        found.select_related("site", "protocol", "consent", "decision__assessment", "patient").order_by(
            "opened_at", "number"
        )
    )


def clinic_plan(
    site: Site,
    *,
    at: datetime,
    courses: Sequence[Course] | None = None,
    freeze: timedelta = timedelta(0),
    agreed: Collection[UUID] = (),
    again_from: Mapping[UUID, str] | None = None,
) -> ClinicPlan:
    """The instance of ``site`` at ``at``.

    ``courses`` are planned, all of the site's if not said; ``freeze`` is how long from now nothing changes any more;
    ``agreed`` are the booked visits that the patient agrees to have moved; ``again_from`` says for a course whose
    lot failed from which visit on it is gone through again.
    """
    return _Maker(site, at, freeze, frozenset(agreed), again_from or {}).make(
        courses_to_plan(site) if courses is None else courses
    )


class _Maker:
    def __init__(
        self,
        site: Site,
        at: datetime,
        freeze: timedelta,
        agreed: frozenset[UUID],
        again_from: Mapping[UUID, str],
    ) -> None:
        self.site, self.at, self.agreed, self.again_from = site, at, agreed, again_from
        self.zone = ZoneInfo(site.time_zone)
        self.today = at.astimezone(self.zone).date()
        self.first_day = self.today - timedelta(days=1)
        self.roster = ClinicRoster(site, first_day=self.first_day)
        start = self.roster.start
        offsets = [(start + timedelta(days=30 * n)).utcoffset() or timedelta(0) for n in range(13)]
        self.clock_moves = max(offsets) - min(offsets)
        self.frozen_until = _next_slot(self._wall(at + freeze))
        self.chains: dict[str, Chain] = {}
        self.patients: list[Patient] = []
        self.planned: list[PlannedVisit] = []
        self.kept: list[PlannedVisit] = []
        self.holds: list[PlannedHold] = []
        self.current: dict[str, str] = {}
        self.found = ClinicPlan(site, at, Instance.model_construct())
        self.movable: set[UUID] = set()
        self.stands: set[UUID] = set()

    def make(self, courses: Sequence[Course]) -> ClinicPlan:
        """Who there is, then courses, then when everybody is there and what else holds them."""
        self.found.resources = {own: resource for resource, own in self.roster.ids.items()}
        self.found.names = {own: self.roster.names[resource] for resource, own in self.roster.ids.items()}
        protocols = [protocol_of(course.protocol) for course in courses]
        self.roster.weigh_days([visit for protocol in protocols for visit in protocol.visits])
        self.roster.kept_kinds = frozenset(hold.kind for protocol in protocols for hold in protocol.holds)
        for resource, own, _ in self.roster.keepers():
            self.found.resources[own] = resource
            self.found.names[own] = self.roster.names[resource]
        self.bookings = bookings_of(courses)
        forecasts = harvest_forecasts(self.site)
        for number, course in enumerate(courses):
            self._add_course(course, number, forecasts.get(course.pk))
        last = max(
            (last_day_of(chain, self.first_day) for chain in self.chains.values()),
            default=self.today + timedelta(days=30),
        )
        self.days = min(MOST_DAYS, (last - self.first_day).days + 1)
        able = self.roster.bookables(days=self.days, but_visits=self.movable, on=self.today)
        both = taken_both_ways(self.roster, self.stands)
        keepers = with_cells_left(self.site, both.as_keepers(able))
        resources = self.roster.resources(keepers, days=self.days, courses=len(courses))
        for resource, taken in self.roster.held(both.as_taken(able)):
            self._keep(resource, taken)
        self.found.instance = Instance(
            first_day=self.first_day,
            days=self.days,
            slot_minutes=SLOT_MINUTES,  # type: ignore[arg-type]  # the planner knows a quarter of an hour
            resources=resources,
            chains=list(self.chains.values()) or [chain_of_nothing(SLOT_MINUTES)],
            patients=self.patients,
            current=Schedule(chains=self.current, visits=[*self.kept, *self.planned], holds=self.holds),
            frozen_until=self.frozen_until,
        )
        return self.found

    def _add_course(self, course: Course, number: int, forecast: HarvestForecast | None) -> None:
        protocol = protocol_of(course.protocol)
        visits, holds = protocol.visits, protocol.holds
        by_code = {visit.code: visit for visit in visits}
        begun = {**held_without_booking(course), **self.bookings.held.get(course.pk, {})}
        booked = self.bookings.visits.get(course.pk, ())
        again = self.again_from.get(course.pk)
        if again in by_code:
            begun = held_before(visits, again, begun)
            before = held_before(visits, again, dict.fromkeys(by_code, self.at))
            old = [visit for visit in booked if visit.code not in before]
            booked = [visit for visit in booked if visit.code in before]
            self.found.replaced[course.number] = [visit.pk for visit in old]
            self.movable.update(visit.pk for visit in old)
        standing: dict[str, tuple[Visit, list[str]]] = {}
        for visit in booked:
            takes = self._in_order(visit, by_code.get(visit.code))
            planned = by_code.get(visit.code)
            if visit.starts_at < self.at and planned is not None and not _may_have_begun(planned, begun):
                # Nobody closed it, and what it follows was not held: it needs another date like that one.
                self._remember(course, visit, takes)
            elif visit.starts_at < self.at or takes is None:
                begun[visit.code] = visit.starts_at
            else:
                standing[visit.code] = (visit, takes)
        recorded_at = datetime.combine(self.first_day, time()) + SLOT * (number % SLOTS_OF_RECORD)
        product = product_of(visits, treatment_of([v for v in visits if v.code not in begun]))
        try:
            chain = course_chain(
                course.number,
                visits,
                begun={code: self._wall(moment) for code, moment in begun.items()},
                standing={code: self._wall(visit.starts_at) for code, (visit, _) in standing.items()},
                recorded_at=recorded_at,
                slot=SLOT,
                not_alone=self.roster.not_alone,
                clock_moves=self.clock_moves,
                harvest_spread=(forecast.often_early_days, forecast.often_late_days) if forecast else None,
                holds=[
                    hold
                    for hold in holds
                    if any(kind == hold.kind for _, _, kind in self.roster.keepers())
                    and not (hold.ends in standing and hold.code in self.bookings.lost.get(course.pk, ()))
                    and not (
                        hold.begins in begun and hold.code in self.bookings.left.get(course.pk, ())
                    )  # it has its place
                ],
            )
        except WindowClosed as closed:
            values = {"course": course.number, "title": by_code[closed.code].title}
            self.found.left_out.append(Blocker("plan_window_closed", values, SOURCE))
            return
        left = {visit.id for visit in chain.visits}
        if len(left) == 1:
            return
        self._stand(course, chain, standing, recorded_at, by_code)
        self.patients.append(
            Patient(
                id=course.number,
                ready_on=max(self.first_day, self._wall(course.opened_at).date()),
                chains=[chain.id],
                promised=[WHAT_WAS, *(code for code in standing if by_code[code].patient)],
                agrees_to_move=[code for code, (visit, _) in standing.items() if visit.pk in self.agreed],
                not_before=self._not_before(product, forecast) if product in left else {},
                may_wait=not standing and again is None,
            )
        )

    def _not_before(self, product: str | None, forecast: HarvestForecast | None) -> dict[str, date]:
        """A harvest is not planned before the dose is more likely there than not."""
        if product is None or forecast is None or forecast.likely is None:
            return {}
        return {product: max(self.first_day, self._wall(forecast.likely).date())}

    def _stand(
        self,
        course: Course,
        chain: Chain,
        standing: Mapping[str, tuple[Visit, list[str]]],
        recorded_at: datetime,
        by_code: Mapping[str, schema.Visit],
    ) -> None:
        """Put what stands of a course into the current plan."""
        self.chains[chain.id] = chain
        self.current[course.number] = chain.id
        self.planned.append(
            PlannedVisit(patient=course.number, visit=WHAT_WAS, starts_at=recorded_at, resources=["record"])
        )
        self.found.courses[course.number] = course
        for code, (visit, takes) in standing.items():
            house = ["house"] if code in self.roster.not_alone else []
            needs = [kind for kind in needs_of(by_code[code]) if kind != PATIENT]
            resources = [*takes, *house] or ([] if needs else ["record"])
            self.planned.append(
                PlannedVisit(
                    patient=course.number,
                    visit=code,
                    starts_at=self._wall(visit.starts_at),
                    resources=resources,
                    turns=self._turns(visit, resources),
                )
            )
            self._remember(course, visit, takes)
            self._keep_places(course, visit)
            self.stands.add(visit.pk)

    def _keep_places(self, course: Course, visit: Visit) -> None:
        """What is kept for days until a booked visit."""
        for hold in protocol_of(course.protocol).holds:
            resource = self.bookings.kept_by.get((visit.pk, hold.code))
            own = next(
                (o for pk, o, kind in self.roster.keepers() if (pk, kind) == (resource, hold.kind)), None
            )
            if own is not None:
                self.holds.append(PlannedHold(patient=course.number, hold=hold.code, resource=own))

    def _turns(self, visit: Visit, resources: Sequence[str]) -> list[tuple[int, int]]:
        """The set-up and cleaning with which a visit was booked, in the order of what it takes."""
        nothing = (visit.starts_at, visit.ends_at)
        taken = self.bookings.taken.get(visit.pk, {})
        spans = [taken.get(self.found.resources.get(own, visit.pk), nothing) for own in resources]
        return [
            (max(0, _minutes(visit.starts_at - starts)), max(0, _minutes(ends - visit.ends_at)))
            for starts, ends in spans
        ]

    def _remember(self, course: Course, visit: Visit, takes: list[str] | None) -> None:
        """A booked visit that may stand elsewhere: what it holds is not in the way of its own new place."""
        self.found.visits[course.number, visit.code] = visit
        self.found.took[course.number, visit.code] = takes or []
        self.movable.add(visit.pk)

    def _in_order(self, visit: Visit, planned: schema.Visit | None) -> list[str] | None:
        """What a booked visit takes in the order of its needs; None where the planner cannot say it."""
        if planned is None or not self._is_sayable(visit, planned):
            return None
        kinds = [kind for kind in needs_of(planned) if kind != PATIENT]
        able = {
            resource: self.roster.kinds[resource]
            for resource in self.bookings.taken.get(visit.pk, {})
            if resource in self.roster.kinds
        }
        filled = fills(kinds, able)
        return None if filled is None else [self.roster.ids[resource] for resource in filled]

    def _is_sayable(self, visit: Visit, planned: schema.Visit) -> bool:
        """Whether it begins on a slot, lies within the hours, and is as long as the protocol says."""
        starts, ends = self._wall(visit.starts_at), self._wall(visit.ends_at)
        minutes = 60 * starts.hour + starts.minute
        return (
            minutes % SLOT_MINUTES == 0
            and not starts.second
            and ends - starts == planned.duration
            and any(
                opens <= starts and ends <= closes
                for opens, closes in self.roster.open[planned.patient].get(starts.date(), ())
            )
        )

    def _keep(self, resource: UUID, taken: Windows) -> None:
        """Somebody is taken: as a patient with one visit that stays, on the planner's slots."""
        kind = self.roster.kinds[resource][0]
        for day, windows in taken.items():
            for starts, ends in windows:
                first = _slot_before(starts)
                minutes = (_next_slot(ends) - first) // timedelta(minutes=1)
                chain, name = f"booked:{kind}:{minutes}", f"booked-{len(self.kept) + 1}"
                if chain not in self.chains:
                    visit = PlannerVisit(id="booked", minutes=minutes, needs=[kind])
                    self.chains[chain] = Chain(id=chain, visits=[visit], treatment="booked")
                self.patients.append(Patient(id=name, ready_on=day, chains=[chain], promised=["booked"]))
                self.current[name] = chain
                self.kept.append(
                    PlannedVisit(
                        patient=name,
                        visit="booked",
                        starts_at=first,
                        resources=[self.roster.ids[resource]],
                        turns=[(0, 0)],  # what is taken is taken with its set-up and cleaning
                    )
                )

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def _may_have_begun(planned: schema.Visit, begun: Mapping[str, datetime]) -> bool:
    return planned.after is None or planned.after in begun


def _slot_before(moment: datetime) -> datetime:
    midnight = datetime.combine(moment.date(), time())
    return midnight + (moment - midnight) // SLOT * SLOT


def _next_slot(moment: datetime) -> datetime:
    before = _slot_before(moment)
    return before if before == moment else before + SLOT
