"""Transport boxes: packed and sealed here, opened by their seal there, their log read in."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from stroma.clinic.access import Person, granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import places_of
from stroma.custody import actions
from stroma.custody.keeping_forms import STORAGES, LimitsForm, LogForm, SealForm
from stroma.custody.log_chart import log_picture
from stroma.custody.models import Shipment
from stroma.custody.scan_pages import ask_for_scans, badge_wanted, stopped
from stroma.custody.scanning import Wanted
from stroma.custody.transport_queries import (
    contents_of,
    limits_of,
    logs_of,
    readings_of,
    shipment_at,
    shipments_of,
    site_limits,
)
from stroma.ledger.record import is_simulated, present
from stroma.look.attempt import attempt
from stroma.protocols.domain.blocker import Blocker

HANDLERS = (Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST)


def _shipment(person: Person, shipment_id: UUID) -> Shipment:
    found = shipment_at(person.site, shipment_id)
    if found is None:
        raise Http404("no such journey of a box of this site")
    return found


@granted_to(*HANDLERS)
def transport(request: HttpRequest) -> HttpResponse:
    """Every box: what is under way first, and from where one may be sent."""
    person, site = person_in(request), site_in(request)
    values = {
        "shipments": shipments_of(site)[:100],
        "places": places_of(site),
        "zone": site.time_zone,
        "is_quality": person.plays(Role.QUALITY),
    }
    return render(request, "custody/transport.html", values)


@granted_to(*HANDLERS)
def seal_box(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """Pack containers that are at a place into a box and seal it."""
    person, at = person_in(request), present()
    place = places_of(person.site).filter(pk=place_id).first() if person.site else None
    if place is None:
        raise Http404("no such place at this site")
    form = SealForm(request.POST or None, place=place)
    found: list[Blocker] = []
    if form.is_valid():
        told = form.cleaned_data
        sealed, found = attempt(
            lambda: actions.seal_box(
                site=place.site,
                box_code=told["box"],
                materials=told["materials"],
                from_place=place,
                to_place=told["to_place"],
                seal=told["seal"].strip(),
                by=person.user,
                at=at,
            )
        )
        if sealed is not None:
            messages.success(request, _("The box is sealed. Start the logger before it leaves."))
            return redirect("shipment", shipment_id=sealed.pk)
    values = {
        "form": form,
        "found": found,
        "heading": _("Pack and seal a box"),
        "lead": _("At %(place)s") % {"place": place.name},
        "action": _("Seal the box"),
        "back": reverse("transport"),
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


@granted_to(*HANDLERS)
def shipment(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    """One journey: what is in the box, its limits, its seal and what the log said."""
    person = person_in(request)
    travelled = _shipment(person, shipment_id)
    logs, zone = logs_of(travelled), travelled.box.site.time_zone
    log = logs[0] if logs else None
    readings = readings_of(log) if log else []
    values = {
        "shipment": travelled,
        "contents": contents_of(travelled),
        "log": log,
        "earlier": logs[1:],
        "picture": log_picture(readings, limits_of(travelled), zone) if readings else "",
        "readings": readings[:200],
        "more": max(len(readings) - 200, 0),
        "zone": zone,
    }
    return render(request, "custody/shipment.html", values)


@granted_to(*HANDLERS)
def open_box(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    """Open a box: scan its seal. Another seal is a STOP over the whole screen."""
    person, at = person_in(request), present()
    travelled = _shipment(person, shipment_id)
    back = reverse("shipment", args=[travelled.pk])
    offered = []
    if is_simulated():
        offered = [(_("The seal of this box"), travelled.seal), (_("Another seal"), f"{travelled.seal}X")]
    lead = _("Box %(box)s") % {"box": travelled.box.code}
    seal = Wanted("seal", _("Scan the seal of the box"), lead, offered, travelled.seal)
    wanted = [seal, *badge_wanted(person.user, travelled.box.site)]
    page = {"task": _("Open the box"), "back": back, "stop": _("Do not open this box.")}
    asked = ask_for_scans(
        request,
        wanted,
        page=page,
        stop_wrong=lambda scans, readings: actions.stop_wrong_opening(
            shipment=travelled, scans=scans, readings=readings, by=person.user, at=at
        ),
    )
    if isinstance(asked, HttpResponse):
        return asked
    opened, found = attempt(
        lambda: actions.open_box(
            shipment=travelled, scans=asked.scans, readings=asked.readings, by=person.user, at=at
        )
    )
    if opened is not None:
        messages.success(request, _("The seal is right: open the box, then read its log."))
        return redirect(back)
    return stopped(request, asked, found)


@granted_to(*HANDLERS)
def temperature_log(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    """Read the logger's file. Every faulty line is said at once; an excursion quarantines what was in the box.

    Where a log was read, the page says first what it told, and reads another in its place for a reason.
    """
    person, at = person_in(request), present()
    travelled = _shipment(person, shipment_id)
    back = reverse("shipment", args=[travelled.pk])
    logs = logs_of(travelled)
    told = request.POST.get("corrects", "")
    corrects = next((one for one in logs if str(one.pk) == told), None)
    form = LogForm(request.POST or None, request.FILES or None, is_another=corrects is not None)
    found: list[Blocker] = []
    if form.is_valid():
        sent = form.cleaned_data["log"]
        text = sent.read().decode("utf-8", errors="replace")
        log, found = attempt(
            lambda: actions.read_temperature_log(
                shipment=travelled,
                text=text,
                file=sent.name,
                corrects=corrects,
                reason=form.cleaned_data.get("reason", ""),
                by=person.user,
                at=at,
            ),
            form,
        )
        if log is not None:
            if log.is_excursion:
                messages.warning(request, _("Excursion: everything that was in the box is in quarantine."))
            elif corrects is not None:
                said = _("By this log the box stayed within its limits. What is in quarantine stays there.")
                messages.success(request, said)
            else:
                messages.success(request, _("The box stayed within its limits."))
            return redirect(back)
    newest = logs[0] if logs else None
    if newest is not None and corrects != newest:
        # Nothing was read yet when the page was opened, or another log was read meanwhile: the file is chosen again.
        form = LogForm(is_another=True)
    values = {
        "form": form,
        "found": found,
        "log": newest,
        "is_sealed": travelled.opened_at is None,
        "zone": travelled.box.site.time_zone,
        "heading": _("Read another temperature log") if newest else _("Read the temperature log"),
        "lead": _("Of box %(box)s") % {"box": travelled.box.code},
        "action": _("Read it"),
        "back": back,
    }
    return render(request, "custody/log_page.html", values, status=422 if request.method == "POST" else 200)


@granted_to(Role.QUALITY)
def transport_limits(request: HttpRequest) -> HttpResponse:
    """The site's own limits, each with its source, used where a protocol names none."""
    person, site, at = person_in(request), site_in(request), present()
    form = LimitsForm(request.POST or None)
    found: list[Blocker] = []
    if form.is_valid():
        done, found = attempt(
            lambda: actions.set_transport_limits(
                site=site, storage=form.cleaned_data["storage"], limits=form.limits(), by=person.user, at=at
            ),
            form,
        )
        if done is not None:
            messages.success(request, _("The limits were set. They hold for boxes sealed from now on."))
            return redirect("transport_limits")
    values = {
        "form": form,
        "found": found,
        "now": [(words, site_limits(site, storage)) for storage, words in STORAGES.items()],
    }
    return render(request, "custody/transport_limits.html", values, status=422 if request.POST else 200)
