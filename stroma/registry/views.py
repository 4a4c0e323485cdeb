"""Did it work: pain over time by treatment, cells and traditional care beside each other, the missing in sight."""

import csv
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from stroma.clinic.access import PersonRequest, granted_to
from stroma.clinic.domain.roles import Role
from stroma.ledger.record import present
from stroma.look.parts import reasons
from stroma.look.refusals import REFUSED
from stroma.registry.domain.pain_over_time import PainPoint
from stroma.registry.forms import QuestionForm
from stroma.registry.queries import NotComparable, pain_over_time, treatments_of
from stroma.registry.shown import NOTE, joint_figure, panels

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
    form = QuestionForm(request.GET or None, treatments=treatments_of(person.site, at=at))
    context: dict[str, Any] = {"form": form, "site": person.site, "at": at}
    if request.GET and not form.is_valid():
        context["arms"] = pain_over_time(person.site, at=at).arms
        return render(request, "registry/home.html", context, status=REFUSED)
    compare: list[str] = form.cleaned_data["compare"] if request.GET else []
    scale = (form.cleaned_data["scale"] if request.GET else "") or "NRS_BACK"
    try:
        table = pain_over_time(person.site, instrument=scale, compare=compare, at=at)
    except NotComparable as refusal:
        context |= {"arms": pain_over_time(person.site, at=at).arms, "found": refusal.blockers}
        return render(request, "registry/home.html", context, status=REFUSED)
    download = (
        f"{reverse('registry_csv')}?{urlencode([('scale', scale), *(('compare', c) for c in compare)])}"
    )
    context |= {"arms": table.arms, "notes": reasons(table.notes)}
    if table.points:
        context["figure"] = joint_figure(table, download) if compare else None
        context["panels"] = [] if compare else panels(table)
        context |= {"download": download, "note": NOTE}
    return render(request, "registry/home.html", context)


@granted_to(*ANALYSTS)
def registry_csv(request: HttpRequest) -> HttpResponse:
    """The same numbers as a file. No row is about one patient."""
    person, at = cast(PersonRequest, request).person, present()
    scale = request.GET.get("scale", "NRS_BACK")
    if scale not in {"NRS_BACK", "NRS_LEG"}:
        scale = "NRS_BACK"
    known = {protocol_id for protocol_id, _title in treatments_of(person.site, at=at)}
    compare = [each for each in request.GET.getlist("compare") if each in known]
    try:
        table = pain_over_time(person.site, instrument=scale, compare=compare, at=at)
    except NotComparable as refusal:
        context = {"found": refusal.blockers, "site": person.site, "at": at, "arms": []}
        return render(request, "registry/home.html", context, status=REFUSED)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="pain-over-time.csv"'
    rows = csv.writer(answer)
    rows.writerow(COLUMNS)
    for point in table.points:
        rows.writerow([table.nature, table.instrument, *_plain(point)])
    return answer


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
