"""The bench: what to do now, and the batch record one step at a time."""

from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from stroma.clinic.access import Person, PersonRequest, granted_to
from stroma.clinic.domain.roles import Role
from stroma.clinic.live import opened_at
from stroma.custody.access import lot_seen_by
from stroma.custody.models import Lot
from stroma.custody.photo_scans import sent_scans
from stroma.custody.queries import dose_expiries, newest_label, simulated_scans
from stroma.custody.scanning import Wanted, next_prompt, scans_made
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.formats import amount_text, span_text
from stroma.look.paging import page_asked
from stroma.processing import actions
from stroma.processing.domain.batch_order import next_step
from stroma.processing.domain.counting import evaluate_count
from stroma.processing.forms import StepForm
from stroma.processing.growth import culture_of, forecast_of, newest_forecast, population_for, reasons_of
from stroma.processing.growth_chart import growth_figure
from stroma.processing.models import Batch, BatchStep, CellCount
from stroma.processing.queries import (
    accepted_scan,
    batch_at,
    current_container,
    lots_in_process,
    previous_count,
    record_of,
    steps_done,
    steps_of,
    viability_limit,
)
from stroma.protocols.domain.blocker import Blocker

LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)
SHOWN = 25
"""How many doses the bench's home shows."""


def _person(request: HttpRequest) -> Person:
    return cast(PersonRequest, request).person


def _batch_seen_by(person: Person, batch_id: UUID, *, page: str, at: datetime) -> tuple[Batch, Lot]:
    """The batch and its lot, after noting who looked. Raises Http404 for one of another site."""
    batch = batch_at(person.site, batch_id)
    if batch is None:
        raise Http404("no such batch")
    batch.lot = lot_seen_by(person, batch.lot_id, page=page, at=at)
    return batch, batch.lot


@granted_to(*LABORATORY)
def bench_home(request: HttpRequest) -> HttpResponse:
    """What to do now at the bench: doses that expire soonest, then the lots in process, late first. No names."""
    person, at = _person(request), present()
    site = person.site
    if site is None:
        raise Http404("no site")
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
    person, at = _person(request), present()
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
    person, at = _person(request), present()
    batch, lot = _batch_seen_by(person, batch_id, page="batch_step", at=at)
    done = steps_done(batch)
    step = next_step(steps_of(lot), done)
    values = _values(batch, lot, len(done))
    if step is None or batch.closed_at is not None:
        return render(request, "processing/batch_done.html", values)
    expected = current_container(lot)
    if expected is None:
        return render(request, "processing/batch_without_container.html", values | {"step": step})
    wanted = Wanted(
        "container",
        _("Scan the container"),
        _("%(division)s, %(amount)s %(unit)s, at %(place)s, of")
        % {
            "division": expected.division,
            "amount": amount_text(expected.remaining),
            "unit": expected.unit,
            "place": expected.place.name,
        },
        simulated_scans(expected),
    )
    sent, faults = sent_scans(request)
    prompt = next_prompt(sent, [wanted], is_typed="typed" in request.GET)
    if prompt is not None:
        task = lot.product_name
        return render(
            request,
            "processing/step_scan.html",
            values
            | {
                "prompt": prompt,
                "found": faults,
                "expected": expected,
                "is_labeled": newest_label(expected) is not None,
                "step": step,
                "task": task,
                "subject": lot.din,
                "typed_query": "typed=1",
            },
            status=422 if faults else 200,
        )
    raw = scans_made(sent, [wanted])["container"]
    scan, found = attempt(
        lambda: actions.scan_for_step(batch=batch, expected=expected, raw=raw, by=person.user, at=at)
    )
    if scan is None:
        return _stopped(request, found, _("Do not work on this container."), request.path)
    return redirect("batch_values", batch_id=batch.pk, scan_id=scan.pk)


