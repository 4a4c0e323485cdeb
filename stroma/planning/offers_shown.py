"""Offers of whole chains as a page shows them, and refusals with the cheapest ways round."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, ngettext

from stroma.courses.models import Course
from stroma.look.parts import Reason, reasons
from stroma.planning.asking import ask_for, names_of
from stroma.planning.domain.asking import Ask, Wish
from stroma.planning.domain.chain import ChainPlan, NoChain
from stroma.planning.domain.hours import EVERY_DAY
from stroma.planning.domain.offers import Gain, Offer, offers, signature
from stroma.planning.domain.ways import Way, way_blockers, ways_round
from stroma.planning.why_none import why_none
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Visit


@dataclass(frozen=True, slots=True)
class OfferedVisit:
    """A visit as it would be booked: when, and whom and what it takes by name."""

    code: str
    title: str
    starts_at: datetime
    ends_at: datetime
    takes: str
    is_for_patient: bool
    is_overtime: bool


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """A chain to choose, with what tells it from the first."""

    visits: Sequence[OfferedVisit]
    signature: str
    from_at: str
    days_later: int
    treated_at: datetime | None
    days_of_visits: int
    gains: Sequence[str]
    needs_reason: bool

    @property
    def starts_at(self) -> datetime:
        """When the first visit begins."""
        return self.visits[0].starts_at


@dataclass(frozen=True, slots=True)
class ShownWay:
    """A way round a refusal in words, and the query that shows its chain; empty where a thing must be added first."""

    reason: Reason
    query: str


@dataclass(frozen=True, slots=True)
class ShownOffers:
    """What a coordinator chooses from: chains, or why there is none and what would help."""

    offers: Sequence[ShownOffer]
    found: Sequence[Blocker]
    ways: Sequence[ShownWay]
    why_none: str = ""
    """In one sentence, why there is no chain and the cheapest way round; empty where there is one."""


def shown_offers(
    course: Course,
    *,
    earliest: datetime,
    wish: Wish,
    at: datetime,
    most: int = 5,
    only_ways: Collection[str] | None = None,
) -> ShownOffers:
    """The chains that can be booked for ``course`` from ``earliest`` on. Nothing is written.

    ``only_ways`` are the ways round that the reader can go; all, where it is not said.
    """
    ask = ask_for(course, earliest=earliest, wish=wish, at=at)
    try:
        made = offers(ask, most=most)
    except NoChain as refused:
        ways = ways_round(ask, refused)
        lines = reasons(way_blockers(ways))
        shown = [ShownWay(line, _query(way, ask)) for line, way in zip(lines, ways, strict=True)]
        said = why_none(ask, refused.blockers, ways, only=only_ways)
        return ShownOffers([], refused.blockers, shown, said)
    names = names_of({r for one in made for p in one.plan.visits for r in p.resources})
    titles = {visit.code: visit for visit in ask.visits}
    return ShownOffers([_shown(one, titles, names) for one in made], [], [])


def _shown(one: Offer, by_code: dict[str, Visit], names: dict[UUID, str]) -> ShownOffer:
    treated = next((p.starts_at for p in one.plan.visits if by_code[p.code].stage == "inject"), None)
    return ShownOffer(
        visits=visits_shown(one.plan, by_code, names, one.overtime),
        signature=signature(one.plan),
        from_at=one.earliest.isoformat(),
        days_later=one.days_later,
        treated_at=treated,
        days_of_visits=one.measures.days_of_visits,
        gains=[gain_words(gain) for gain in one.gains],
        needs_reason=bool(one.overtime),
    )


def visits_shown(
    plan: ChainPlan, by_code: dict[str, Visit], names: dict[UUID, str], overtime: Sequence[str] = ()
) -> list[OfferedVisit]:
    """The visits of a plan with titles and names."""
    return [
        OfferedVisit(
            planned.code,
            by_code[planned.code].title,
            planned.starts_at,
            planned.ends_at,
            ", ".join(sorted(names[resource] for resource in planned.resources if resource in names)),
            by_code[planned.code].patient,
            planned.code in overtime,
        )
        for planned in plan.visits
    ]


def gain_words(gain: Gain) -> str:
    """What a later start buys, in words."""
    values = gain.values
    if gain.code == "shorter_wait_between":
        days = values["days"]
        return ngettext(
            "%(n)d day less between the first visit and the treatment",
            "%(n)d days less between the first visit and the treatment",
            days,
        ) % {"n": days}
    if gain.code == "fewer_days_to_come":
        days = values["days"]
        return ngettext("%(n)d day less to come", "%(n)d days less to come", days) % {"n": days}
    if gain.code == "fewer_physiatrists":
        return ngettext(
            "%(n)d physiatrist throughout instead of %(first)d",
            "%(n)d physiatrists instead of %(first)d",
            values["now"],
        ) % {"n": values["now"], "first": values["first"]}
    if gain.code == "fresher_cells":
        return gettext("cells %(hours)s hours fresher at the injection") % {"hours": f"{values['hours']:g}"}
    visits = values["visits"]
    return ngettext(
        "%(n)d laboratory visit less on a weekend", "%(n)d laboratory visits less on weekends", visits
    ) % {"n": visits}


def _query(way: Way, asked: Ask) -> str:
    """The page's own query with the wish of a way; empty for a way that no wish describes."""
    if way.code == "way_one_more":
        return ""
    wish = way.ask.wish
    zone = asked.hours.zone
    values: list[tuple[str, str]] = [("earliest", asked.earliest.astimezone(zone).date().isoformat())]
    if wish.first_by is not None:
        values.append(("first_by", asked_day(wish.first_by, zone)))
    if wish.physiatrist is not None:
        values.append(("physiatrist", str(wish.physiatrist)))
    if wish.weekdays != EVERY_DAY:
        values += [("weekdays", str(day)) for day in sorted(wish.weekdays)]
    if wish.overtime:
        values.append(("overtime", str(int(wish.overtime.total_seconds() // 60))))
    return urlencode(values)


def asked_day(first_by: datetime, zone: ZoneInfo) -> str:
    """The last day that a wish names: it means the whole of that day."""
    return (first_by.astimezone(zone) - timedelta(minutes=1)).date().isoformat()
