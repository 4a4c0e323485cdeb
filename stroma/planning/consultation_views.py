"""Booking a first consultation: a visitor without an account, and only after the red flags."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from stroma.candidacy.asked_flags import flags_in
from stroma.candidacy.domain.red_flags import red_flag_blockers
from stroma.clinic.access import granted_to, open_to_all, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site
from stroma.clinic.public_facts import CONSULTATION, public_facts
from stroma.clinic.queries import open_sites
from stroma.ledger.record import present
from stroma.look.parts import reasons
from stroma.planning.actions import NotConsultable, book_consultation, cancel_consultation
from stroma.planning.calendar_file import consultation_ics
from stroma.planning.consultation_forms import ConsultationForm
from stroma.planning.models import Consultation
from stroma.planning.offered_times import OfferedDay, offered_days
from stroma.planning.queries import coming_consultations, consultation_by_key, physiatrists_of
from stroma.protocols.domain.blocker import Refused

VISITOR = "visitor"
"""How the ledger names somebody without an account."""


@require_GET
@granted_to(Role.COORDINATOR, Role.PHYSIATRIST, Role.NURSE)
def consultations(request: HttpRequest) -> HttpResponse:
    """The coming consultations of the site one works at: who comes, when, to whom, and how to reach them."""
    site = person_in(request).site
    coming = coming_consultations(site, at=present()) if site else []
    return render(request, "planning/consultations.html", {"site": site, "coming": coming})


@require_http_methods(["GET", "POST"])
@open_to_all
def consultation(request: HttpRequest) -> HttpResponse:
    """Choose a site, a day and a time. Whoever was not asked the red flags is sent to them first."""
    asked = request.GET.get("asked", "")
    flags = flags_in(asked)
    if red_flag_blockers(flags):
        messages.info(request, _("First, nine questions for your safety. Then you can book."))
        return redirect("self_check")
    sites = open_sites()
    site = _chosen(sites, request.GET.get("site", ""))
    if site is None:
        return render(request, "planning/consultation_site.html", {"sites": sites, "asked": asked})
    if request.method == "GET":
        return render(request, "planning/consultation.html", _page(request, site, sites, ConsultationForm()))
    form = ConsultationForm(request.POST)
    refused: Refused | None = None
    if form.is_valid():
        who, starts_at = form.cleaned_data["time"]
        physiatrist = physiatrists_of(site).filter(pk=who).first()
        if physiatrist is None:
            raise Http404
        try:
            booked = book_consultation(
                site=site,
                physiatrist=physiatrist,
                starts_at=starts_at,
                red_flags=flags,
                name=form.cleaned_data["name"],
                email=form.cleaned_data["email"],
                telephone=form.cleaned_data["telephone"],
                by=VISITOR,
                at=present(),
            )
        except NotConsultable as refusal:
            refused = refusal
        else:
            return redirect("consultation_booked", key=booked.key)
    page = _page(request, site, sites, form) | {"refused": reasons(refused.blockers) if refused else []}
    return render(request, "planning/consultation.html", page, status=422)


@require_GET
@open_to_all
def consultation_booked(request: HttpRequest, key: str) -> HttpResponse:
    """The booking, for whoever has its link: when, where, with whom. No name and no reason stand on it."""
    context = {"booked": _found(key), "now": present()}
    return render(request, "planning/consultation_booked.html", context)


@require_GET
@open_to_all
def consultation_calendar(request: HttpRequest, key: str) -> HttpResponse:
    """The booking as a calendar file."""
    booked = _found(key)
    content = consultation_ics(booked, title=_("Appointment"))
    name = f'attachment; filename="appointment-{booked.starts_at:%Y-%m-%d}.ics"'
    return HttpResponse(
        content, content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": name}
    )


@require_POST
@open_to_all
def consultation_cancel(request: HttpRequest, key: str) -> HttpResponse:
    """Give the time back."""
    booked = _found(key)
    try:
        cancel_consultation(consultation=booked, by=VISITOR, at=present())
    except NotConsultable as refusal:
        context = {"booked": booked, "refused": reasons(refusal.blockers), "now": present()}
        return render(request, "planning/consultation_booked.html", context, status=422)
    messages.success(request, _("The consultation was cancelled. Somebody else can have the time now."))
    return redirect("consultation_booked", key=key)


def _found(key: str) -> Consultation:
    found = consultation_by_key(key)
    if found is None:
        raise Http404
    return found


def _chosen(sites: Sequence[Site], wanted: str) -> Site | None:
    if len(sites) == 1:
        return sites[0]
    return next((site for site in sites if str(site.id) == wanted), None)


def _page(request: HttpRequest, site: Site, sites: Sequence[Site], form: ConsultationForm) -> dict[str, Any]:
    days = offered_days(site, at=present())
    facts = public_facts()
    return {
        "site": site,
        "has_other_sites": len(sites) > 1,
        "days": days,
        "chosen": _day(days, request.GET.get("day", "")),
        "form": form,
        "asked": request.GET.get("asked", ""),
        "price": facts.price(CONSULTATION, site=site.name),
        "is_example": facts.is_example,
    }


def _day(days: Sequence[OfferedDay], wanted: str) -> OfferedDay | None:
    """The day asked for, or the first with a free time."""
    try:
        day = date.fromisoformat(wanted)
    except ValueError:
        day = None
    return next((d for d in days if d.day == day), days[0] if days else None)
