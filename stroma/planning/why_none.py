"""Why no chain can be booked, as one plain sentence: the time looked at, the binding rule, the cheapest way round."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stroma.ledger.wording import filled, sentence
from stroma.look.formats import day_text
from stroma.planning.domain.asking import Ask
from stroma.planning.domain.board import HORIZON
from stroma.planning.domain.hours import EVERY_DAY
from stroma.planning.domain.ways import Way
from stroma.planning.templatetags.planning import kind_words
from stroma.protocols.domain.blocker import Blocker

BECAUSE: dict[str, str | Promise] = {
    "resource_missing": gettext_lazy("“{title}” needs {needed} × {kind}, and this site has {available}"),
    "window_closed": gettext_lazy("the time for “{title}” is over"),
    "closed_in_window": gettext_lazy(
        "the site is not open long enough for “{title}” between {from} and {to}"
    ),
    "closed_on_weekdays": gettext_lazy(
        "on the weekdays asked for, the site is not open long enough for “{title}” between {from} and {to}"
    ),
    "resource_busy": gettext_lazy("no {kind} is free for “{title}” between {from} and {to}"),
    "resource_busy_throughout": gettext_lazy("no {kind} is free for “{title}” from {from} on"),
    "never_free_together": gettext_lazy(
        "{kinds} are never free together for “{title}” between {from} and {to}"
    ),
    "visits_not_joinable": gettext_lazy("no time of “{title}” leaves room for what follows it: {later}"),
    "visits_collide": gettext_lazy("“{title}” gets in the way of other visits of the same chain: {others}"),
    "hold_busy": gettext_lazy("no {kind} is free on every day of “{title}”"),
    "planning_gave_up": gettext_lazy("no place was found for “{title}” after {tries} tries"),
}
"""The binding rule, as part of the sentence."""

ROUND: dict[str, str | Promise] = {
    "way_another_physiatrist": gettext_lazy("with another physiatrist the first visit can be on {on}"),
    "way_another_weekday": gettext_lazy("on other weekdays as well, the first visit can be on {on}"),
    "way_overtime": gettext_lazy("{minutes} minutes of overtime on {on}, for “{title}”, would do"),
    "way_later_start": gettext_lazy("with a later start the first visit can be on {on}"),
    "way_one_more": gettext_lazy("one more {kind} on {on}, for “{title}”, would do"),
}
"""The cheapest way round, as part of the sentence."""

OF_PATIENTS = frozenset({"way_another_physiatrist", "way_another_weekday", "way_later_start"})
"""What patients can give up themselves; overtime and one more device are the clinic's to offer."""


def why_none(
    ask: Ask, found: Sequence[Blocker], ways: Sequence[Way], *, only: Collection[str] | None = None
) -> str:
    """One sentence for the whole time that was looked at; with ``only``, no other way round is named.

    A refusal that no calendar can lift (a visit said to be held that the protocol does not know) says itself.
    """
    rule = next((one for one in found if one.code in BECAUSE), None)
    if rule is None:
        return " ".join(sentence(one) for one in found)
    zone = ask.hours.zone
    first = ask.earliest.astimezone(zone)
    last = (
        ask.wish.first_by - timedelta(minutes=1) if ask.wish.first_by else ask.earliest + HORIZON
    ).astimezone(zone)
    days = [day_text(first, with_year=True), day_text(last, with_year=True)]
    if days[0] == days[1]:
        when = _("Nothing can begin on %(first)s") % {"first": days[0]}
    else:
        when = _("Nothing can begin between %(first)s and %(last)s") % {"first": days[0], "last": days[1]}
    patients = {visit.code for visit in ask.visits if visit.patient}
    is_wished = rule.code == "closed_in_window" and ask.wish.weekdays != EVERY_DAY
    because = "closed_on_weekdays" if is_wished and rule.values["visit"] in patients else rule.code
    values = {"when": when, "why": filled(BECAUSE[because], _in_words(rule.values))}
    way = next((one for one in ways if only is None or one.code in only), None)
    if way is not None:
        values["way"] = filled(ROUND[way.code], _in_words(way.values))
        return _("%(when)s: %(why)s; the cheapest way round: %(way)s.") % values
    if only is not None:
        return _("%(when)s: %(why)s.") % values
    return (
        _(
            "%(when)s: %(why)s, and overtime, another person, another weekday or a later start does not help by itself."
        )
        % values
    )


def _in_words(values: Mapping[str, Any]) -> dict[str, Any]:
    """With the kinds of people and things as they are said: ``C-arm`` for ``c_arm``."""
    words = {name: kind_words(str(values[name]).split(", ")) for name in ("kind", "kinds") if name in values}
    return {**values, **words}
