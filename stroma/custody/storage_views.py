"""The storage map: units, racks and positions, found by scan or by eye, and containers put there."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.custody import actions
from stroma.custody.access import container_seen_by
from stroma.custody.domain.storage import FROZEN_UNITS, UnitKind
from stroma.custody.keeping_forms import UnitForm
from stroma.custody.queries import simulated_scans
from stroma.custody.scan_pages import ask_for_scans, container_text, stopped
from stroma.custody.scanning import Wanted, when_shown
from stroma.custody.storage_queries import (
    container_with_scan,
    first_free,
    is_frozen,
    position_with_code,
    positions_in,
    racks_of,
    stay_of,
    unit_at,
    units_of,
)
from stroma.ledger.record import is_simulated, present
from stroma.look.attempt import attempt
from stroma.protocols.domain.blocker import Blocker

LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)


@granted_to(*LABORATORY)
def storage_map(request: HttpRequest) -> HttpResponse:
    """Every unit and how full it is. A scan of a container or a position goes straight there."""
    site = site_in(request)
    scanned = request.GET.get("scan", "").strip()
    if scanned:
        container = container_with_scan(site, scanned)
        if container is not None:
            return redirect("container_page", container_id=container.pk)
        position = position_with_code(site, scanned)
        if position is not None:
            where = reverse("storage_unit", args=[position.unit_id])
            return redirect(f"{where}?shelf={position.shelf}&rack={position.rack}#p{position.position}")
    values = {"units": units_of(site), "scanned": scanned, "not_found": bool(scanned)}
    return render(request, "custody/storage_map.html", values)


@granted_to(*LABORATORY)
def storage_unit(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """A unit: its racks and how full each is, and the positions of the one that is open."""
    person = person_in(request)
    unit = unit_at(person.site, unit_id)
    if unit is None:
        raise Http404("no such unit at this site")
    racks = racks_of(unit)
    shelf, rack = (_number(request.GET.get(name)) for name in ("shelf", "rack"))
    if not any((row.shelf, row.rack) == (shelf, rack) for row in racks):
        shelf, rack = (racks[0].shelf, racks[0].rack) if racks else (0, 0)
    values = {
        "unit": unit,
        "racks": racks,
        "shelves": sorted({row.shelf for row in racks}),
        "shelf": shelf,
        "rack": rack,
        "positions": positions_in(unit, shelf=shelf, rack=rack),
        "zone": unit.site.time_zone,
    }
    return render(request, "custody/storage_unit.html", values)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 0


@granted_to(*LABORATORY)
def add_unit(request: HttpRequest) -> HttpResponse:
    """Set up a freezer, tank or incubator."""
    person, site, at = person_in(request), site_in(request), present()
    form = UnitForm(request.POST or None, site=site)
    found: list[Blocker] = []
    if form.is_valid():
        told = form.cleaned_data
        unit, found = attempt(
            lambda: actions.add_storage_unit(
                place=told["place"],
                kind=UnitKind(told["kind"]),
                name=told["name"],
                code=told["code"],
                shelves=told["shelves"],
                racks=told["racks"],
                positions=told["positions"],
                by=person.user,
                at=at,
            ),
            form,
        )
        if unit is not None:
            messages.success(request, _("The unit and its positions are set up."))
            return redirect("storage_unit", unit_id=unit.pk)
    values = {
        "form": form,
        "found": found,
        "heading": _("Set up a storage unit"),
        "lead": _("Each position gets a code: unit, shelf, rack, position."),
        "action": _("Set it up"),
        "back": reverse("storage_map"),
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


@granted_to(*LABORATORY)
def store_container(request: HttpRequest, container_id: UUID) -> HttpResponse:
    """Put a container into a position, or move it: scan the container, scan the position, GO or STOP."""
    person, at = person_in(request), present()
    material = container_seen_by(person, container_id, page="store_container", at=at)
    freezes = "freeze" in request.GET
    back = reverse("container_page", args=[material.pk])
    cold = freezes or is_frozen(material)
    kinds = [kind.value for kind in UnitKind if (kind in FROZEN_UNITS) == cold]
    proposed = first_free(material.lot.site, material, cold=kinds)
    title = _("Scan the position")
    lead = _("First free one here: %(code)s") % {"code": proposed.code} if proposed else ""
    wanted = [
        Wanted(
            "container",
            _("Scan the label of the container"),
            _("Container %(division)s of") % {"division": material.division},
            when_shown(partial(simulated_scans, material)),
            container_text(material.lot.din, material.division),
        ),
        Wanted(
            "position", title, lead, [(proposed.code, proposed.code)] if proposed and is_simulated() else []
        ),
    ]
    page = {
        "task": _("Freeze it") if freezes else _("Store it"),
        "subject": material.lot.din,
        "back": back,
        "typed_query": "freeze=1&typed=1" if freezes else "typed=1",
        "stop": _("This container is not put there."),
    }
    asked = ask_for_scans(
        request,
        wanted,
        page=page,
        stop_wrong=lambda scans, readings: actions.stop_wrong_storing(
            material=material, scans=scans, readings=readings, freezes=freezes, by=person.user, at=at
        ),
    )
    if isinstance(asked, HttpResponse):
        return asked
    scans = asked.scans
    position = position_with_code(material.lot.site, scans["position"])
    told = {**scans, "position": position.code} if position else scans
    stay, found = attempt(
        lambda: actions.store_container(
            material=material,
            position=position,
            scans=told,
            readings=asked.readings,
            freezes=freezes,
            by=person.user,
            at=at,
        )
    )
    if stay is not None:
        return _stored(request, back, stay_of(material))
    return stopped(request, asked, found)


def _stored(request: HttpRequest, back: str, stay: object) -> HttpResponse:
    return render(
        request, "custody/stored.html", {"stay": stay, "on": back, "action": _("Go on"), "subject": ""}
    )
