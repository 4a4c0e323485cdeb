"""Pain over time as the page shows it: a panel for each treatment, or one figure for those set side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stroma.follow_up.times import time_title
from stroma.ledger.wording import word
from stroma.look.formats import number_text
from stroma.look.parts import Figure
from stroma.registry.chart import WORST, joint_svg, panel_svg, span_of
from stroma.registry.domain.pain_over_time import BASELINE, PainPoint
from stroma.registry.queries import PainOverTime, TreatmentArm

Text = str | Promise

HEADERS: tuple[Text, ...] = (
    gettext_lazy("Time"),
    gettext_lazy("Due"),
    gettext_lazy("Answered"),
    gettext_lazy("Missing"),
    gettext_lazy("Not due"),
    gettext_lazy("Mean"),
    gettext_lazy("95 % interval"),
)
NOTE = gettext_lazy(
    "Missing answers are counted as missing, not as well. "
    "Not due: died, stopped, treated otherwise, or still to come."
)


@dataclass(frozen=True, slots=True)
class Panel:
    """One treatment for itself: what its numbers say, its drawing, and the numbers."""

    arm: TreatmentArm
    answer: str
    svg: str
    headers: tuple[Text, ...]
    rows: tuple[tuple[str, ...], ...]


def panels(table: PainOverTime) -> list[Panel]:
    """A panel for each treatment that was given, all on the same scales."""
    span = span_of(table.points)
    return [
        Panel(arm, _answer(mine), panel_svg(mine, span=span, title=word(arm.title)), HEADERS, _rows(mine))
        for arm in table.arms
        if (mine := [point for point in table.points if point.treatment == arm.treatment])
    ]


def joint_figure(table: PainOverTime, download: str) -> Figure:
    """Treatments whose patients were alike, in one figure; each has its letter there and in the table."""
    treatments = [arm.treatment for arm in table.arms]
    answer = _("Pain over time, side by side")
    letters = {treatment: chr(ord("A") + number) for number, treatment in enumerate(treatments)}
    named = ", ".join(f"{letters[arm.treatment]} {word(arm.title)}" for arm in table.arms)
    return Figure(
        key="pain-over-time",
        answer=answer,
        question=_("Mean pain, 0 (none) to 10, with 95 %% intervals; n answered. %(arms)s") % {"arms": named},
        svg=joint_svg(table.points, treatments, title=answer),
        headers=(_("Treatment"), *HEADERS),
        rows=tuple((letters[point.treatment], *_row(point)) for point in table.points),
        note=NOTE,
        download=download,
    )


def _answer(points: Sequence[PainPoint]) -> str:
    """What came out, in one sentence: before, and the last time at which anybody answered."""
    before = next((p for p in points if p.time_code == BASELINE and p.mean is not None), None)
    after = [p for p in points if p.time_code != BASELINE and p.mean is not None]
    if not after:
        return _("Nobody has answered after treatment yet.")
    said = [_said(point) for point in (before, after[-1]) if point is not None]
    return _("Mean pain %(said)s.") % {"said": ", ".join(said)}


def _said(point: PainPoint) -> str:
    return _("%(mean)s %(time)s (%(answered)s of %(due)s answered)") % {
        "mean": number_text(point.mean or 0.0, 1),
        "time": time_title(point.time_code) if point.time_code == BASELINE else _at(point.time_code),
        "answered": point.n_answered,
        "due": point.n_due,
    }


def _at(time_code: str) -> str:
    return _("at %(time)s") % {"time": time_title(time_code)}


def _rows(points: Sequence[PainPoint]) -> tuple[tuple[str, ...], ...]:
    return tuple(_row(point) for point in points)


def _row(point: PainPoint) -> tuple[str, ...]:
    return (
        time_title(point.time_code),
        str(point.n_due),
        str(point.n_answered),
        str(point.n_missing),
        str(point.n_censored),
        "–" if point.mean is None else number_text(point.mean, 1),
        _interval(point),
    )


def _interval(point: PainPoint) -> str:
    """The interval within the scale. Two equal answers have one of no width, which would claim a certainty."""
    if point.low is None or point.high is None:
        return "–"
    if point.sd == 0:
        return _("all the same")
    if point.low <= 0 and point.high >= WORST:
        return _("anything")
    low, high = max(point.low, 0.0), min(point.high, float(WORST))
    return _("%(low)s to %(high)s") % {"low": number_text(low, 1), "high": number_text(high, 1)}
