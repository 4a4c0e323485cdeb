"""Did it work: pain over time by treatment, cells and traditional care beside each other, the missing in sight."""

import csv
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from stroma.clinic.access import granted_to, site_in
from stroma.clinic.domain.roles import Role
from stroma.ledger.record import present
from stroma.ledger.wording import word
from stroma.look.parts import reasons
from stroma.look.refusals import REFUSED
from stroma.registry.counting import count_again, counted_pain
from stroma.registry.domain.pain_over_time import PainPoint
from stroma.registry.forms import QuestionForm
from stroma.registry.queries import PAIN_SCALES, NotComparable, shown_together
from stroma.registry.shown import NOTE, joint_figure, panels

COLUMNS = (
    "nature",
    "as_of",
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
    """The registry of the site. A comparison that the rule refuses is not shown, and the reasons are.

    A post counts again: the page shows the last count where counting takes long.
    """
    site, at = site_in(request), present()
    if request.method == "POST":
        count_again(site, instrument=_scale(request.POST.get("scale")), at=at)
        return redirect(f"{reverse('registry_home')}?{request.GET.urlencode()}")
    counted = counted_pain(site, instrument=_scale(request.GET.get("scale")), at=at)
    table = counted.table
    form = QuestionForm(
        request.GET or None, treatments=[(arm.protocol_id, word(arm.title)) for arm in table.arms]
    )
    context: dict[str, Any] = {
        "form": form,
        "site": site,
        "counted": counted,
        "arms": table.arms,
        "scale": table.instrument,
    }
    if request.GET and not form.is_valid():
        return render(request, "registry/home.html", context, status=REFUSED)
    compare: list[str] = form.cleaned_data["compare"] if request.GET else []
    try:
        shown = shown_together(table, compare)
    except NotComparable as refusal:
        return render(request, "registry/home.html", {**context, "found": refusal.blockers}, status=REFUSED)
    asked = urlencode([("scale", table.instrument), *(("compare", each) for each in compare)])
    download = f"{reverse('registry_csv')}?{asked}"
    context |= {"arms": shown.arms, "notes": reasons(shown.notes)}
    if shown.points:
        context["figure"] = joint_figure(shown, download) if compare else None
        context["panels"] = [] if compare else panels(shown)
        context |= {"download": download, "note": NOTE}
    return render(request, "registry/home.html", context)


@granted_to(*ANALYSTS)
def registry_csv(request: HttpRequest) -> HttpResponse:
    """The same numbers as a file. No row is about one patient."""
    site = site_in(request)
    counted = counted_pain(site, instrument=_scale(request.GET.get("scale")), at=present())
    known = {arm.protocol_id for arm in counted.table.arms}
    try:
        table = shown_together(
            counted.table, [each for each in request.GET.getlist("compare") if each in known]
        )
    except NotComparable as refusal:
        context = {"found": refusal.blockers, "site": site, "counted": counted, "arms": []}
        return render(request, "registry/home.html", context, status=REFUSED)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="pain-over-time.csv"'
    rows = csv.writer(answer)
    rows.writerow(COLUMNS)
    for point in table.points:
        rows.writerow([table.nature, table.at.isoformat(), table.instrument, *_plain(point)])
    return answer


def _scale(asked: str | None) -> str:
    return asked if asked in PAIN_SCALES else PAIN_SCALES[0]


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
