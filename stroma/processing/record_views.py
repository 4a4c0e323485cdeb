"""The whole batch record: what a review finds in it, all of it to read and to print, and what is put right in it."""

from itertools import pairwise
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.custody.access import lot_seen_by
from stroma.custody.models import Lot
from stroma.ledger import wording
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.processing import actions
from stroma.processing.access import batch_seen_by
from stroma.processing.count_figures import figure_words, figures_of
from stroma.processing.count_keeping import cells_of_sample
from stroma.processing.domain.count_figures import CountFigures
from stroma.processing.forms import CorrectionForm, CountCorrectionForm, PhotoForm
from stroma.processing.growth import culture_of, forecast_of, newest_forecast, population_for, reasons_of
from stroma.processing.growth_chart import growth_figure
from stroma.processing.models import Batch, BatchStep, CellCount
from stroma.processing.photos import opened_photo
from stroma.processing.queries import steps_of
from stroma.processing.record_pdf import record_pdf
from stroma.processing.record_queries import (
    count_of,
    counts_of,
    lines_of,
    millions,
    photo_of,
    reviewed,
    step_of,
    value_of,
    whole_record_of,
)
from stroma.processing.recount_queries import recount_wanted
from stroma.processing.register_queries import touches_of
from stroma.processing.review_shown import accepting
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.problem import BadInput

LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)
REASON = "reason-"
"""With the key of a finding behind it, the field of the reason for accepting it."""


