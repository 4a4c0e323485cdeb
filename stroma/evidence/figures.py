"""The figures of the evidence pages: a panel drawn, with its table, note and download."""

import csv
import io
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from stroma.evidence.domain.results import Design, Outcome, Result, read_results
from stroma.evidence.domain.shown import Panel, Point, may_be_shown, panels, studies_named_only
from stroma.evidence.drawing import panel_svg
from stroma.evidence.studies import STUDIES, Study, arm_name
from stroma.look.formats import number_text
from stroma.look.parts import Figure

FILE = "evidence.csv"

_QUESTIONS: Mapping[Outcome, str | Promise] = {
    Outcome.RESPONDERS: gettext_lazy("How many of 100 people had at least half of their pain gone?"),
    Outcome.PAIN: gettext_lazy("How strong was the pain, from 0 (none) to 100 (worst)?"),
    Outcome.DISABILITY: gettext_lazy("How disabled were they, from 0 (not at all) to 100 (worst)?"),
}


@cache
def shipped_results() -> tuple[Result, ...]:
    """The published results that Stroma ships, read once."""
    text = files("stroma.evidence").joinpath("data", FILE).read_text(encoding="utf-8")
    return tuple(read_results(text, file=FILE))


def figures(design: Design, *, about_cells: bool) -> list[Figure]:
    """The figures of one design: a list never holds two."""
    return [
        figure_of(panel)
        for panel in panels(shipped_results())
        if panel.design is design and STUDIES[panel.study].is_about_cells is about_cells
    ]


def named_only(design: Design, *, about_cells: bool) -> list[Study]:
    """The studies of one design whose numbers are not shown: named, so that the picture is not tilted."""
    designs = {result.study: result.design for result in shipped_results()}
    return [
        STUDIES[study]
        for study in studies_named_only(shipped_results())
        if designs[study] is design and STUDIES[study].is_about_cells is about_cells
    ]


def figure_of(panel: Panel) -> Figure:
    """A panel with everything that belongs to it."""
    study = STUDIES[panel.study]
    names = [arm_name(panel.study, arm.arm_class) for arm in panel.arms]
    by_time = [{point.months: point for point in arm.points} for arm in panel.arms]
    rows = tuple((_after(time), *(_cell(points.get(time)) for points in by_time)) for time in panel.times)
    return Figure(
        key=panel.study.replace("_", "-"),
        answer=study.answer,
        question=f"{study.name}. {_QUESTIONS[panel.outcome]}",
        svg=panel_svg(panel, labels=names, months=_("months")),
        headers=(_("When"), *(arm.label for arm in panel.arms)),
        rows=rows,
        note=_note(panel),
        download=reverse("evidence_csv", args=[panel.study]),
    )


def study_csv(study: str) -> str | None:
    """The rows of a study that may be shown, as CSV; None when there is none."""
    rows = [result for result in shipped_results() if result.study == study and may_be_shown(result)]
    if not rows:
        return None
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["study", "citation", "design", "arm", "n", "outcome", "months", "mean", "sd", "events", "note"]
    )
    for row in rows:
        known = ["" if value is None else value for value in (row.mean, row.sd, row.events)]
        n = "" if row.n is None else row.n
        writer.writerow(
            [
                row.study,
                row.citation,
                row.design.value,
                row.arm,
                n,
                row.outcome.value,
                row.months,
                *known,
                row.note,
            ]
        )
    return out.getvalue()


def _after(months: float) -> str:
    """``3 months``: a row says its unit itself, since on a phone it stands alone as the title of a card."""
    return ngettext("%(number)s month", "%(number)s months", int(months)) % {"number": f"{months:g}"}


def _cell(point: Point | None) -> str:
    """``44 (31–59), n = 45``; what is not known is said."""
    if point is None:
        return "–"
    text = number_text(point.value, 0)
    if point.low is not None and point.high is not None:
        text += f" ({number_text(point.low, 0)}–{number_text(point.high, 0)})"
    n = _("n not known") if point.n is None else f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{point.n}"
    return f"{text}, {n}"


def _note(panel: Panel) -> str:
    has_interval = all(point.low is not None for arm in panel.arms for point in arm.points)
    parts = [panel.citation + "."]
    if has_interval:
        parts.append(_("The bars are 95 % intervals: where the true number may well lie."))
    else:
        parts.append(
            _(
                "Where there is no bar, the paper (or what we could see of it) does not say how much people differed."
            )
        )
    parts.append(_("Visits are drawn at equal distances. “n” is how many people answered."))
    return " ".join(parts)
