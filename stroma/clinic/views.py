"""The administrator's pages: the site with its people, places, protocols and authorizations, and the ledger's state."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from stroma.clinic import queries
from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.attempt_reports import open_reports
from stroma.clinic.domain.roles import Role
from stroma.clinic.link_queries import links_waiting
from stroma.ledger.record import present
from stroma.ledger.verification import verify


@granted_to(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def administrator_home(request: HttpRequest) -> HttpResponse:
    """The site at a glance. A POST checks the whole ledger, which takes a while, and shows what was found."""
    person, site, at = person_in(request), site_in(request), present()
    checks = list(verify()) if request.method == "POST" else []
    context = {
        "site": site,
        "sites": person.sites,
        "at": at,
        "zone": site.time_zone,
        "attempts": open_reports(site),
        "links": links_waiting(site, person.user, at=at),
        "staff": queries.staff_of(site, at=at),
        "places": queries.places_of(site),
        "protocols": queries.protocols_of(site),
        "authorizations": queries.authorizations_of(site),
        "checks": checks,
        "is_intact": not any(check.findings for check in checks),
    }
    return render(request, "clinic/administrator_home.html", context)
