"""The same-day route on one screen: the clock since the collection, what there is of what, and the next step in full.

The rules and the actions are those of any batch: the scans are judged, then the step is done. Only the pages between
them are left out, because minutes matter.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from stroma.clinic.access import Person, granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import protocol_of
from stroma.custody.domain.reading import Readings
from stroma.custody.models import Lot, Material
from stroma.custody.photo_scans import PHOTO, PHOTO_OF, how_read, sent_scans
from stroma.custody.queries import is_labeled, simulated_scans
from stroma.custody.scanning import scanner_of
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.formats import amount_text, span_text
from stroma.processing import actions
from stroma.processing.access import batch_seen_by
from stroma.processing.actions.steps import EXPLAINED
from stroma.processing.domain.batch_order import next_step
from stroma.processing.domain.step_wants import words
from stroma.processing.forms import SameDayForm
from stroma.processing.models import Batch
from stroma.processing.queries import (
    collected_at,
    current_container,
    is_same_day,
    steps_done,
    steps_of,
    viability_limit,
)
from stroma.processing.record_queries import review_of
from stroma.processing.register_queries import simulated_things
from stroma.processing.review_shown import accepting
from stroma.processing.step_scans import CONTAINER, reading_of, thing_name, wanted_scans
from stroma.processing.step_use import StepUse
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import ProcessingStep


@granted_to(Role.TECHNOLOGIST, Role.QUALITY)
def same_day(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Clock, volumes, counts, the next step and the review of a concentrate; any other batch goes step by step.

    The technologist does the steps; quality accepts here what the review leaves open, because minutes matter.
    """
    person, at = person_in(request), present()
    batch, lot = batch_seen_by(person, batch_id, page="batch_step", at=at)
    if not is_same_day(lot):
        other = "batch_step" if person.plays(Role.TECHNOLOGIST) else "batch_record"
        return redirect(other, batch_id=batch.pk)
    step = next_step(steps_of(lot), steps_done(batch))
    expected = current_container(lot)
    form, found = None, list[Blocker]()
    may_do = person.plays(Role.TECHNOLOGIST) and batch.closed_at is None
    if may_do and step is not None and expected is not None:
        wanted = wanted_scans(lot, step, expected, at=at)
        sent: Mapping[str, str] | None = None
        files: Mapping[str, Any] | None = None
        if request.method == "POST":
            brought, found = sent_scans(request, wanted)
            sent, files = _read_once(request, brought)
        form = SameDayForm(
            sent,
            files,
            lot=lot,
            step=step,
            material=expected,
            wanted=wanted,
            scanner=scanner_of(request),
        )
        if "reason" in request.POST:
            form.ask_for_reason()
        if sent is not None and form.is_valid() and not found:
            readings = how_read(request, sent, [one.name for one in wanted])
            found = _scan_and_do(form, batch, step, expected, readings, person, at)
            if not found and form.is_valid():
                messages.success(request, _("Recorded: %(step)s.") % {"step": step.title})
                return redirect("same_day", batch_id=batch.pk)
            if any(one.code in EXPLAINED for one in found):
                form.ask_for_reason()
    review = review_of(batch)
    values = {
        "batch": batch,
        "lot": lot,
        "step": step,
        "form": form,
        "found": found,
        "expected": expected,
        "is_labeled": expected is None or is_labeled(expected),
        "offered": _offered(lot, step, expected, at),
        "facts": _facts(batch, lot, at),
        "may_do": may_do,
        "review": review if step is None or review.waiting else None,
        "done": len(steps_done(batch)),
        "total": len(steps_of(lot).steps),
        "zone": lot.site.time_zone,
        "back": reverse("lot_page", args=[lot.pk]),
    } | accepting(lot, person, "same_day")
    return render(request, "processing/same_day.html", values, status=422 if request.POST else 200)


