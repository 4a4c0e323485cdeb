"""A count that leaves a doubt: a second sample is counted on the same page as any other, or it is said why not."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.custody.label_queries import labels_with_other_cells
from stroma.ledger.record import present
from stroma.ledger.wording import sentence
from stroma.look.attempt import attempt
from stroma.processing import actions
from stroma.processing.access import batch_seen_by
from stroma.processing.count_preview import recount_preview
from stroma.processing.domain.recounting import recount_blockers
from stroma.processing.forms import RecountForm
from stroma.processing.growth import newest_forecast, reasons_of
from stroma.processing.models import Batch
from stroma.processing.queries import steps_of
from stroma.processing.record_queries import millions, step_of
from stroma.processing.recount_queries import recount_wanted, recountable


@vary_on_headers("HX-Request")
@granted_to(Role.TECHNOLOGIST)
def count_again(request: HttpRequest, batch_id: UUID, step_id: UUID) -> HttpResponse:
    """Count a second sample of what a step counted: why it is asked for, what the first said, and the counting form."""
    person, at = person_in(request), present()
    batch, lot = batch_seen_by(person, batch_id, page="count_again", at=at)
    step = step_of(batch, step_id)
    if step is None:
        raise Http404("no such step")
    first = step.standing_count()
    looked_at = recountable(step, batch)
    found = recount_blockers(looked_at, at=at)
    is_open = not found and first is not None
    form = RecountForm(request.POST or None, request.FILES or None, first=first)
    wanted = recount_wanted(batch, at=at)
    titles = {one.code: one.title for one in steps_of(lot).steps}
    values = {
        "batch": batch,
        "lot": lot,
        "zone": lot.site.time_zone,
        "step": step,
        "title": titles.get(step.code, step.code),
        "total": len(titles),
        "number": step.position,
        "form": form if is_open else None,
        "found": found,
        "recount": wanted if wanted and wanted.step == step else None,
        "first_cells": millions(first.viable_cells) if first else "",
        "first_percent": f"{100 * first.viability:.1f} %" if first else "",
        "may_decline": looked_at.is_wanted and not (looked_at.is_declined or looked_at.is_counted_twice),
        "back": reverse("batch_step", args=[batch.pk]),
    }
    if not is_open or first is None or request.method != "POST":
        status = 422 if request.method == "POST" else 200
        return render(request, "processing/count_again.html", values, status=status)
    form.is_valid()
    seen = form.readings()
    values["preview"] = recount_preview(first, seen)
    if request.POST.get("do") == "preview":
        if request.headers.get("HX-Request"):
            return render(request, "processing/parts/count_preview.html", values)
        form.errors.clear()  # the preview says what is known so far; faults are named when the count is recorded
        return render(request, "processing/count_again.html", values)
    if form.is_valid() and seen is not None:
        answer, values["found"] = attempt(
            lambda: actions.count_again(step=step, count=seen, by=person.user, at=at), form
        )
        if answer is not None:
            _say_what_it_came_to(request, batch)
            if old := labels_with_other_cells(lot):
                held = ", ".join(sorted({label.material.division for label in old}))
                words = _("The labels on %(containers)s tell the first count. Print new ones.")
                messages.warning(request, words % {"containers": held})
            return redirect("batch_step", batch_id=batch.pk)
    return render(request, "processing/count_again.html", values, status=422)


@require_POST
@granted_to(Role.TECHNOLOGIST)
def decline_recount(request: HttpRequest, batch_id: UUID, step_id: UUID) -> HttpResponse:
    """Say why a second sample is not counted, and go on."""
    person, at = person_in(request), present()
    batch, _lot = batch_seen_by(person, batch_id, page="decline_recount", at=at)
    step = step_of(batch, step_id)
    if step is None:
        raise Http404("no such step")
    reason = request.POST.get("reason", "")[:400]
    declined, found = attempt(
        lambda: actions.decline_recount(step=step, reason=reason, by=person.user, at=at)
    )
    if declined is None:
        stopped = {
            "found": found,
            "stop": _("The second count is still asked for."),
            "way_on": _("Go back"),
            "again": reverse("count_again", args=[batch.pk, step.pk]),
        }
        return render(request, "custody/stop.html", stopped, status=422)
    messages.success(request, _("It is kept why there is no second count."))
    return redirect("batch_step", batch_id=batch.pk)


def _say_what_it_came_to(request: HttpRequest, batch: Batch) -> None:
    """Off, still in doubt, or as expected."""
    kept = newest_forecast(batch)
    reasons = [] if kept is None else [one for one in reasons_of(kept) if one.code != "dose_out_of_reach"]
    if not reasons:
        messages.success(request, _("Counted again: the culture is as expected."))
    for one in reasons:
        messages.warning(request, _("Counted again. %(finding)s") % {"finding": sentence(one)})
