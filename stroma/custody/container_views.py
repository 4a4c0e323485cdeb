"""One container: where it is, what came of it, and everything that may be done with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody import actions
from stroma.custody.access import container_seen_by, hold_seen_by
from stroma.custody.keeping_forms import (
    ConfirmForm,
    PoolForm,
    QuarantineForm,
    ReasonForm,
    SampleForm,
    SplitForm,
)
from stroma.custody.models import ContainerHold, Material
from stroma.custody.queries import is_labeled
from stroma.custody.storage_queries import (
    children_of,
    hand_overs_of,
    holds_of,
    is_frozen,
    stay_of,
    stays_of,
)
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.formats import amount_text
from stroma.protocols.domain.blocker import Blocker

Text = str | Promise
HANDLERS = (Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST)
LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)


@granted_to(*HANDLERS)
def container_page(request: HttpRequest, container_id: UUID) -> HttpResponse:
    """Everything about one container."""
    person, at = person_in(request), present()
    material = container_seen_by(person, container_id, page="container_page", at=at)
    stay, holds = stay_of(material), list(holds_of(material))
    moves = hand_overs_of(material)
    values = {
        "material": material,
        "lot": material.lot,
        "stay": stay,
        "stays": stays_of(material),
        "holds": holds,
        "is_held_back": any(hold.lifted_at is None for hold in holds),
        "is_frozen": is_frozen(material),
        "moves": moves,
        "children": children_of(material),
        "zone": material.lot.site.time_zone,
        "is_laboratory": person.plays(*LABORATORY),
        "is_technologist": person.plays(Role.TECHNOLOGIST),
        "is_quality": person.plays(Role.QUALITY),
        "is_held": material.state == "HELD",
        "is_labeled": is_labeled(material),
        "in_process": material.lot.state == "IN_PROCESS",
    }
    return render(request, "custody/container_page.html", values)


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to one container on one form."""

    form: type[forms.Form]
    heading: Text
    button: Text
    said: Text
    do: Callable[[Material, dict[str, Any], User, datetime], object]
    kind: str = "primary"


ACTS: dict[str, Act] = {
    "split": Act(
        SplitForm,
        gettext_lazy("Split into parts"),
        gettext_lazy("Split it"),
        gettext_lazy("The parts were filled. Print and apply their labels now."),
        lambda material, told, by, at: actions.split(
            material=material, amounts=[told["amount"]] * told["parts"], by=by, at=at
        ),
    ),
    "sample": Act(
        SampleForm,
        gettext_lazy("Take a sample"),
        gettext_lazy("Take the sample"),
        gettext_lazy("The sample was taken. Print and apply its label now."),
        lambda material, told, by, at: actions.take_sample(
            material=material, amount=told["amount"], by=by, at=at
        ),
    ),
    "pool": Act(
        PoolForm,
        gettext_lazy("Pool containers of this lot"),
        gettext_lazy("Pool them"),
        gettext_lazy("They were poured together. Print and apply the label of the pool now."),
        lambda material, told, by, at: actions.pool(materials=[material, *told["others"]], by=by, at=at),
    ),
    "quarantine": Act(
        QuarantineForm,
        gettext_lazy("Put into quarantine"),
        gettext_lazy("Put it into quarantine"),
        gettext_lazy("The container is in quarantine. Only quality lifts that."),
        lambda material, told, by, at: actions.quarantine_container(
            material=material,
            cause=ContainerHold.Cause(told["cause"]),
            reason=told["reason"],
            by=by,
            at=at,
        ),
        kind="stop",
    ),
    "take-out": Act(
        ConfirmForm,
        gettext_lazy("Take out of storage"),
        gettext_lazy("It is in my hand"),
        gettext_lazy("The position is free again."),
        lambda material, _told, by, at: actions.take_out_of_storage(material=material, by=by, at=at),
    ),
    "thaw": Act(
        ConfirmForm,
        gettext_lazy("Thaw"),
        gettext_lazy("Thaw it now"),
        gettext_lazy("The container is thawed. It is not frozen again."),
        lambda material, _told, by, at: actions.thaw_container(material=material, by=by, at=at),
    ),
}


@granted_to(*LABORATORY)
def container_act(request: HttpRequest, container_id: UUID, act: str) -> HttpResponse:
    """Split, sample, pool, quarantine, take out or thaw one container."""
    person, at = person_in(request), present()
    material = container_seen_by(person, container_id, page="container_act", at=at)
    chosen = ACTS.get(act)
    if chosen is None:
        raise Http404("nothing like that is done to a container")
    back = reverse("container_page", args=[material.pk])
    form = chosen.form(request.POST if request.method == "POST" else None, material=material)  # type: ignore[call-arg]  # every form of ACTS takes it
    found: list[Blocker] = []
    if form.is_valid():
        done, found = attempt(lambda: chosen.do(material, form.cleaned_data, person.user, at))
        if done is not None:
            messages.success(request, str(chosen.said))
            return redirect("lot_page", lot_id=material.lot_id) if act in _FILLS else redirect(back)
    values = {
        "form": form,
        "found": found,
        "heading": chosen.heading,
        "lead": _lead(material),
        "subject": material.lot.din,
        "action": chosen.button,
        "kind": chosen.kind,
        "back": back,
    }
    return render(request, "custody/form_page.html", values, status=422 if request.method == "POST" else 200)


_FILLS = frozenset({"split", "sample", "pool"})
"""What makes new containers; the lot's page shows them."""


def _lead(material: Material) -> str:
    return _("Container %(division)s, %(amount)s %(unit)s at %(place)s, of") % {
        "division": material.division,
        "amount": amount_text(material.remaining),
        "unit": material.unit,
        "place": material.place.name,
    }


@granted_to(Role.QUALITY)
def lift_hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Let a container out of quarantine, with the reason."""
    person, at = person_in(request), present()
    hold = hold_seen_by(person, hold_id, page="lift_hold", at=at)
    back = reverse("container_page", args=[hold.material_id])
    form = ReasonForm(request.POST or None)
    found: list[Blocker] = []
    if form.is_valid():
        done, found = attempt(
            lambda: actions.lift_quarantine(
                hold=hold, reason=form.cleaned_data["reason"], by=person.user, at=at
            )
        )
        if done is not None:
            messages.success(request, _("The quarantine was lifted."))
            return redirect(back)
    values = {
        "form": form,
        "found": found,
        "heading": _("Lift the quarantine"),
        "lead": _lead(hold.material),
        "subject": hold.material.lot.din,
        "action": _("Lift it"),
        "back": back,
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)
