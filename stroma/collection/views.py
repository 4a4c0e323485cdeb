"""Recording a collection: tissue leaves the patient and becomes a lot with a number of its own."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import protocol_of
from stroma.collection.actions import collect_own_tissue
from stroma.collection.forms import CollectionForm
from stroma.collection.queries import collections_of
from stroma.courses.access import course_seen_by
from stroma.custody.queries import containers_of
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.protocols.domain.blocker import Blocker


@granted_to(Role.PHYSIATRIST, Role.NURSE)
def collect(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Record what was collected from the patient of a course; then its label is printed."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="collect", at=at)
    rule = protocol_of(course.protocol).collection
    form = CollectionForm(request.POST or None, site=course.site, rule=rule)
    found: list[Blocker] = []
    if form.is_valid():
        collection, found = attempt(
            lambda: collect_own_tissue(
                course=course,
                amount=form.cleaned_data["amount"],
                place=form.cleaned_data["place"],
                by=person.user,
                at=at,
            )
        )
        if collection is not None:
            messages.success(request, _("The collection was recorded. Label the container now."))
            return redirect("container_label", container_id=containers_of(collection.lot)[0].pk)
    values = {
        "form": form,
        "found": found,
        "course": course,
        "rule": rule,
        "earlier": collections_of(course),
        "zone": course.site.time_zone,
        "heading": _("Record the collection"),
        "lead": _("%(patient)s, course %(course)s")
        % {"patient": f"{course.patient.given_names} {course.patient.family_name}", "course": course.number},
        "action": _("Record the collection"),
        "back": reverse("home"),
    }
    return render(request, "collection/collect.html", values, status=422 if request.POST else 200)