@vary_on_headers("HX-Request")
@granted_to(Role.TECHNOLOGIST)
def batch_values(request: HttpRequest, batch_id: UUID, scan_id: UUID) -> HttpResponse:
    """What was done at the step: what was counted and what was filled. The count is worked out while it is typed."""
    person, at = _person(request), present()
    batch, lot = _batch_seen_by(person, batch_id, page="batch_values", at=at)
    scan = accepted_scan(batch, scan_id)
    done = steps_done(batch)
    step = next_step(steps_of(lot), done)
    if scan is None or scan.material is None:
        raise Http404("no such scan")
    if step is None:
        return redirect("batch_step", batch_id=batch.pk)
    material = scan.material
    form = StepForm(request.POST or None, lot=lot, step=step, material=material)
    values = _values(batch, lot, len(done)) | {"form": form, "step": step, "material": material}
    if request.POST.get("do") == "preview":
        form.is_valid()
        values |= _preview(batch, form)
        if request.headers.get("HX-Request"):
            return render(request, "processing/step_values.html#count-preview", values)
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
                by=person.user,
                at=at,
            ),
            form,
        )
        if answer is not None:
            messages.success(request, _("Recorded: %(step)s.") % {"step": step.title})
            return redirect("batch_step", batch_id=batch.pk)
        values |= _preview(batch, form)
    status = 422 if request.method == "POST" else 200
    return render(request, "processing/step_values.html", values | {"found": found}, status=status)


@granted_to(*LABORATORY)
def batch_record(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The whole batch record, to read and to print."""
    person, at = _person(request), present()
    batch, lot = _batch_seen_by(person, batch_id, page="batch_record", at=at)
    steps = {step.code: step.title for step in steps_of(lot).steps}
    rows = [_record_row(step, steps) for step in record_of(batch)]
    values = _values(batch, lot, len(rows)) | {"rows": rows} | _growth(batch, lot)
    return render(request, "processing/batch_record.html", values)


def _growth(batch: Batch, lot: Lot) -> dict[str, Any]:
    """The growth of the culture, and what its last forecast asks the bench to look at."""
    culture, population = culture_of(batch), population_for(lot)
    if culture is None or population is None:
        return {}
    kept = newest_forecast(batch)
    figure = growth_figure(culture, forecast_of(culture, population, batch), lot.site.time_zone)
    return {
        "growth": figure,
        "chance": f"{kept.chance_by_then:.0%}" if kept and kept.chance_by_then is not None else "",
        "cautions": reasons_of(kept) if kept and not batch.closed_at else [],
        "lots_learned": population.lots,
    }


def _record_row(step: BatchStep, titles: dict[str, str]) -> dict[str, Any]:
    count: CellCount | None = getattr(step, "count", None)
    return {
        "step": step,
        "title": titles.get(step.code, step.code),
        "count": count,
        "percent": _percent(count.viability) if count else "",
        "millions": _millions(count.viable_cells) if count else "",
    }


@require_POST
@granted_to(*LABORATORY)
def close_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Close a complete batch record: its lot goes into quarantine."""
    person, at = _person(request), present()
    batch, lot = _batch_seen_by(person, batch_id, page="close_batch", at=at)
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


def _preview(batch: Batch, form: StepForm) -> dict[str, Any]:
    """What the count comes to so far, beside what the specification asks for."""
    readings = form.readings()
    if readings is None:
        return {"counted": None}
    counted = evaluate_count(readings, previous_count(batch, form.material))
    limit = viability_limit(batch.lot)
    return {
        "counted": counted,
        "percent": _percent(counted.viability),
        "millions": _millions(counted.viable_cells),
        "limit_percent": None if limit is None else _percent(Decimal(str(limit))),
        "is_below": limit is not None and float(counted.viability) < limit,
    }


def _percent(fraction: Decimal) -> str:
    return f"{100 * fraction:.1f} %"


def _millions(cells: Decimal) -> str:
    return f"{cells / 1_000_000:.2f} × 10⁶"
