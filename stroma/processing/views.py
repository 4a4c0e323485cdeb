"""The bench: what to do now, and the batch record one step at a time."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.live import opened_at
from stroma.custody.access import lot_seen_by
from stroma.custody.models import Lot
from stroma.custody.photo_scans import how_read, sent_scans
from stroma.custody.queries import dose_expiries, is_labeled
from stroma.custody.scanning import next_prompt
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import present
from stroma.ledger.wording import word
from stroma.look.attempt import attempt
from stroma.look.formats import span_text
from stroma.look.paging import page_asked
from stroma.processing import actions
from stroma.processing.access import batch_seen_by
from stroma.processing.actions.steps import EXPLAINED
from stroma.processing.count_preview import count_preview
from stroma.processing.domain.batch_order import next_step
from stroma.processing.forms import StepForm
from stroma.processing.models import Batch
from stroma.processing.queries import (
    accepted_scan,
    current_container,
    is_same_day,
    lots_in_process,
    steps_done,
    steps_of,
)
from stroma.processing.record_queries import review_of
from stroma.processing.recount_queries import recount_wanted, recounts_wanted
from stroma.processing.register_queries import things_scanned
from stroma.processing.review_shown import accepting
from stroma.processing.step_scans import GO, judged, wanted_scans
from stroma.processing.step_use import StepUse
from stroma.protocols.domain.blocker import Blocker

LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)
SHOWN = 25
"""How many doses the bench's home shows."""


@granted_to(*LABORATORY)
def bench_home(request: HttpRequest) -> HttpResponse:
    """What to do now at the bench: doses that expire soonest, then the lots in process, late first. No names."""
    site, at = site_in(request), present()
    live = opened_at(request, site_chain(site.id))
    found = dose_expiries(site, at=at)
    doses = [
        {"material": one, "left": _("%(span)s left") % {"span": span_text(one.expires_at - at)}}
        for one in found[:SHOWN]
        if one.expires_at is not None
    ]
    lots = lots_in_process(site, at=at, page=page_asked(request, "lots"))
    rows = [
        {
            "row": row,
            "wait": span_text(row.due_at - at) if row.due_at else "",
            "is_called_off": bool(row.forecast and row.forecast.reasons),
        }
        for row in lots.rows
    ]
    values = {
        "live": live,
        "recounts": recounts_wanted(site, at=at),
        "doses": doses,
        "dose_count": found.count(),
        "rows": rows,
        "lots": lots,
        "zone": site.time_zone,
        "at": at,
    }
    return render(request, "processing/bench_home.html", values)