@granted_to(*LABORATORY)
def batch_record(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The whole batch record: first what a review finds, then everything, to read and to print."""
    person, at = person_in(request), present()
    batch, lot = batch_seen_by(person, batch_id, page="batch_record", at=at)
    steps = whole_record_of(batch)
    titles = {step.code: step.title for step in steps_of(lot).steps}
    figures = figures_of(steps)
    values = {
        "batch": batch,
        "lot": lot,
        "zone": lot.site.time_zone,
        "total": len(titles),
        "done": len(steps),
        "back": reverse("lot_page", args=[lot.pk]),
        "review": reviewed(batch, steps),
        "rows": [_row(step, titles) | _intervals(figures.get(step.pk)) for step in steps],
        "has_counts": bool(figures),
        "photo_form": PhotoForm(),
        "is_technologist": person.plays(Role.TECHNOLOGIST),
    }
    values |= accepting(lot, person, "batch_record") | _growth(batch, lot)
    values["recount"] = recount_wanted(batch, at=at)
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


def _row(step: BatchStep, titles: dict[str, str]) -> dict[str, Any]:
    counts = counts_of(step, second=True) or counts_of(step)
    count = counts[-1] if counts else None
    return {
        "step": step,
        "title": titles.get(step.code, step.code),
        "count": count,
        "replaced": _replaced([_count_words(one) for one in counts]),
        "counted": _count_words(count) if count else None,
        "samples": _samples(step),
        "values": lines_of(list(step.values.all())),
        "exceptions": [(one, [Blocker(one.code, one.values, one.source)]) for one in step.exceptions.all()],
        "equipment": [use.equipment for use in step.equipment_used.all()],
        "reagents": [use.reagent for use in step.reagents_used.all()],
        "photos": list(step.photos.all()),
    }


def _intervals(figures: CountFigures | None) -> dict[str, Any]:
    return {"figures": None if figures is None else figure_words(figures)}


def _samples(step: BatchStep) -> list[dict[str, Any]]:
    """Each sample by itself where two were counted, with what it was thought to be before."""
    if len(step.standing_samples()) < 2:
        return []
    return [
        {
            "count": chain[-1],
            "seen": _count_words(chain[-1])["seen"],
            "millions": millions(cells_of_sample(chain[-1])),
            "replaced": _replaced(
                [
                    {"seen": _count_words(one)["seen"], "millions": millions(cells_of_sample(one))}
                    for one in chain
                ]
            ),
        }
        for chain in (counts_of(step), counts_of(step, second=True))
    ]


def _replaced(told: list[dict[str, str]]) -> list[dict[str, str]]:
    """What each count said that the next one says otherwise, the newest first; the rest of it blank."""
    changed = [
        {name: word if word != after[name] else "" for name, word in before.items()}
        for before, after in pairwise(told)
    ]
    return changed[::-1]


def _count_words(count: CellCount) -> dict[str, str]:
    return {
        "seen": f"{count.live_cells} / {count.dead_cells}"
        if count.live_cells is not None
        else _("by a counter, line %(line)s") % {"line": count.file_line},
        "percent": f"{100 * count.viability:.1f} %",
        "millions": millions(count.viable_cells),
        "doublings": ""
        if count.cumulative_population_doublings is None
        else f"{count.cumulative_population_doublings:.2f}",
    }


@granted_to(*LABORATORY)
def batch_record_pdf(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The whole record as PDF."""
    person, at = person_in(request), present()
    batch, lot = batch_seen_by(person, batch_id, page="batch_record", at=at)
    headers = {"Content-Disposition": f'inline; filename="batch-record-{lot.din}.pdf"'}
    return HttpResponse(record_pdf(batch), content_type="application/pdf", headers=headers)


@granted_to(*LABORATORY)
def lot_touched(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Look back from a lot: which reagent lots and which equipment touched it, at which steps, and how they stand."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="lot_touched", at=at)
    reagents, equipment = touches_of(lot, at=at)
    titles = {
        step.code: step.title for one in filter(None, (lot, lot.parent)) for step in steps_of(one).steps
    }
    values = {
        "lot": lot,
        "zone": lot.site.time_zone,
        "at": at,
        "reagents": [
            (one, [(step, titles.get(step.code, step.code)) for step in one.steps]) for one in reagents
        ],
        "equipment": [
            (one, [(step, titles.get(step.code, step.code)) for step in one.steps]) for one in equipment
        ],
        "recalled": [one for one in reagents if any(why.code == "reagent_recalled" for why in one.reasons)],
        "back": reverse("lot_page", args=[lot.pk]),
    }
    return render(request, "processing/lot_touched.html", values)


@granted_to(*LABORATORY)
def correct_value(request: HttpRequest, batch_id: UUID, value_id: UUID) -> HttpResponse:
    """Put a value right, with the reason; the wrong one stays in the record, struck through."""
    person, at = person_in(request), present()
    batch, lot = batch_seen_by(person, batch_id, page="correct_value", at=at)
    value = value_of(batch, value_id)
    if value is None:
        raise Http404("no such value")
    form = CorrectionForm(request.POST or None, value=value)
    back = f"{reverse('batch_record', args=[batch.pk])}#{value.step.code}"
    found: list[Blocker] = []
    if form.is_valid():
        told = form.cleaned_data
        new, found = attempt(
            lambda: actions.correct_value(
                value=value, right=told["right"], reason=told["reason"], by=person.user, at=at
            ),
            form,
        )
        if new is not None:
            messages.success(request, _("The value was corrected. The old one stays in the record."))
            return redirect(back)
    values = {
        "form": form,
        "found": found,
        "heading": _("Correct a value"),
        "lead": _("%(title)s was recorded as %(value)s %(unit)s for")
        % {"title": value.title, "value": f"{value.value.normalize():f}", "unit": value.unit},
        "subject": lot.din,
        "action": _("Correct it"),
        "back": back,
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


@granted_to(*LABORATORY)
def correct_count(request: HttpRequest, batch_id: UUID, count_id: UUID) -> HttpResponse:
    """Put a count right, with the reason; the wrong one stays in the record, and what followed is worked out anew."""
    person, at = person_in(request), present()
    batch, lot = batch_seen_by(person, batch_id, page="correct_count", at=at)
    count = count_of(batch, count_id)
    if count is None:
        raise Http404("no such count")
    form = CountCorrectionForm(request.POST or None, request.FILES or None, count=count)
    back = f"{reverse('batch_record', args=[batch.pk])}#{count.step.code}"
    found: list[Blocker] = []
    if form.is_valid() and (right := form.readings()) is not None:
        reason = form.cleaned_data["reason"]
        answer, found = attempt(
            lambda: actions.correct_count(count=count, right=right, reason=reason, by=person.user, at=at),
            form,
        )
        if answer is not None:
            messages.success(request, _("The count was corrected. The old one stays in the record."))
            if answer[1]:
                held = ", ".join(sorted(one.division for one in answer[1] if one.state == "HELD"))
                words = _("The labels on %(containers)s tell the old count. Print new ones.")
                messages.warning(request, words % {"containers": held or "–"})
            return redirect(back)
    values = {
        "form": form,
        "found": found,
        "heading": _("Correct a count"),
        "lead": _("%(cells)s viable cells at %(viability)s were recorded for")
        % {"cells": millions(count.viable_cells), "viability": f"{100 * count.viability:.1f} %"},
        "subject": lot.din,
        "action": _("Correct it"),
        "back": back,
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


_AFTER_ACCEPTING = {"lot_page": "lot", "certificate": "lot", "batch_record": "batch", "same_day": "batch"}
"""The pages that show a review with its fields, and what each is a page of."""


@require_POST
@granted_to(Role.QUALITY)
def accept_findings(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Accept the findings of the review that were given a reason; the others stay open."""
    person, at = person_in(request), present()
    batch, lot = batch_seen_by(person, batch_id, page="accept_findings", at=at)
    page = request.POST.get("back", "")
    page = page if page in _AFTER_ACCEPTING else "batch_record"
    back = reverse(page, args=[lot.pk if _AFTER_ACCEPTING[page] == "lot" else batch.pk])
    reasons = {
        name.removeprefix(REASON): str(reason)[:400]
        for name, reason in request.POST.items()
        if name.startswith(REASON) and str(reason).strip()
    }
    accepted, found = attempt(
        lambda: actions.accept_findings(batch=batch, reasons=reasons, by=person.user, at=at)
    )
    if accepted is None:
        stopped = {"found": found, "stop": _("Nothing was accepted."), "way_on": _("Go back"), "again": back}
        return render(request, "custody/stop.html", stopped, status=422)
    counted = ngettext("%(n)d finding was accepted.", "%(n)d findings were accepted.", len(accepted))
    messages.success(request, counted % {"n": len(accepted)})
    return redirect(back)


@require_POST
@granted_to(Role.TECHNOLOGIST)
def add_photo(request: HttpRequest, batch_id: UUID, step_id: UUID) -> HttpResponse:
    """Keep a photo with a step."""
    person, at = person_in(request), present()
    batch, _lot = batch_seen_by(person, batch_id, page="add_photo", at=at)
    step = step_of(batch, step_id)
    if step is None:
        raise Http404("no such step")
    back, sent = reverse("batch_record", args=[batch.pk]), request.FILES.get("photo")
    if sent is None:
        messages.error(request, _("Choose a photo."))
        return redirect(back)
    try:
        photo = opened_photo(sent.read(), name=sent.name or "photo")
    except BadInput as fault:
        messages.error(request, wording.fault(fault.problems[0]))
        return redirect(back)
    kept, found = attempt(lambda: actions.keep_photo(step=step, photo=photo, by=person.user, at=at))
    if kept is None:
        stopped = {
            "found": found,
            "stop": _("The photo was not kept."),
            "way_on": _("Go back"),
            "again": back,
        }
        return render(request, "custody/stop.html", stopped, status=422)
    messages.success(request, _("The photo is kept with the step."))
    return redirect(f"{back}#{step.code}")


@granted_to(*LABORATORY)
def count_file(request: HttpRequest, batch_id: UUID, count_id: UUID) -> HttpResponse:
    """The counter's file that a count was read from, as it was handed in: always as a download."""
    person, at = person_in(request), present()
    batch, _lot = batch_seen_by(person, batch_id, page="batch_record", at=at)
    count = count_of(batch, count_id)
    if count is None or count.file is None:
        raise Http404("no such file")
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'attachment; filename="count-{count.file.sha256[:12]}.csv"',
    }
    return HttpResponse(bytes(count.file.content), content_type="application/octet-stream", headers=headers)


@granted_to(*LABORATORY)
def batch_photo(request: HttpRequest, batch_id: UUID, photo_id: UUID) -> HttpResponse:
    """A photo of the record as it was taken."""
    person, at = person_in(request), present()
    batch, _lot = batch_seen_by(person, batch_id, page="batch_record", at=at)
    photo = photo_of(batch, photo_id)
    if photo is None:
        raise Http404("no such photo")
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "inline"}
    return HttpResponse(bytes(photo.content), content_type=photo.media_type, headers=headers)
