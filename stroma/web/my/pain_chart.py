"""The patient's own pain over time: every answer as a dot, what was not answered as a gap, and no claim.

One person's line cannot tell whether a treatment worked; the words beside it say so. The table holds the same numbers.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from django.utils.html import escape
from django.utils.translation import gettext as _

from stroma.follow_up.domain.plan import PAIN
from stroma.follow_up.queries import PainAnswer
from stroma.follow_up.times import time_title
from stroma.look import formats
from stroma.look.parts import Figure
from stroma.web.course_facts import CourseFacts, DueFact

WIDTH, HEIGHT = 340, 250
LEFT, RIGHT, TOP, BOTTOM = 34, 326, 26, 200
HIGHEST = 10
_LETTER, _GAP = 8.0, 8.0
"""How wide a letter of a label is at most, about, and what is left free between two labels; in units of the picture."""


@dataclass(frozen=True, slots=True)
class PainPoint:
    """One time at which pain was asked: the answer, or none."""

    label: str
    at: datetime
    pain: Decimal | None


def pain_points(facts: CourseFacts, answers: Sequence[PainAnswer], *, at: datetime) -> list[PainPoint]:
    """The times of the plan up to now: answered ones with their pain, and those whose window closed unanswered."""
    points = [PainPoint(time_title(answer.time_code), answer.answered_at, answer.pain) for answer in answers]
    missing = [due for due in facts.dues if due.instrument == PAIN and _is_missing(due, facts, at)]
    points += [PainPoint(time_title(due.time_code), due.due_at, None) for due in missing]
    return sorted(points, key=lambda point: point.at)


def _is_missing(due: DueFact, facts: CourseFacts, at: datetime) -> bool:
    over = facts.is_treated if due.closes_at is None else due.closes_at <= at
    return over and not due.is_answered


def pain_answer(points: Sequence[PainPoint]) -> str:
    """What the chart says, as one sentence of plain numbers."""
    known = [point for point in points if point.pain is not None]
    if len(known) < 2:
        return _("Your pain so far")
    first, last = known[0], known[-1]
    values = {
        "before": formats.number_text(float(first.pain or 0), 0),
        "now": formats.number_text(float(last.pain or 0), 0),
        "span": formats.span_text(last.at - first.at),
    }
    if first.pain == last.pain:
        return _("Your back pain is %(now)s of 10, as it was %(span)s before") % values
    return _("Your back pain went from %(before)s to %(now)s of 10 in %(span)s") % values


def pain_figure(
    points: Sequence[PainPoint], *, treated_at: datetime | None, zone: tzinfo, download: str
) -> Figure:
    """The chart with its table."""
    return Figure(
        key="my-pain",
        answer=pain_answer(points),
        question=_(
            "How strong your back pain was in the last 7 days. 0 is no pain, 10 the worst you can imagine."
        ),
        svg=pain_svg(points, treated_at=treated_at),
        headers=(_("When"), _("Date"), _("Pain, 0 to 10")),
        rows=tuple(
            (
                point.label,
                formats.day_text(point.at.astimezone(zone), with_year=True),
                _("not answered") if point.pain is None else formats.number_text(float(point.pain), 0),
            )
            for point in points
        ),
        note=_("An empty circle is a time you did not answer. It counts as missing, not as well."),
        download=download,
    )


def pain_csv(points: Sequence[PainPoint], zone: tzinfo) -> str:
    """The numbers of the chart as a file."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["time", "date", "pain_0_to_10"])
    for point in points:
        pain = "" if point.pain is None else formats.number_text(float(point.pain), 0)
        writer.writerow([point.label, point.at.astimezone(zone).date().isoformat(), pain])
    return file.getvalue()


def pain_svg(points: Sequence[PainPoint], *, treated_at: datetime | None) -> str:
    """The drawing, 340 by 250 units; colors come from the style sheet."""
    if not points:
        return ""
    moments = [point.at for point in points] + ([treated_at] if treated_at else [])
    first, last = min(moments), max(moments)
    length = max(last - first, timedelta(days=1))

    def x(moment: datetime) -> float:
        return round(LEFT + 10 + (moment - first) / length * (RIGHT - LEFT - 20), 1)

    def y(pain: Decimal | int) -> float:
        return round(BOTTOM - float(pain) / HIGHEST * (BOTTOM - TOP), 1)

    parts = [
        f'<path class="chart-grid" d="M{LEFT} {y(level)} H{RIGHT}"/>'
        f'<text x="{LEFT - 8}" y="{y(level) + 5}" text-anchor="end">{level}</text>'
        for level in (0, 5, HIGHEST)
    ]
    if treated_at is not None:
        at = x(treated_at)
        anchor = "start" if at < WIDTH / 2 else "end"
        parts.append(
            f'<path class="chart-axis" stroke-dasharray="3 3" d="M{at} {TOP - 6} V{BOTTOM}"/>'
            f'<text x="{at}" y="{TOP - 12}" text-anchor="{anchor}">{escape(_("treatment"))}</text>'
        )
    known = [(x(point.at), y(point.pain)) for point in points if point.pain is not None]
    way = " L".join(f"{across} {up}" for across, up in known)
    drawn = f'<path d="M{way}"/>' if len(known) > 1 else ""
    drawn += "".join(f'<circle cx="{across}" cy="{up}" r="5"/>' for across, up in known)
    parts.append(f'<g class="chart-arm" data-arm="cells">{drawn}</g>')
    parts += [
        f'<circle class="chart-missing" cx="{x(point.at)}" cy="{BOTTOM}" r="5"/>'
        for point in points
        if point.pain is None
    ]
    parts += _labels([(x(point.at), point.label) for point in points])
    title = escape(pain_answer(points))
    return f'<svg class="chart" role="img" aria-label="{title}" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}</svg>'


def _labels(places: Sequence[tuple[float, str]]) -> list[str]:
    """The first and the last time under the axis, and those between that have room."""
    kept: list[tuple[float, str]] = []
    for across, label in [places[0], places[-1], *places[1:-1]]:
        start, end = _reach(across, label)
        others = (_reach(*one) for one in kept)
        if all(end + _GAP <= left or right + _GAP <= start for left, right in others):
            kept.append((across, label))
    return [
        f'<text x="{across}" y="{BOTTOM + 24}" text-anchor="{_anchor(across)}">{escape(label)}</text>'
        for across, label in kept
    ]


def _reach(across: float, label: str) -> tuple[float, float]:
    """From where to where a label stands under the axis."""
    width = _LETTER * len(label)
    begins = across - {"start": 0.0, "middle": width / 2, "end": width}[_anchor(across)]
    return begins, begins + width


def _anchor(across: float) -> str:
    return "start" if across < LEFT + 40 else "end" if across > RIGHT - 40 else "middle"
