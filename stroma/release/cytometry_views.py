"""A lot's cytometry: hand in a file, look at its plots and gates, move a gate, record the results, print the report."""

from datetime import datetime
from pathlib import PurePath
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from stroma.clinic.access import Person, granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.custody.access import lot_seen_by
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.problem import BadInput
from stroma.release.actions import cytometry as actions
from stroma.release.cytometry.gates import gate_set_from
from stroma.release.cytometry.plots import plots_of
from stroma.release.cytometry.report import report_pdf
from stroma.release.cytometry_files import MAX_MEGABYTES, prepare, reading_from
from stroma.release.cytometry_shown import gate_lines, population_lines, say
from stroma.release.forms import CytometryForm, MoveGateForm
from stroma.release.handed_in import HandedIn
from stroma.release.models import CytometryReading
from stroma.release.standing import reading_at, versions_of

LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)
READERS = (Role.PHYSIATRIST, Role.QUALITY, Role.TECHNOLOGIST)


def _reading_seen_by(person: Person, reading_id: UUID, *, page: str, at: datetime) -> CytometryReading:
    """The reading, after noting who looked. Raises Http404 for one of another site."""
    reading = reading_at(person.site, reading_id)
    if reading is None:
        raise Http404("no such reading")
    reading.lot = lot_seen_by(person, reading.lot_id, page=page, at=at)
    return reading


def _handed_in(upload: "UploadedFile[bytes] | None") -> HandedIn | None:
    if upload is None:
        return None
    name = PurePath(upload.name or "file.fcs").name[:200]
    if (upload.size or 0) > MAX_MEGABYTES * 1024 * 1024:
        return HandedIn(name, b"")
    return HandedIn(name, upload.read())


@granted_to(*LABORATORY)
def read_cytometry(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Hand in a file and its control: they are read at once, and kept if they can be."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="read_cytometry", at=at)
    is_sent = request.method == "POST"
    form = CytometryForm(request.POST, request.FILES) if is_sent else CytometryForm()
    found: list[Blocker] = []
    if form.is_valid():
        sample, control = (_handed_in(form.cleaned_data[name]) for name in ("sample", "control"))
        assert sample is not None
        prepared = None
        try:
            prepared = prepare(lot, sample, control)
        except BadInput as fault:
            for problem in fault.problems:
                is_control = control is not None and problem.file == control.name != sample.name
                form.add_error("control" if is_control else "sample", str(problem))
        if prepared is not None:
            kept = prepared
            reading, found = attempt(
                lambda: actions.read_cytometry(lot=lot, prepared=kept, by=person.user, at=at)
            )
            if reading is not None:
                messages.success(request, _("The file was read and is kept. Look at the gates, then record."))
                return redirect("cytometry_reading", reading_id=reading.pk)
    values = {
        "form": form,
        "found": found,
        "subject": lot.din,
        "back": reverse("lot_page", args=[lot.pk]),
        "heading": _("Read a cytometry file"),
        "lead": _("The file is kept as it is. A stain that is missing is refused, never guessed."),
        "action": _("Read the file"),
    }
    return render(request, "release/read_cytometry.html", values, status=422 if is_sent else 200)


@require_GET
@granted_to(*READERS)
def cytometry_reading(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """One reading: what was counted, the plots with their gates, and every version of the gates."""
    person, at = person_in(request), present()
    reading = _reading_seen_by(person, reading_id, page="cytometry_reading", at=at)
    return _reading_page(request, reading, found=[])


def _plots(reading: CytometryReading) -> list[dict[str, str]]:
    """The pictures, each with the gate it shows. They are made here, and names of channels in them are escaped."""
    return [
        {"gate": plot.population, "title": plot.title, "svg": mark_safe(plot.svg)}  # noqa: S308 - see above
        for plot in plots_of(reading_from(reading), say=say)
    ]


def _reading_page(request: HttpRequest, reading: CytometryReading, *, found: list[Blocker]) -> HttpResponse:
    versions = versions_of(reading)
    is_newest = versions[-1] == reading
    is_recorded = reading.results.exists()
    may_work = person_in(request).plays(*LABORATORY) and is_newest
    values = {
        "reading": reading,
        "lot": reading.lot,
        "found": found,
        "populations": population_lines(reading.populations),
        "plots": _plots(reading),
        "gates": gate_lines(gate_set_from(reading.gate_set)),
        "versions": [
            {"row": one, "number": number, "gate": say(one.moved_gate), "is_this": one == reading}
            for number, one in enumerate(versions, start=1)
        ],
        "newest": versions[-1],
        "is_newest": is_newest,
        "is_recorded": is_recorded,
        "is_provisional": any(one["is_provisional"] for one in reading.populations),
        "may_move": may_work,
        "may_record": may_work and not is_recorded,
        "zone": reading.lot.site.time_zone,
    }
    return render(request, "release/cytometry_reading.html", values, status=422 if found else 200)


@granted_to(*LABORATORY)
def move_gate(request: HttpRequest, reading_id: UUID, number: int) -> HttpResponse:
    """Move one gate and say why. The old gates stay to be seen."""
    person, at = person_in(request), present()
    reading = _reading_seen_by(person, reading_id, page="move_gate", at=at)
    gates = gate_set_from(reading.gate_set).gates
    if not 1 <= number <= len(gates) or gates[number - 1].kind not in {"range", "ratio"}:
        raise Http404("no such gate")
    gate = gates[number - 1]
    form = MoveGateForm(request.POST or None, initial={"low": gate.low, "high": gate.high})
    found: list[Blocker] = []
    if form.is_valid():
        moved, found = attempt(
            lambda: actions.move_gate(
                reading=reading,
                gate=gate.name,
                low=form.cleaned_data["low"],
                high=form.cleaned_data["high"],
                reason=form.cleaned_data["reason"],
                by=person.user,
                at=at,
            ),
            form,
        )
        if moved is not None:
            messages.success(request, _("The gate was moved. The old one stays to be seen."))
            return redirect("cytometry_reading", reading_id=moved.pk)
    values = {
        "form": form,
        "found": found,
        "subject": reading.lot.din,
        "back": reverse("cytometry_reading", args=[reading.pk]),
        "heading": _("Move the gate: %(gate)s") % {"gate": say(gate.name)},
        "lead": _("On %(channels)s, in compensated linear values.") % {"channels": " / ".join(gate.channels)},
        "action": _("Move the gate"),
        "plots": [plot for plot in _plots(reading) if plot["gate"] == gate.name],
        "origin": f"{gate.origin}: {gate.reason}" if gate.reason else gate.origin,
    }
    return render(request, "release/move_gate.html", values, status=422 if request.POST else 200)


@require_POST
@granted_to(*LABORATORY)
def record_cytometry(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """Write one result for each stain into the lot's record."""
    person, at = person_in(request), present()
    reading = _reading_seen_by(person, reading_id, page="record_cytometry", at=at)
    results, found = attempt(lambda: actions.record_cytometry(reading=reading, by=person.user, at=at))
    if results is None:
        return _reading_page(request, reading, found=found)
    messages.success(request, _("%(count)s results were recorded.") % {"count": len(results)})
    return redirect("lot_page", lot_id=reading.lot_id)


@require_GET
@granted_to(*READERS)
def cytometry_report(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """The reading as it prints."""
    person, at = person_in(request), present()
    reading = _reading_seen_by(person, reading_id, page="cytometry_report", at=at)
    headers = {"Content-Disposition": f'inline; filename="cytometry-{reading.lot.din}.pdf"'}
    return HttpResponse(report_pdf([reading_from(reading)]), content_type="application/pdf", headers=headers)
