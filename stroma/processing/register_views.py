"""The registers: what equipment and reagents there are, what is fit for use, and which lots each of them touched."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stroma.clinic.access import Person, PersonRequest, granted_to
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.processing import actions
from stroma.processing.actions import EquipmentKept, ReagentReceived
from stroma.processing.domain.step_wants import equipment_blockers, reagent_blockers
from stroma.processing.register_forms import (
    CalibrationForm,
    EquipmentForm,
    ReagentForm,
    RecallForm,
    RegisterReasonForm,
)
from stroma.processing.register_queries import (
    equipment_at,
    equipment_facts,
    equipment_of,
    events_of,
    lots_touched_by_equipment,
    lots_touched_by_reagent,
    reagent_at,
    reagent_facts,
    reagents_of,
)
from stroma.protocols.domain.blocker import Blocker

LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)


def _site(request: HttpRequest) -> tuple[Person, Site]:
    person = cast(PersonRequest, request).person
    if person.site is None:
        raise Http404("no site")
    return person, person.site


@granted_to(*LABORATORY)
def equipment_list(request: HttpRequest) -> HttpResponse:
    """The equipment of the site, what is not fit for use first."""
    _person, site = _site(request)
    values = {"rows": equipment_of(site, at=present()), "zone": site.time_zone}
    return render(request, "processing/equipment_list.html", values)


@granted_to(*LABORATORY)
def add_equipment(request: HttpRequest) -> HttpResponse:
    """Put a piece of equipment into the register."""
    person, site = _site(request)
    form = EquipmentForm(request.POST or None)
    found: list[Blocker] = []
    if form.is_valid():
        kept = EquipmentKept(**form.cleaned_data)
        added, found = attempt(
            lambda: actions.add_equipment(site=site, kept=kept, by=person.user, at=present()), form
        )
        if added is not None:
            messages.success(request, _("The equipment is in the register."))
            return redirect("equipment_page", equipment_id=added.pk)
    return _form(
        request,
        form,
        found,
        heading=_("Add equipment"),
        lead=_("Its code is what is scanned off it; its kind is what protocols ask for."),
        action=_("Add it"),
        back=reverse("equipment_list"),
    )


@granted_to(*LABORATORY)
def equipment_page(request: HttpRequest, equipment_id: UUID) -> HttpResponse:
    """A piece of equipment: whether it is fit, what happened to it, and which lots it touched."""
    person, site = _site(request)
    equipment, at = equipment_at(site, equipment_id), present()
    if equipment is None:
        raise Http404("no such equipment")
    facts = equipment_facts(equipment, at=at)
    values = {
        "thing": equipment,
        "facts": facts,
        "found": equipment_blockers(facts, at=at),
        "events": events_of(equipment),
        "lots": lots_touched_by_equipment(equipment),
        "zone": site.time_zone,
        "is_technologist": person.plays(Role.TECHNOLOGIST),
        "is_quality": person.plays(Role.QUALITY),
    }
    return render(request, "processing/equipment_page.html", values)


@granted_to(Role.TECHNOLOGIST)
@require_POST
def clean_equipment(request: HttpRequest, equipment_id: UUID) -> HttpResponse:
    """Write down that it was cleaned."""
    person, site = _site(request)
    equipment = equipment_at(site, equipment_id)
    if equipment is None:
        raise Http404("no such equipment")
    done, found = attempt(lambda: actions.clean_equipment(equipment=equipment, by=person.user, at=present()))
    back = reverse("equipment_page", args=[equipment.pk])
    return redirect(back) if done else _stopped(request, found, back)


@granted_to(*LABORATORY)
def calibrate_equipment(request: HttpRequest, equipment_id: UUID) -> HttpResponse:
    """Write down that it was calibrated, and until when that holds."""
    person, site = _site(request)
    equipment = equipment_at(site, equipment_id)
    if equipment is None:
        raise Http404("no such equipment")
    form, at = CalibrationForm(request.POST or None, zone=site.time_zone), present()
    found: list[Blocker] = []
    back = reverse("equipment_page", args=[equipment.pk])
    if form.is_valid():
        until = form.cleaned_data["valid_until"]
        done, found = attempt(
            lambda: actions.calibrate_equipment(
                equipment=equipment, valid_until=until, by=person.user, at=at
            ),
            form,
        )
        if done is not None:
            return redirect(back)
    return _form(
        request,
        form,
        found,
        heading=_("Calibrated"),
        lead=equipment.name,
        action=_("Write it down"),
        back=back,
    )


@granted_to(*LABORATORY)
def equipment_service(request: HttpRequest, equipment_id: UUID) -> HttpResponse:
    """Take a piece of equipment out of service; quality returns it."""
    person, site = _site(request)
    equipment, at = equipment_at(site, equipment_id), present()
    if equipment is None:
        raise Http404("no such equipment")
    is_out = equipment_facts(equipment, at=at).is_out_of_service
    act = actions.return_equipment if is_out else actions.take_out_equipment
    form = RegisterReasonForm(request.POST or None)
    found: list[Blocker] = []
    back = reverse("equipment_page", args=[equipment.pk])
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        done, found = attempt(lambda: act(equipment=equipment, reason=reason, by=person.user, at=at), form)
        if done is not None:
            return redirect(back)
    return _form(
        request,
        form,
        found,
        heading=_("Return it to service") if is_out else _("Take it out of service"),
        lead=equipment.name,
        action=_("Return it to service") if is_out else _("Take it out of service"),
        back=back,
    )


@granted_to(*LABORATORY)
def reagent_list(request: HttpRequest) -> HttpResponse:
    """The reagent lots of the site, those that can be used first."""
    _person, site = _site(request)
    values = {"rows": reagents_of(site, at=present()), "zone": site.time_zone}
    return render(request, "processing/reagent_list.html", values)


@granted_to(*LABORATORY)
def receive_reagent(request: HttpRequest) -> HttpResponse:
    """Put a reagent lot into the register."""
    person, site = _site(request)
    form = ReagentForm(request.POST or None, zone=site.time_zone)
    found: list[Blocker] = []
    if form.is_valid():
        received = ReagentReceived(**form.cleaned_data)
        lot, found = attempt(
            lambda: actions.receive_reagent(site=site, received=received, by=person.user, at=present()), form
        )
        if lot is not None:
            messages.success(request, _("The lot is in the register. Quality releases it before it is used."))
            return redirect("reagent_page", reagent_id=lot.pk)
    return _form(
        request,
        form,
        found,
        heading=_("Receive a reagent lot"),
        lead=_("It is used after quality has released it."),
        action=_("Receive it"),
        back=reverse("reagent_list"),
    )


@granted_to(*LABORATORY)
def reagent_page(request: HttpRequest, reagent_id: UUID) -> HttpResponse:
    """A reagent lot: whether it may be used, what happened to it, and which lots it touched."""
    person, site = _site(request)
    reagent, at = reagent_at(site, reagent_id), present()
    if reagent is None:
        raise Http404("no such reagent")
    facts = reagent_facts(reagent, at=at)
    events = events_of(reagent)
    values = {
        "thing": reagent,
        "facts": facts,
        "found": reagent_blockers(facts, at=at),
        "events": events,
        "lots": lots_touched_by_reagent(reagent),
        "zone": site.time_zone,
        "is_opened": any(event.kind == "OPENED" for event in events),
        "is_technologist": person.plays(Role.TECHNOLOGIST),
        "is_quality": person.plays(Role.QUALITY),
    }
    return render(request, "processing/reagent_page.html", values)


@granted_to(Role.QUALITY)
@require_POST
def release_reagent(request: HttpRequest, reagent_id: UUID) -> HttpResponse:
    """Quality lets a reagent lot be used."""
    return _reagent_act(request, reagent_id, actions.release_reagent)


@granted_to(Role.TECHNOLOGIST)
@require_POST
def open_reagent(request: HttpRequest, reagent_id: UUID) -> HttpResponse:
    """Write down that it was opened."""
    return _reagent_act(request, reagent_id, actions.open_reagent)


def _reagent_act(request: HttpRequest, reagent_id: UUID, act: Any) -> HttpResponse:
    person, site = _site(request)
    reagent = reagent_at(site, reagent_id)
    if reagent is None:
        raise Http404("no such reagent")
    done, found = attempt(lambda: act(reagent=reagent, by=person.user, at=present()))
    back = reverse("reagent_page", args=[reagent.pk])
    return redirect(back) if done else _stopped(request, found, back)


@granted_to(Role.QUALITY)
def recall_reagent(request: HttpRequest, reagent_id: UUID) -> HttpResponse:
    """Recall a reagent lot: the lots it touched are shown, and put into quarantine if quality says so."""
    person, site = _site(request)
    reagent = reagent_at(site, reagent_id)
    if reagent is None:
        raise Http404("no such reagent")
    touched = list(lots_touched_by_reagent(reagent))
    form = RecallForm(request.POST or None)
    found: list[Blocker] = []
    back = reverse("reagent_page", args=[reagent.pk])
    if form.is_valid():
        told = form.cleaned_data
        done, found = attempt(
            lambda: actions.recall_reagent(
                reagent=reagent,
                reason=told["reason"],
                quarantines=told["quarantines"],
                by=person.user,
                at=present(),
            ),
            form,
        )
        if done is not None:
            messages.success(
                request, _("Recalled. %(n)s containers were put into quarantine.") % {"n": len(done[1])}
            )
            return redirect(back)
    values = {
        "form": form,
        "found": found,
        "reagent": reagent,
        "lots": touched,
        "zone": site.time_zone,
        "heading": _("Recall this reagent lot"),
        "lead": f"{reagent.name} {reagent.number}",
        "action": _("Recall it"),
        "kind": "stop",
        "back": back,
    }
    return render(request, "processing/recall_reagent.html", values, status=422 if request.POST else 200)


def _form(
    request: HttpRequest, form: Any, found: list[Blocker], *, heading: str, lead: str, action: str, back: str
) -> HttpResponse:
    values = {
        "form": form,
        "found": found,
        "heading": heading,
        "lead": lead,
        "action": action,
        "back": back,
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


def _stopped(request: HttpRequest, found: list[Blocker], back: str) -> HttpResponse:
    values = {"found": found, "stop": _("Nothing was written."), "way_on": _("Go back"), "again": back}
    return render(request, "custody/stop.html", values, status=422)
