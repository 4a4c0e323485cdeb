"""The pages anybody may read, in plain words with sources. They sell nothing and store nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from stroma.clinic.access import open_to_all
from stroma.clinic.public_facts import public_facts
from stroma.web.public_queries import public_sites
from stroma.web.public_words import site_page


@require_GET
@open_to_all
def cells(request: HttpRequest) -> HttpResponse:
    """What the cells are, where they come from, what they are hoped to do, and what is known of it."""
    return render(request, "web/public/cells.html")


@require_GET
@open_to_all
def treatments(request: HttpRequest) -> HttpResponse:
    """Medicines, physical therapy and surgery, given their due."""
    return render(request, "web/public/treatments.html")


@require_GET
@open_to_all
def procedure(request: HttpRequest) -> HttpResponse:
    """The three steps, and the time after them. The after-care text waits for a physiatrist's approval."""
    return render(request, "web/public/procedure.html", {"approval": public_facts().after_care})


@require_GET
@open_to_all
def sites(request: HttpRequest) -> HttpResponse:
    """Where, with whom, what it costs and who pays."""
    facts = public_facts()
    pages = [site_page(public, facts) for public in public_sites()]
    return render(request, "web/public/sites.html", {"pages": pages, "is_example": facts.is_example})