def _read_once(request: HttpRequest, sent: Mapping[str, str]) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """The form and its files as they come back: a photo was read, or refused with a reason, and is not read again."""
    files = dict(request.FILES.items())
    if not sent.get(PHOTO_OF):
        return sent, files
    files.pop(PHOTO, None)
    return {**sent, PHOTO_OF: ""}, files


def _scan_and_do(
    form: SameDayForm,
    batch: Batch,
    step: ProcessingStep,
    expected: Material,
    readings: Readings,
    person: Person,
    at: datetime,
) -> list[Blocker]:
    """Judge the scans, then do the step, by the actions that the pages one by one call; the reasons against it."""
    by, scan = person.user, form.cleaned_data[CONTAINER]
    go, found = attempt(
        lambda: actions.scan_for_step(
            batch=batch,
            expected=expected,
            raw=scan,
            readings=reading_of(readings, CONTAINER, CONTAINER),
            by=by,
            at=at,
        )
    )
    for kind in (*step.equipment, *step.reagents):
        raw, read = form.cleaned_data[thing_name(kind)], reading_of(readings, thing_name(kind), kind)
        _, refused = attempt(
            lambda kind=kind, raw=raw, read=read: actions.scan_thing(  # type: ignore[misc]  # bound in the loop
                batch=batch, expected=expected, kind=kind, raw=raw, readings=read, by=by, at=at
            )
        )
        found += refused
    if found or go is None or go.material is None:
        return found
    material = go.material
    codes = [form.cleaned_data[thing_name(kind)] for kind in (*step.equipment, *step.reagents)]
    _, found = attempt(
        lambda: actions.do_step(
            batch=batch,
            code=step.code,
            material=material,
            makes=form.containers(at),
            count=form.readings(),
            use=StepUse(codes, form.values, form.cleaned_data.get("reason", "")),
            by=by,
            at=at,
        ),
        form,
    )
    return found


def _offered(
    lot: Lot, step: ProcessingStep | None, expected: Material | None, at: datetime
) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the simulated scanner offers for each field of the form; nothing in a real database."""
    if step is None or expected is None:
        return []
    offered = [(_("container"), simulated_scans(expected)[:1])]
    offered += [
        (words(kind), simulated_things(lot.site, kind, at=at)) for kind in (*step.equipment, *step.reagents)
    ]
    return [(what, scans) for what, scans in offered if scans]


def _facts(batch: Batch, lot: Lot, at: datetime) -> list[dict[str, Any]]:
    """The clock, the volumes and the last count, each beside its limit, and whether it says stop."""
    facts: list[dict[str, Any]] = []
    rule, began = protocol_of(lot.protocol).collection, collected_at(lot)
    if rule is not None and began is not None:
        limit = timedelta(hours=rule.hours_to_processing_max)
        started = [step.done_at for step in batch.steps.all() if step.kind != "receive"]
        waited = (started[0] if started else at) - began
        facts.append(
            {
                "name": _("From collection to processing") if started else _("Since collection"),
                "value": span_text(waited),
                "limit": _("at most %(limit)s") % {"limit": span_text(limit)},
                "is_stop": waited > limit,
            }
        )
    for made in lot.materials.exclude(kind__in=["SAMPLE", "DOSE"]).order_by("made_at", "division"):
        value = f"{amount_text(made.amount)} {made.unit}"
        name = f"{made.division} {made.get_kind_display()}"
        facts.append({"name": name, "value": value, "limit": "", "is_stop": False})
    counts = [step.standing_count() for step in batch.steps.prefetch_related("counts")]
    if last := next((count for count in reversed(counts) if count is not None), None):
        least = viability_limit(lot)
        facts.append(
            {
                "name": _("Viability"),
                "value": f"{100 * last.viability:.1f} %",
                "limit": "" if least is None else _("at least %(limit)s") % {"limit": f"{100 * least:.0f} %"},
                "is_stop": least is not None and float(last.viability) < least,
            }
        )
        cells = f"{last.viable_cells / 1_000_000:.1f} × 10⁶"
        facts.append({"name": _("Viable cells"), "value": cells, "limit": "", "is_stop": False})
    return facts
