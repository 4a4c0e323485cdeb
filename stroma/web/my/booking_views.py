"""A patient chooses their visits: whole chains, the earliest first, with what a later start would buy."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED
from stroma.planning.actions import book_own_chain
from stroma.planning.booking_forms import ChosenForm, beginning
from stroma.planning.domain.asking import Wish
from stroma.planning.domain.hours import EVERY_DAY
from stroma.planning.offers_shown import OfferedVisit, shown_offers
from stroma.planning.own_booking import first_own_day, reasons_not_to_book_oneself
from stroma.planning.why_none import OF_PATIENTS
from stroma.protocols.domain.blocker import Refused
from stroma.web.my.plain_words import visit_title
from stroma.web.my.queries import my_course, my_patient, stands_round


class DaysForm(forms.Form):
    """From when on, and on which weekdays, the patient can come."""

    earliest = forms.DateField(
        label=gettext_lazy("Not before"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("I can come on"),
        required=False,
        choices=[(str(day), WEEKDAYS[day]) for day in range(5)],
        widget=forms.CheckboxSelectMultiple,
    )


@granted_to(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Show the chains that can be booked, and book the one that is chosen: all visits or none."""
    person, at = person_in(request), present()
    patient = my_patient(person)
    course = my_course(patient, request.GET.get("course", ""))
    if course is None:
        raise Http404("no treatment was decided on")
    form = DaysForm(request.GET)
    shown: dict[str, Any] = {
        **stands_round(patient, course),
        "form": form,
        "zone": course.site.time_zone,
        "query": request.GET.urlencode(),
    }
    if blockers := reasons_not_to_book_oneself(course, at=at):
        return render(request, "my/book.html", {**shown, "found": blockers}, status=_status(request))
    if not form.is_valid():
        return render(request, "my/book.html", shown, status=REFUSED)
    first, wanted = first_own_day(course.site, at=at), form.cleaned_data["earliest"]
    earliest = max(first, beginning(wanted, ZoneInfo(course.site.time_zone))) if wanted else first
    weekdays = frozenset(int(day) for day in form.cleaned_data["weekdays"]) or EVERY_DAY
    chosen = ChosenForm(request.POST) if request.method == "POST" else None
    if chosen is not None and chosen.is_valid():
        try:
            book_own_chain(
                course=course,
                earliest=max(chosen.cleaned_data["from_at"], earliest),
                weekdays=weekdays,
                chosen=chosen.cleaned_data["chosen"],
                by=person.user,
                at=at,
            )
        except Refused as refusal:
            shown["found"] = refusal.blockers
        else:
            messages.success(request, _("Your visits are booked."))
            return redirect("my_visits")
    offered = shown_offers(
        course, earliest=earliest, wish=Wish(weekdays=weekdays), at=at, only_ways=OF_PATIENTS
    )
    shown["offers"] = [
        {"chain": offer, "visits": _own_visits(course, offer.visits)} for offer in offered.offers
    ]
    shown["why_none"] = offered.why_none
    return render(request, "my/book.html", shown, status=_status(request))


def _own_visits(course: Course, visits: Any) -> list[OfferedVisit]:
    """Those that the patient attends, by their plain names."""
    protocol = protocol_of(course.protocol)
    planned = {visit.code: visit for visit in protocol.visits}
    return [
        replace(row, title=visit_title(row.code, planned[row.code].stage, row.title, protocol))
        for row in visits
        if row.is_for_patient
    ]


def _status(request: HttpRequest) -> int:
    return 200 if request.method == "GET" else REFUSED
