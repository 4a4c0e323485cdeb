"""Did it work: pain over time by treatment, cells and traditional care beside each other, the missing in sight."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from stroma.clinic.access import PersonRequest, granted_to
from stroma.clinic.domain.roles import Role
from stroma.ledger.record import present
from stroma.look.formats import number_text
from stroma.look.parts import Figure, reasons
from stroma.look.refusals import REFUSED
from stroma.registry.chart import pain_svg
from stroma.registry.domain.pain_over_time import PainPoint
from stroma.registry.forms import QuestionForm
from stroma.registry.queries import NotComparable, PainOverTime, TreatmentArm, pain_over_time

COLUMNS = (
    "nature",
    "instrument",
    "treatment",
    "time",
    "months",
    "due",
    "answered",
    "missing",
    "not_due",
    "mean",
    "sd",
    "low",
    "high",
)
ANALYSTS = (Role.ANALYST, Role.QUALITY, Role.PHYSIATRIST, Role.SURGEON)


@granted_to(*ANALYSTS)
def registry_home(request: HttpRequest) -> HttpResponse:
    """The registry of the site. A comparison that the rule refuses is not shown, and the reasons are."""
    person, at = cast(PersonRequest, request).person, present()
    everything = pain_over_time(person.site, at=at)
    form = QuestionForm(
        request.GET or None, treatments=[(arm.protocol_id, arm.treatment) for arm in everything.arms]
    )
    context: dict[str, Any] = {
        "form": form,
        "site": person.site,
        "at": at,
        "arms": _keyed(everything),
    }
    if request.GET and not form.is_valid():
        return render(request, "registry/home.html", context, status=REFUSED)
    compare: list[str] = form.cleaned_data["compare"] if request.GET else []
    scale = (form.cleaned_data["scale"] if request.GET else "") or "NRS_BACK"
    try:
        table = pain_over_time(person.site, instrument=scale, compare=compare, at=at)
    except NotComparable as refusal:
        return render(request, "registry/home.html", {**context, "found": refusal.blockers}, status=REFUSED)
    download = (
        f"{reverse('registry_csv')}?{urlencode([('scale', scale), *(('compare', c) for c in compare)])}"
    )
    context |= {
        "arms": _keyed(table),
        "notes": reasons(table.notes),
        "figure": _figure(table, download) if table.points else None,
    }
    return render(request, "registry/home.html", context)


@granted_to(*ANALYSTS)
def registry_csv(request: HttpRequest) -> HttpResponse:
    """The same numbers as a file. No row is about one patient."""
    person = cast(PersonRequest, request).person
    scale = request.GET.get("scale", "NRS_BACK")
    if scale not in {"NRS_BACK", "NRS_LEG"}:
        scale = "NRS_BACK"
    known = {arm.protocol_id for arm in pain_over_time(person.site, at=present()).arms}
    compare = [each for each in request.GET.getlist("compare") if each in known]
    try:
        table = pain_over_time(person.site, instrument=scale, compare=compare, at=present())
    except NotComparable as refusal:
        context = {"found": refusal.blockers, "site": person.site, "at": present(), "arms": []}
        return render(request, "registry/home.html", context, status=REFUSED)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="pain-over-time.csv"'
    rows = csv.writer(answer)
    rows.writerow(COLUMNS)
    for point in table.points:
        rows.writerow([table.nature, table.instrument, *_plain(point)])
    return answer


@dataclass(frozen=True, slots=True)
class KeyedArm:
    """A treatment with the letter that stands for it in chart and table."""

    key: str
    arm: TreatmentArm


def _keyed(table: PainOverTime) -> list[KeyedArm]:
    return [KeyedArm(chr(ord("A") + number), arm) for number, arm in enumerate(table.arms)]


def _plain(point: PainPoint) -> list[object]:
    return [
        point.treatment,
        point.time_code,
        f"{point.months:.2f}",
        point.n_due,
        point.n_answered,
        point.n_missing,
        point.n_censored,
        *("" if value is None else f"{value:.4f}" for value in (point.mean, point.sd, point.low, point.high)),
    ]


def _figure(table: PainOverTime, download: str) -> Figure:
    labels = [arm.treatment for arm in table.arms]
    answer = _("Pain over time, each treatment for itself")
    return Figure(
        key="pain-over-time",
        answer=answer,
        question=_("Mean pain, 0 (none) to 10, with 95 % intervals; below the axis how many answered."),
        svg=pain_svg(table.points, labels, title=answer),
        headers=(
            _("Treatment"),
            _("Time"),
            _("Due"),
            _("Answered"),
            _("Missing"),
            _("Not due"),
            _("Mean"),
            _("95 % interval"),
        ),
        rows=tuple(_row(point, labels) for point in table.points),
        note=_(
            "Missing answers are counted as missing, not as well. "
            "Not due: died, stopped, treated otherwise, or still to come."
        ),
        download=download,
    )


def _row(point: PainPoint, labels: Sequence[str]) -> tuple[str, ...]:
    key = chr(ord("A") + labels.index(point.treatment))
    interval = (
        "–"
        if point.low is None or point.high is None
        else _("%(low)s to %(high)s") % {"low": number_text(point.low, 1), "high": number_text(point.high, 1)}
    )
    return (
        key,
        point.time_code,
        str(point.n_due),
        str(point.n_answered),
        str(point.n_missing),
        str(point.n_censored),
        "–" if point.mean is None else number_text(point.mean, 1),
        interval,
    )
