"""Changing a site's calendar: its hours, closures, shifts, absences, and set-up and cleaning times.

Every change is a new row with its day and its reason. What is booked in a time that closes stays booked and is listed:
it is moved or cancelled with the patient, never lost.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site, User
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.domain.calendar_rules import (
    absence_blockers,
    taking_back_blockers,
    turn_blockers,
    week_blockers,
)
from stroma.planning.models import (
    Absence,
    AbsenceTakenBack,
    Capability,
    Resource,
    TurnTime,
    WeekHours,
    WeekPlan,
)
from stroma.protocols.domain.blocker import Blocker, Refused

KEEPERS = (Role.COORDINATOR, Role.ADMINISTRATOR)


class CalendarUnchanged(Refused):
    """The calendar stays as it was."""


@action
def set_hours(
    *,
    site: Site,
    area: str,
    hours: Mapping[int, Sequence[tuple[time, time]]],
    valid_from: date,
    reason: str,
    by: User,
    at: datetime,
) -> WeekPlan:
    """Set when patients are seen or cells are tended in a week, from a day on. Raises CalendarUnchanged."""
    authorize(by, *KEEPERS, site=site, at=at)
    return _keep_week(site, None, area, hours, valid_from, reason, by=by, at=at)


@action
def set_shifts(
    *,
    site: Site,
    resource: Resource,
    hours: Mapping[int, Sequence[tuple[time, time]]],
    valid_from: date,
    reason: str,
    by: User,
    at: datetime,
) -> WeekPlan:
    """Set when a person works at a site in a week, from a day on. Raises CalendarUnchanged."""
    authorize(by, *KEEPERS, site=site, at=at)
    if resource.user_id is None:
        raise CalendarUnchanged([Blocker("shifts_of_no_person", {}, "Stroma planning")])
    _refuse_strangers(site, resource)
    return _keep_week(site, resource, "", hours, valid_from, reason, by=by, at=at)


@action
def close_site(
    *,
    site: Site,
    kind: str,
    starts_at: datetime,
    ends_at: datetime,
    is_for_laboratory: bool,
    reason: str,
    by: User,
    at: datetime,
) -> Absence:
    """Close a site for a time: a holiday or a closure. What is booked then stays. Raises CalendarUnchanged."""
    authorize(by, *KEEPERS, site=site, at=at)
    return _keep_absence(
        Absence(
            site=site,
            kind=Absence.Kind(kind),
            starts_at=starts_at,
            ends_at=ends_at,
            is_for_laboratory=is_for_laboratory,
            reason=reason.strip(),
            decided_by=by,
            decided_at=at,
        ),
        at,
    )


@action
def mark_away(
    *,
    site: Site,
    resource: Resource,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    as_kind: str = "",
    by: User,
    at: datetime,
) -> Absence:
    """Say that a person is away or a thing is down for a time, or is not to be booked ``as_kind`` then.

    What is booked then stays booked. Raises CalendarUnchanged.
    """
    authorize(by, *KEEPERS, site=site, at=at)
    _refuse_strangers(site, resource)
    plain = Absence.Kind.AWAY if resource.user_id else Absence.Kind.DOWN
    return _keep_absence(
        Absence(
            site=site,
            resource=resource,
            kind=Absence.Kind.NOT_COMPETENT if as_kind else plain,
            as_kind=as_kind,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=reason.strip(),
            decided_by=by,
            decided_at=at,
        ),
        at,
    )


@action
def take_back_absence(*, absence: Absence, reason: str, by: User, at: datetime) -> AbsenceTakenBack:
    """Let a closure or absence end now; what was of it before stays. Raises CalendarUnchanged."""
    authorize(by, *KEEPERS, site=absence.site, at=at)
    locked = rows_to_change(Absence.objects).get(pk=absence.pk)
    blockers = taking_back_blockers(
        is_taken_back=AbsenceTakenBack.objects.filter(absence=locked).exists(),
        ends_at=locked.ends_at,
        at=at,
        reason=reason,
    )
    if blockers:
        raise CalendarUnchanged(blockers)
    back = AbsenceTakenBack.objects.create(
        absence=locked, reason=reason.strip(), decided_by=by, decided_at=at
    )
    facts = {"absence": locked.id, "kind": locked.kind, "ends_at": at}
    chains = [site_chain(locked.site_id)]
    record("absence.taken_back", by=by, at=at, chains=chains, facts=facts, sealed={"reason": back.reason})
    return back


@action
def set_turn_time(
    *,
    site: Site,
    kind: str,
    before_minutes: int,
    after_minutes: int,
    valid_from: date,
    reason: str,
    by: User,
    at: datetime,
) -> TurnTime:
    """Set how long things of a kind are held before and after each visit, for what is booked from a day on.

    Raises CalendarUnchanged.
    """
    authorize(by, *KEEPERS, site=site, at=at)
    blockers = turn_blockers(
        kind=kind,
        before_minutes=before_minutes,
        after_minutes=after_minutes,
        valid_from=valid_from,
        today=_day(site, at),
        reason=reason,
    )
    if blockers:
        raise CalendarUnchanged(blockers)
    turn = TurnTime.objects.create(
        site=site,
        kind=kind,
        before_minutes=before_minutes,
        after_minutes=after_minutes,
        valid_from=valid_from,
        reason=reason.strip(),
        decided_by=by,
        decided_at=at,
    )
    facts = {
        "kind": kind,
        "before_minutes": before_minutes,
        "after_minutes": after_minutes,
        "valid_from": valid_from.isoformat(),
    }
    record(
        "turn_time.set", by=by, at=at, chains=[site_chain(site.id)], facts=facts, sealed={"reason": reason}
    )
    return turn


def _refuse_strangers(site: Site, resource: Resource) -> None:
    if not Capability.objects.filter(site=site, resource=resource).exists():
        raise CalendarUnchanged([Blocker("resource_of_another_site", {}, "Stroma planning")])


def _keep_week(
    site: Site,
    resource: Resource | None,
    area: str,
    hours: Mapping[int, Sequence[tuple[time, time]]],
    valid_from: date,
    reason: str,
    *,
    by: User,
    at: datetime,
) -> WeekPlan:
    blockers = week_blockers(hours=hours, valid_from=valid_from, today=_day(site, at), reason=reason)
    if blockers:
        raise CalendarUnchanged(blockers)
    plan = WeekPlan.objects.create(
        site=site,
        resource=resource,
        area=area and WeekPlan.Area(area),
        valid_from=valid_from,
        reason=reason.strip(),
        decided_by=by,
        decided_at=at,
    )
    WeekHours.objects.bulk_create(
        WeekHours(plan=plan, weekday=weekday, opens=opens, closes=closes)
        for weekday, stretches in sorted(hours.items())
        for opens, closes in sorted(stretches)
    )
    facts = {
        "plan": plan.id,
        "resource": resource.id if resource else None,
        "area": area,
        "valid_from": valid_from.isoformat(),
        "hours": [
            {"weekday": weekday, "opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"}
            for weekday, stretches in sorted(hours.items())
            for opens, closes in sorted(stretches)
        ],
    }
    record("hours.set", by=by, at=at, chains=[site_chain(site.id)], facts=facts, sealed={"reason": reason})
    return plan


def _keep_absence(absence: Absence, at: datetime) -> Absence:
    site, resource = absence.site, absence.resource
    zone = ZoneInfo(site.time_zone)
    kinds = (
        None
        if resource is None
        else list(Capability.objects.filter(site=site, resource=resource).values_list("kind", flat=True))
    )
    blockers = absence_blockers(
        starts_at=absence.starts_at,
        ends_at=absence.ends_at,
        today_from=datetime.combine(_day(site, at), time(), zone),
        at=at,
        reason=absence.reason,
        as_kind=absence.as_kind,
        kinds=kinds,
    )
    if blockers:
        raise CalendarUnchanged(blockers)
    absence.save(force_insert=True)
    facts = {
        "absence": absence.id,
        "kind": absence.kind,
        "resource": resource.id if resource else None,
        "as_kind": absence.as_kind,
        "is_for_laboratory": absence.is_for_laboratory,
        "starts_at": absence.starts_at,
        "ends_at": absence.ends_at,
    }
    record(
        "absence.set",
        by=absence.decided_by,
        at=at,
        chains=[site_chain(site.id)],
        facts=facts,
        sealed={"reason": absence.reason},
    )
    return absence


def _day(site: Site, at: datetime) -> date:
    return at.astimezone(ZoneInfo(site.time_zone)).date()
