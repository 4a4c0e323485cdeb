"""From what happened to a proposal: who moves where and why, and with what chance each promised date is kept.

Only courses that no longer hold are planned; every other booking is time that is taken. First what patients were told
is kept. Where that cannot be, a second plan may move it, and each such visit is marked: the patient is asked first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.ledger.wording import sentence
from stroma.planning.clinic_plan import ClinicPlan, clinic_plan, courses_to_plan
from stroma.planning.domain.happenings import Happening, Upset
from stroma.planning.forecasts import harvest_forecasts
from stroma.planning.models import Reservation, Visit
from stroma.planning.planner.checker import violations
from stroma.planning.planner.course_chain import WHAT_WAS, product_of, treatment_of
from stroma.planning.planner.futures import chances
from stroma.planning.planner.instance import Instance, PlannedVisit, Schedule
from stroma.planning.planner.points import points_of
from stroma.planning.planner.repair import not_before, repair, someone_is_away

SAMPLES = 400


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan that passed the checker, as rows by course; ``is_complete`` when everybody has a place."""

    rows: Sequence[dict[str, Any]]
    points: float
    unplaced: Sequence[str]
    left_out: Sequence[str]

    def document(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "rows": list(self.rows),
            "points": self.points,
            "unplaced": list(self.unplaced),
            "left_out": list(self.left_out),
        }


def affected_courses(site: Site, upset: Upset) -> list[Course]:
    """The courses whose chains the happening touches."""
    courses = courses_to_plan(site)
    if upset.kind is Happening.AWAY and upset.first and upset.last:
        zone = ZoneInfo(site.time_zone)
        start = datetime.combine(upset.first, time(), tzinfo=zone)
        end = datetime.combine(upset.last + timedelta(days=1), time(), tzinfo=zone)
        touched = set(
            Reservation.objects.filter(
                resource=upset.resource,
                is_live=True,
                starts_at__lt=end,
                ends_at__gt=start,
                visit__state=Visit.State.BOOKED,
            ).values_list("visit__course_id", flat=True)
        )
        return [course for course in courses if course.pk in touched]
    return [course for course in courses if course.pk == upset.course]


def plan_after(site: Site, upset: Upset, *, at: datetime) -> tuple[ClinicPlan, Schedule]:
    """The clinic after the happening, and its plan mended with few moves; told visits move only if they must."""
    courses = affected_courses(site, upset)
    told = list(
        Visit.objects.filter(course__in=courses, state=Visit.State.BOOKED, starts_at__gt=at).values_list(
            "pk", flat=True
        )
    )
    found, schedule = _mended(site, upset, courses, at, agreed=[])
    if _lacks(found, schedule):
        found, schedule = _mended(site, upset, courses, at, agreed=told)
    return found, schedule


def _mended(
    site: Site, upset: Upset, courses: Sequence[Course], at: datetime, *, agreed: Sequence[Any]
) -> tuple[ClinicPlan, Schedule]:
    again = {}
    if upset.kind is Happening.LOT_FAILED:
        again = {course.pk: upset.visit for course in courses}
    found = clinic_plan(site, at=at, courses=courses, agreed=agreed, again_from=again)
    found.instance = _upset(found, upset)
    mended = repair(found.instance)
    return found, mended.schedule


def _upset(found: ClinicPlan, upset: Upset) -> Instance:
    instance = found.instance
    if upset.kind is Happening.AWAY and upset.first and upset.last:
        own = [own for own, pk in found.resources.items() if pk == upset.resource]
        if own:
            instance = _without_kept(found, own, upset)
        for one in own:  # what visits take and holds keep is two resources of the instance
            instance = someone_is_away(instance, one, upset.first, upset.last, "away")
        return instance
    if upset.kind is Happening.HELD_BACK and upset.not_before is not None:
        for name in found.courses:
            known = next(one for one in instance.patients if one.id == name).not_before
            day = max(known.get(upset.visit, upset.not_before), upset.not_before)
            instance = not_before(instance, name, {upset.visit: day})
    return instance


def _without_kept(found: ClinicPlan, own: Sequence[str], upset: Upset) -> Instance:
    """What else holds somebody while they are away, their absence in the calendar first, falls to nobody else."""
    instance = found.instance
    assert upset.first is not None
    assert upset.last is not None
    gone = {
        visit.patient
        for visit in instance.current.visits
        if visit.patient not in found.courses
        and visit.resources in [[one] for one in own]
        and upset.first <= visit.starts_at.date() <= upset.last
    }
    current = instance.current.model_copy(
        update={
            "visits": [visit for visit in instance.current.visits if visit.patient not in gone],
            "chains": {name: its for name, its in instance.current.chains.items() if name not in gone},
        }
    )
    patients = [patient for patient in instance.patients if patient.id not in gone]
    return instance.model_copy(update={"current": current, "patients": patients})


def _lacks(found: ClinicPlan, schedule: Schedule) -> bool:
    return any(name not in schedule.chains for name in found.courses) or any(
        violation.rule == "moved" and violation.ids[0] in found.courses
        for violation in violations(found.instance, schedule)
    )


