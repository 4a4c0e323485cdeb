"""The registers: what equipment and reagents there are, what is fit for use, and which lots each of them touched."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.clinic.signing import SigningFields, counting_tries, has_passkey, shown_credential
from stroma.ledger.domain.canonical import digest
from stroma.ledger.record import is_simulated, present
from stroma.look.attempt import attempt
from stroma.look.paging import page_asked, page_of
from stroma.processing import actions
from stroma.processing.actions import EquipmentKept, ReagentReceived
from stroma.processing.domain.step_wants import equipment_blockers, reagent_blockers
from stroma.processing.models import Equipment, ReagentLot
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
    kinds_asked,
    lots_touched_by_equipment,
    lots_touched_by_reagent,
    reagent_at,
    reagent_facts,
    reagent_release_text,
    reagents_of,
)
from stroma.protocols.domain.blocker import Blocker

LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)
TOUCHED = 100
"""How many of the lots that a thing touched stand on one page."""


@granted_to(*LABORATORY)
def equipment_list(request: HttpRequest) -> HttpResponse:
    """The equipment of the site, what is not fit for use first."""
    site = site_in(request)
    values = {"rows": equipment_of(site, at=present()), "zone": site.time_zone}
    return render(request, "processing/equipment_list.html", values)


@granted_to(*LABORATORY)
def add_equipment(request: HttpRequest) -> HttpResponse:
    """Put a piece of equipment into the register."""
    person, site = person_in(request), site_in(request)
    return _register(
        request,
        EquipmentForm(request.POST or None, kinds=kinds_asked(site).equipment),
        lambda told: actions.add_equipment(
            site=site, kept=EquipmentKept(**told), by=person.user, at=present()
        ),
        page="equipment_page",
        done=_("The equipment is in the register."),
        heading=_("Add equipment"),
        lead=_("Its code is what is scanned off it; its kind is what protocols ask for."),
        action=_("Add it"),
        back=reverse("equipment_list"),
    )


@granted_to(*LABORATORY)
def equipment_page(request: HttpRequest, equipment_id: UUID) -> HttpResponse:
    """A piece of equipment: whether it is fit, what happened to it, and which lots it touched."""
    person, site = person_in(request), site_in(request)
    equipment, at = equipment_at(site, equipment_id), present()
    if equipment is None:
        raise Http404("no such equipment")
    facts = equipment_facts(equipment, at=at)
    values = {
        "thing": equipment,
        "facts": facts,
        "found": equipment_blockers(facts, at=at),
        "events": events_of(equipment),
        "lots": page_of(lots_touched_by_equipment(equipment), page_asked(request, "lots"), lines=TOUCHED),
        "zone": site.time_zone,
        "is_technologist": person.plays(Role.TECHNOLOGIST),
        "is_quality": person.plays(Role.QUALITY),
    }
    return render(request, "processing/equipment_page.html", values)


@granted_to(Role.TECHNOLOGIST)
@require_POST
def clean_equipment(request: HttpRequest, equipment_id: UUID) -> HttpResponse:
    """Write down that it was cleaned."""
    person, site = person_in(request), site_in(request)
    equipment = equipment_at(site, equipment_id)
    if equipment is None:
        raise Http404("no such equipment")
    done, found = attempt(lambda: actions.clean_equipment(equipment=equipment, by=person.user, at=present()))
    back = reverse("equipment_page", args=[equipment.pk])
    return redirect(back) if done else _stopped(request, found, back)


@granted_to(*LABORATORY)
def calibrate_equipment(request: HttpRequest, equipment_id: UUID) -> HttpResponse:
    """Write down that it was calibrated, and until when that holds."""
    person, site = person_in(request), site_in(request)
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
    person, site = person_in(request), site_in(request)
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
    site = site_in(request)
    values = {"rows": reagents_of(site, at=present()), "zone": site.time_zone}
    return render(request, "processing/reagent_list.html", values)


@granted_to(*LABORATORY)
def receive_reagent(request: HttpRequest) -> HttpResponse:
    """Put a reagent lot into the register."""
    person, site = person_in(request), site_in(request)
    return _register(
        request,
        ReagentForm(request.POST or None, zone=site.time_zone, kinds=kinds_asked(site).reagents),
        lambda told: actions.receive_reagent(
            site=site, received=ReagentReceived(**told), by=person.user, at=present()
        ),
        page="reagent_page",
        done=_("The lot is in the register. Quality releases it before it is used."),
        heading=_("Receive a reagent lot"),
        lead=_("It is used after quality has released it."),
        action=_("Receive it"),
        back=reverse("reagent_list"),
    )


@granted_to(*LABORATORY)
def reagent_page(request: HttpRequest, reagent_id: UUID) -> HttpResponse:
    """A reagent lot: whether it may be used, what happened to it, and which lots it touched."""
    person, site = person_in(request), site_in(request)
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
        "lots": page_of(lots_touched_by_reagent(reagent), page_asked(request, "lots"), lines=TOUCHED),
        "zone": site.time_zone,
        "is_opened": any(event.kind == "OPENED" for event in events),
        "is_technologist": person.plays(Role.TECHNOLOGIST),
        "is_quality": person.plays(Role.QUALITY),
    }
    return render(request, "processing/reagent_page.html", values)


@granted_to(Role.QUALITY)
def release_reagent(request: HttpRequest, reagent_id: UUID) -> HttpResponse:
    """Quality reads what the register says of a reagent lot, and signs that it may be used."""
    person, site = person_in(request), site_in(request)
    reagent, at = reagent_at(site, reagent_id), present()
    if reagent is None:
        raise Http404("no such reagent")
    text = reagent_release_text(reagent)
    shown = digest(text.encode())
    form = SigningFields(request.POST or None, initial={"shown": shown})
    is_simulation = request.POST.get("credential") == "simulated" and is_simulated()
    found: list[Blocker] = []
    back = reverse("reagent_page", args=[reagent.pk])
    if form.is_valid() or is_simulation:
        credential = Simulated() if is_simulation else shown_credential(request, form)
        act = partial(
            actions.release_reagent,
            reagent=reagent,
            credential=credential,
            shown_digest=form.cleaned_data.get("shown", ""),
            by=person.user,
            at=at,
        )
        done, found = attempt(lambda: counting_tries(request, person.user, act))
        if done is not None:
            messages.success(request, _("You signed: the lot may be used."))
            return redirect(back)
    values = {
        "form": form,
        "found": found,
        "reagent": reagent,
        "text": text,
        "shown": shown,
        "zone": site.time_zone,
        "back": back,
        "has_passkey": has_passkey(person.user),
        "offers_simulated": is_simulated(),
    }
    return render(request, "processing/release_reagent.html", values, status=422 if request.POST else 200)


@granted_to(Role.TECHNOLOGIST)
@require_POST
def open_reagent(request: HttpRequest, reagent_id: UUID) -> HttpResponse:
    """Write down that it was opened."""
    person, site = person_in(request), site_in(request)
    reagent = reagent_at(site, reagent_id)
    if reagent is None:
        raise Http404("no such reagent")
    done, found = attempt(lambda: actions.open_reagent(reagent=reagent, by=person.user, at=present()))
    back = reverse("reagent_page", args=[reagent.pk])
    return redirect(back) if done else _stopped(request, found, back)


@granted_to(Role.QUALITY)
def recall_reagent(request: HttpRequest, reagent_id: UUID) -> HttpResponse:
    """Recall a reagent lot: the lots it touched are shown, and put into quarantine if quality says so."""
    person, site = person_in(request), site_in(request)
    reagent = reagent_at(site, reagent_id)
    if reagent is None:
        raise Http404("no such reagent")
    touched = lots_touched_by_reagent(reagent)
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
        "count": touched.count(),
        "lots": page_of(touched, page_asked(request, "lots"), lines=TOUCHED),
        "zone": site.time_zone,
        "heading": _("Recall this reagent lot"),
        "lead": f"{reagent.name} {reagent.number}",
        "action": _("Recall it"),
        "kind": "stop",
        "back": back,
    }
    return render(request, "processing/recall_reagent.html", values, status=422 if request.POST else 200)


def _register(
    request: HttpRequest,
    form: forms.Form,
    put: Callable[[dict[str, Any]], Equipment | ReagentLot],
    *,
    page: str,
    done: str,
    **words: str,
) -> HttpResponse:
    """Put a thing into its register and go to its page; or ask, with the reasons why it was not taken."""
    found: list[Blocker] = []
    if form.is_valid():
        thing, found = attempt(lambda: put(form.cleaned_data), form)
        if thing is not None:
            messages.success(request, done)
            return redirect(page, thing.pk)
    return _form(request, form, found, **words)


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