@require_POST
@granted_to(Role.TECHNOLOGIST)
def begin_batch(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Open the batch record of a lot and go to its first step."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="begin_batch", at=at)
    batch, found = attempt(lambda: actions.begin_batch(lot=lot, by=person.user, at=at))
    if batch is None:
        return _stopped(
            request, found, _("The batch record was not begun."), reverse("lot_page", args=[lot.pk])
        )
    return redirect("batch_step", batch_id=batch.pk)


@granted_to(Role.TECHNOLOGIST)
def batch_step(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The next step of a batch: scan the container it works on. When every step is done: close the record."""
    person, at = person_in(request), present()
    batch, lot = batch_seen_by(person, batch_id, page="batch_step", at=at)
    done = steps_done(batch)
    step = next_step(steps_of(lot), done)
    values = _values(batch, lot, len(done))
    if step is None or batch.closed_at is not None:
        values |= {"review": review_of(batch)} | accepting(lot, person, "batch_record")
        return render(request, "processing/batch_done.html", values)
    expected = current_container(lot)
    if expected is None:
        return render(request, "processing/batch_without_container.html", values | {"step": step})
    wanted = wanted_scans(lot, step, expected, at=at)
    sent, faults = sent_scans(request, wanted)
    readings = how_read(request, sent, [one.name for one in wanted])
    answer = judged(sent, wanted, readings, batch=batch, step=step, expected=expected, by=person.user, at=at)
    if answer.stop:
        return _stopped(request, answer.stop, _("Do not work on this container."), request.path)
    prompt = next_prompt(answer.sent, wanted, kept=[GO], is_typed="typed" in request.GET)
    if prompt is not None:
        found = [*faults, *answer.found]
        return render(
            request,
            "processing/step_scan.html",
            values
            | {
                "prompt": prompt,
                "found": found,
                "made": answer.made,
                "expected": expected,
                "is_labeled": is_labeled(expected),
                "step": step,
                "task": lot.product_name,
                "subject": lot.din,
                "typed_query": "typed=1",
                "is_same_day": is_same_day(lot),
                "recount": recount_wanted(batch, at=at),
            },
            status=422 if found else 200,
        )
    where = reverse("batch_values", args=[batch.pk, answer.sent[GO]])
    used = urlencode([("used", code) for code in answer.codes])
    return redirect(f"{where}?{used}" if used else where)


@vary_on_headers("HX-Request")
@granted_to(Role.TECHNOLOGIST)
def batch_values(request: HttpRequest, batch_id: UUID, scan_id: UUID) -> HttpResponse:
    """What was done at the step: what was counted and what was filled. The count is worked out while it is typed."""
    person, at = person_in(request), present()
    batch, lot = batch_seen_by(person, batch_id, page="batch_values", at=at)
    scan = accepted_scan(batch, scan_id)
    done = steps_done(batch)
    step = next_step(steps_of(lot), done)
    if scan is None or scan.material is None:
        raise Http404("no such scan")
    if step is None:
        return redirect("batch_step", batch_id=batch.pk)
    material = scan.material
    form = StepForm(request.POST or None, request.FILES or None, lot=lot, step=step, material=material)
    if "reason" in request.POST:
        form.ask_for_reason()
    scanned = things_scanned(lot.site, request.GET.getlist("used"))
    values = _values(batch, lot, len(done)) | {
        "form": form,
        "step": step,
        "material": material,
        "scanned": [*scanned.equipment, *scanned.reagents],
    }
    if request.POST.get("do") == "preview":
        form.is_valid()
        values["preview"] = count_preview(batch, step, form.readings(), at=at)
        if request.headers.get("HX-Request"):
            return render(request, "processing/parts/count_preview.html", values)
        form.errors.clear()  # the preview says what is known so far; faults are named when the step is recorded
        return render(request, "processing/step_values.html", values)
    found: list[Blocker] = []
    if request.method == "POST" and form.is_valid():
        answer, found = attempt(
            lambda: actions.do_step(
                batch=batch,
                code=request.POST.get("step", ""),
                material=material,
                makes=form.containers(at),
                count=form.readings(),
                use=StepUse(request.GET.getlist("used"), form.values, form.cleaned_data.get("reason", "")),
                by=person.user,
                at=at,
            ),
            form,
        )
        if answer is not None:
            messages.success(request, _("Recorded: %(step)s.") % {"step": word(step.title)})
            if (doubt := recount_wanted(batch, at=at)) is not None:
                return redirect("count_again", batch_id=batch.pk, step_id=doubt.step.pk)
            return redirect("batch_step", batch_id=batch.pk)
        if any(one.code in EXPLAINED for one in found):
            form.ask_for_reason()
        values["preview"] = count_preview(batch, step, form.readings(), at=at)
    status = 422 if request.method == "POST" else 200
    return render(request, "processing/step_values.html", values | {"found": found}, status=status)


@require_POST
@granted_to(*LABORATORY)
def close_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Close a complete batch record: its lot goes into quarantine."""
    person, at = person_in(request), present()
    batch, lot = batch_seen_by(person, batch_id, page="close_batch", at=at)
    closed, found = attempt(lambda: actions.close_batch(batch=batch, by=person.user, at=at))
    if closed is None:
        return _stopped(request, found, _("The batch record stays open."), reverse("lot_page", args=[lot.pk]))
    messages.success(request, _("The batch record is closed; the lot is in quarantine until it is released."))
    return redirect("lot_page", lot_id=lot.pk)


def _stopped(request: HttpRequest, found: list[Blocker], stop: str, again: str) -> HttpResponse:
    values = {"found": found, "stop": stop, "way_on": _("Go back"), "again": again}
    return render(request, "custody/stop.html", values, status=422)


def _values(batch: Batch, lot: Lot, done: int) -> dict[str, Any]:
    return {
        "batch": batch,
        "lot": lot,
        "zone": lot.site.time_zone,
        "total": len(steps_of(lot).steps),
        "done": done,
        "number": done + 1,
        "back": reverse("lot_page", args=[lot.pk]),
    }
