"""Look-back: donor to all recipients, recipient to donor. For quality alone, and every look is noted."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.custody import actions
from stroma.custody.access import donor_seen_by
from stroma.custody.keeping_forms import ReasonForm
from stroma.custody.look_back_queries import (
    donors_for_look_back,
    donors_of,
    held_of,
    left_of,
    recipient_with_number,
    recipients_of,
)
from stroma.custody.messages import LOOK_BACK_TASKS
from stroma.custody.queries import donor_results, may_be_used
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.paging import page_asked
from stroma.patients.access import note_found, patient_seen_by
from stroma.protocols.domain.blocker import Blocker


@granted_to(Role.QUALITY)
def look_back_list(request: HttpRequest) -> HttpResponse:
    """The donors whose cells went to others, and the way from a recipient to their donor."""
    person, site, at = person_in(request), site_in(request), present()
    number = request.GET.get("recipient", "").strip()
    patient = recipient_with_number(site, number) if number else None
    if patient is not None:
        patient_seen_by(person, patient.pk, page="look_back_list", at=at)
    values = {
        "donors": donors_for_look_back(site, page=page_asked(request, "donors")),
        "number": number,
        "patient": patient,
        "their_donors": donors_of(patient.pk) if patient else [],
        "zone": site.time_zone,
    }
    return render(request, "custody/look_back_list.html", values)


@granted_to(Role.QUALITY)
def look_back(request: HttpRequest, donor_id: UUID) -> HttpResponse:
    """Everybody who received, or was to receive, this donor's cells, and what to do for each."""
    person, at = person_in(request), present()
    donor = donor_seen_by(person, donor_id, page="look_back", at=at)
    form = ReasonForm(request.POST or None)
    found: list[Blocker] = []
    if form.is_valid():
        holds, found = attempt(
            lambda: actions.quarantine_donor(
                donor=donor, reason=form.cleaned_data["reason"], by=person.user, at=at
            )
        )
        if holds is not None:
            n = len(holds)
            said = ngettext(
                "%(n)s container was put into quarantine.", "%(n)s containers were put into quarantine.", n
            )
            messages.success(request, said % {"n": n})
            return redirect("look_back", donor_id=donor.pk)
    rows = recipients_of(donor)
    patients = {row.lot.course.patient_id: row.lot.course.patient for row in rows if row.lot.course}
    note_found(person, patients.values(), page="look_back", at=at)
    values = {
        "donor": donor,
        "rows": [(row, [LOOK_BACK_TASKS[task] for task in row.tasks]) for row in rows],
        "people": len(patients),
        "left": left_of(donor),
        "held": held_of(donor, page=page_asked(request, "held")),
        "results": sorted(donor_results(donor).items()),
        "may_be_used": may_be_used(donor),
        "form": form,
        "found": found,
        "zone": donor.site.time_zone,
    }
    return render(request, "custody/look_back.html", values, status=422 if request.POST else 200)
