"""The administrator's pages: the site with its people, places, protocols and authorizations, and the ledger's state."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from stroma.clinic import queries
from stroma.clinic.access import PersonRequest, granted_to, sites_of
from stroma.clinic.actions import add_person as add_the_person
from stroma.clinic.domain.roles import Role
from stroma.clinic.forms import PersonForm
from stroma.ledger.record import present
from stroma.ledger.verification import verify
from stroma.look.refusals import REFUSED
from stroma.protocols.domain.blocker import Refused


@granted_to(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def administrator_home(request: HttpRequest) -> HttpResponse:
    """The site at a glance. A POST checks the whole ledger, which takes a while, and shows what was found."""
    person, at = cast(PersonRequest, request).person, present()
    assert person.site is not None  # a role is held at a site
    checks = list(verify()) if request.method == "POST" else []
    context = {
        "site": person.site,
        "sites": sites_of(person.user),
        "at": at,
        "staff": queries.staff_of(person.site, at=at),
        "places": queries.places_of(person.site),
        "protocols": queries.protocols_of(person.site),
        "authorizations": queries.authorizations_of(person.site),
        "checks": checks,
        "is_intact": not any(check.findings for check in checks),
    }
    return render(request, "clinic/administrator_home.html", context)


@granted_to(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def add_person(request: HttpRequest) -> HttpResponse:
    """Give a person an account and their roles at this site."""
    person = cast(PersonRequest, request).person
    assert person.site is not None  # a role is held at a site
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and queries.username_is_taken(form.person().username):
        form.add_error("username", _("Somebody has this user name. Choose another one."))
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "clinic/add_person.html", {"form": form, "site": person.site}, status=status)
    try:
        add_the_person(
            site=person.site, person=form.person(), roles=form.chosen_roles(), by=person.user, at=present()
        )
    except Refused as refusal:
        context = {"form": form, "site": person.site, "found": refusal.blockers}
        return render(request, "clinic/add_person.html", context, status=REFUSED)
    messages.success(request, _("The account was made."))
    return redirect("administrator_home")
