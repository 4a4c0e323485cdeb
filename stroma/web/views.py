"""The front door, and the way from signing in to one's own home."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

from stroma.clinic.access import SITE_KEY, granted_to, open_to_all, person_in
from stroma.clinic.domain.roles import Role
from stroma.web.homes import home_of


@open_to_all
def front(request: HttpRequest) -> HttpResponse:
    """The front page: what Stroma is, and the two questions a visitor comes with."""
    return render(request, "web/front.html")


@granted_to(*Role)
def home(request: HttpRequest) -> HttpResponse:
    """Send a person to the home of their role; a role whose pages are still to come is told so."""
    person = person_in(request)
    try:
        return redirect(reverse(home_of(person.roles)))
    except NoReverseMatch:
        return render(request, "web/home_to_come.html", {"person": person})


@require_POST
@granted_to(*Role)
def choose_site(request: HttpRequest) -> HttpResponse:
    """Work at another site from now on; only one where the person holds a role."""
    person = person_in(request)
    wanted = request.POST.get("site", "")
    if any(str(site.id) == wanted for site in person.sites):
        request.session[SITE_KEY] = wanted
    return redirect("home")
