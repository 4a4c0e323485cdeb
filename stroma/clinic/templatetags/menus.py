"""What a person finds in the head of every page: the pages of their roles, the search, their sites.

Pages of later steps are named, not imported; one that is not there is left out.
"""

from functools import lru_cache
from typing import Any
from uuid import UUID

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stroma.clinic.access import Person, grant_of
from stroma.clinic.domain.roles import CARERS, STAFF, Role
from stroma.clinic.models import AdoptedProtocol
from stroma.clinic.queries import protocol_of
from stroma.ledger.wording import word
from stroma.look.parts import Tab

register = template.Library()

PAGES: tuple[tuple[str, str | Promise, tuple[Role, ...]], ...] = (
    ("physiatrist_home", _("Today"), (Role.PHYSIATRIST, Role.SURGEON)),
    ("coordinator_home", _("Today"), (Role.COORDINATOR,)),
    ("my_day", _("My day"), tuple(sorted(STAFF - {Role.ANALYST, Role.ADMINISTRATOR}))),
    ("board", _("Board"), (Role.COORDINATOR, Role.PHYSIATRIST, Role.NURSE, Role.TECHNOLOGIST)),
    ("nurse_home", _("Calls and visits"), (Role.NURSE, Role.THERAPIST)),
    ("bedside", _("Bedside"), (Role.PHYSIATRIST, Role.NURSE)),
    ("bench_home", _("Bench"), (Role.TECHNOLOGIST,)),
    ("quality_home", _("Quality"), (Role.QUALITY,)),
    ("my_home", _("My treatment"), (Role.PATIENT,)),
    ("register_patient", _("Register a patient"), (Role.COORDINATOR, Role.NURSE, Role.PHYSIATRIST)),
    ("problems", _("Problems"), tuple(sorted(CARERS))),
    ("consultations", _("Consultations"), (Role.COORDINATOR, Role.PHYSIATRIST, Role.NURSE)),
    ("waiting_list", _("Waiting list"), (Role.COORDINATOR,)),
    ("calendar", _("Calendar"), (Role.COORDINATOR, Role.ADMINISTRATOR)),
    ("registry_home", _("Did it work?"), (Role.ANALYST, Role.QUALITY, Role.PHYSIATRIST, Role.SURGEON)),
    ("administrator_home", _("Site"), (Role.ADMINISTRATOR,)),
    ("training", _("Training"), (Role.ADMINISTRATOR, Role.QUALITY)),
)
"""Each page with its title and the roles that find it in their menu; the page itself says who may open it."""

FINDERS = STAFF - {Role.ANALYST, Role.ADMINISTRATOR}


@register.simple_tag(takes_context=True)
def pages(context: dict[str, Any]) -> list[Tab]:
    """The pages of the person's roles, in the order of the list."""
    request: HttpRequest = context["request"]
    person: Person = request.person  # type: ignore[attr-defined]  # set by the middleware for who is signed in
    found = []
    for name, title, roles in PAGES:
        href = _address(name)
        if href and person.plays(*roles):
            found.append(Tab(title, href, is_current=request.path == href))
    return found


@register.simple_tag(takes_context=True)
def may_find(context: dict[str, Any]) -> bool:
    """Whether the person sees patients or lots, so that a search is of use."""
    person: Person = context["request"].person
    return person.plays(*FINDERS)


@register.simple_tag(takes_context=True)
def other_sites(context: dict[str, Any]) -> list[Any]:
    """The other sites at which the person holds a role."""
    person: Person = context["request"].person
    return [site for site in person.sites if person.site is None or site.pk != person.site.pk]


@register.simple_tag(takes_context=True)
def way_to(context: dict[str, Any], name: str, *args: object) -> str:
    """The address of a page, or nothing where the reader may not open it: no page leads to a closed door."""
    person: Person = context["request"].person
    granted = _granted_to(name, len(args))
    may_open = not isinstance(granted, frozenset) or bool(person.roles & granted)
    return reverse(name, args=args) if may_open else ""


@lru_cache(maxsize=512)
def _granted_to(name: str, arguments: int) -> frozenset[Role] | str | None:
    """To whom a page is granted. Any identifiers will do to find its view."""
    view = resolve(reverse(name, args=[UUID(int=0)] * arguments)).func
    return grant_of(view)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.filter
def treatment(adopted: AdoptedProtocol) -> str:
    """What the treatment of an adopted protocol is called, in the reader's language."""
    return word(protocol_of(adopted).title)