def proposal_of(found: ClinicPlan, schedule: Schedule, upset: Upset) -> Proposal:
    """The rows of a plan, by course: what moves, what is booked anew, why, and the chance of the treatment's day."""
    judged = [v for v in violations(found.instance, schedule) if v.rule not in {"may_not_wait", "left_out"}]
    broken = {name for violation in judged for name in violation.ids if name in found.courses}
    placed = {name: course for name, course in found.courses.items() if name in schedule.chains}
    kept = _chances(found, schedule)
    rows = []
    for name, course in placed.items():
        if name in broken:
            continue
        moves = _moves(found, schedule, name, upset)
        if moves:
            rows.append(
                {
                    "course": str(course.pk),
                    "number": course.number,
                    "moves": moves,
                    "chance": kept.get(name),
                    "is_anew": upset.kind is Happening.LOT_FAILED,
                    "cancels": [str(pk) for pk in found.replaced.get(name, ())],
                }
            )
    unplaced = [name for name in found.courses if name not in placed or name in broken]
    return Proposal(
        rows,
        points_of(found.instance, schedule),
        unplaced,
        [sentence(blocker) for blocker in found.left_out],
    )


def _moves(found: ClinicPlan, schedule: Schedule, name: str, upset: Upset) -> list[dict[str, Any]]:
    titles = {visit.code: visit for visit in protocol_of(found.courses[name].protocol).visits}
    was = {visit.visit: visit for visit in found.instance.current.visits if visit.patient == name}
    places = _places(found, schedule, name)
    moves = []
    for now in sorted(
        (visit for visit in schedule.visits if visit.patient == name), key=lambda visit: visit.starts_at
    ):
        before = was.get(now.visit)
        new_place = places.get(now.visit, [])
        if now.visit == WHAT_WAS or (
            before
            and (before.starts_at, before.resources) == (now.starts_at, now.resources)
            and not new_place
        ):
            continue
        visit, planned = found.visits.get((name, now.visit)), titles[now.visit]
        moves.append(
            {
                "visit": str(visit.pk) if visit else "",
                "code": now.visit,
                "title": planned.title,
                "from": visit.starts_at.isoformat() if visit else "",
                "to": found.moment(now.starts_at).isoformat(),
                "ends": (found.moment(now.starts_at) + planned.duration).isoformat(),
                "takes": [str(found.resources[own]) for own in now.resources if own in found.resources],
                "names": [
                    found.names[own]
                    for own in (*now.resources, *(new for _, new in new_place))
                    if own in found.names
                ],
                "instead": [
                    *(_instead(found, found.took[name, now.visit], now) if visit else []),
                    *([str(found.resources[one]) for one in pair] for pair in new_place),
                ],
                "is_told": bool(visit and planned.patient and visit.starts_at != found.moment(now.starts_at)),
                "why": _why(found, upset, before, now, [old for old, _ in new_place]),
            }
        )
    return moves


def _places(found: ClinicPlan, schedule: Schedule, name: str) -> dict[str, list[tuple[str, str]]]:
    """By the visit that ends it, what keeps a hold now and what would keep it instead."""
    holds = {hold.code: hold for hold in protocol_of(found.courses[name].protocol).holds}
    was = {hold.hold: hold.resource for hold in found.instance.current.holds if hold.patient == name}
    places: dict[str, list[tuple[str, str]]] = {}
    for now in schedule.holds:
        if now.patient == name and was.get(now.hold, now.resource) != now.resource:
            places.setdefault(holds[now.hold].ends, []).append((was[now.hold], now.resource))
    return places


def _instead(found: ClinicPlan, took: Sequence[str], now: PlannedVisit) -> list[list[str]]:
    """Who is replaced by whom: whoever stays in another part of the same visit is not replaced."""
    old = [own for own in took if own not in now.resources and own in found.resources]
    new = [own for own in now.resources if own not in took and own in found.resources]
    return [
        [str(found.resources[one]), str(found.resources[other])] for one, other in zip(old, new, strict=False)
    ]


def _why(
    found: ClinicPlan,
    upset: Upset,
    before: PlannedVisit | None,
    now: PlannedVisit,
    was_kept_by: Sequence[str],
) -> str:
    """The code of the reason: a sentence is made of it where it is read."""
    if before is None:
        return "books_anew"
    if upset.kind is Happening.AWAY and upset.first and upset.last:
        held = {found.resources.get(own) for own in before.resources}
        if upset.resource in held and upset.first <= before.starts_at.date() <= upset.last:
            return "was_with_who_is_away"
        if upset.resource in {found.resources.get(own) for own in was_kept_by}:
            return "was_with_who_is_away"
    if upset.kind is Happening.HELD_BACK and now.visit == upset.visit:
        return "was_too_early"
    return "follows_another" if before.starts_at != now.starts_at else "leaves_room"


def _chances(found: ClinicPlan, schedule: Schedule) -> dict[str, float]:
    """By course, the chance that the treatment keeps its new day; from the culture's forecast where there is one."""
    ours = [patient for patient in found.instance.patients if patient.id in found.courses]
    narrow = found.instance.model_copy(update={"patients": ours})
    treating = {
        name: treatment_of(
            [v for v in protocol_of(course.protocol).visits if (name, v.code) in _planned(schedule)]
        )
        for name, course in found.courses.items()
    }
    kept = {
        chance.patient: chance.kept
        for chance in chances(narrow, schedule, samples=SAMPLES)
        if chance.visit == treating.get(chance.patient)
    }
    forecasts = harvest_forecasts(found.site)
    times = {(visit.patient, visit.visit): visit.starts_at for visit in schedule.visits}
    for name, course in found.courses.items():
        visits = protocol_of(course.protocol).visits
        harvest = product_of(visits, treatment_of(visits))
        if course.pk in forecasts and harvest and (name, harvest) in times:
            kept[name] = forecasts[course.pk].chance_by(found.moment(times[name, harvest]))
    return kept


def _planned(schedule: Schedule) -> set[tuple[str, str]]:
    return {(visit.patient, visit.visit) for visit in schedule.visits}


def rows_by_course(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of a kept proposal, by course."""
    return {row["course"]: row for row in document.get("rows", ())}
