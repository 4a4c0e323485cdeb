"""Who may open which page: everything is denied unless it is granted, and every look at a patient is written down.

A view says to whom it is granted, by one of the decorators below. The middleware refuses a view that says nothing, so
a forgotten decorator closes a page instead of opening it. What a person may see *within* a page (this patient, this
site) is the query's business: it is given ``request.person``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from stroma.clinic.domain.roles import Role
from stroma.clinic.models import RoleAssignment, Site, User
from stroma.clinic.queries import roles_of
from stroma.ledger.record import present

View = TypeVar("View", bound=Callable[..., HttpResponse])

SITE_KEY = "site"
"""Where the session keeps the site a person is working at."""

GRANTED_ELSEWHERE = (
    "allauth.",
    "axes.",
    "django.views.static",
    "django.views.i18n",
    "django.contrib.staticfiles",
    "stroma.look.",
)
"""Views that look after their own access or show nothing about anybody: signing in, language, theme, components."""


@dataclass(frozen=True)
class Person:
    """Whoever is looking: the account, the site they work at now, their roles there, and all their sites."""

    user: User
    site: Site | None
    roles: frozenset[Role]
    sites: tuple[Site, ...] = ()
    """Those at which the person holds a role, the first opened first."""

    def plays(self, *roles: Role) -> bool:
        """Whether the person holds one of these roles here."""
        return bool(self.roles & frozenset(roles))


class PersonRequest(HttpRequest):
    """A request of somebody signed in, as views see it."""

    person: Person


def person_in(request: HttpRequest) -> Person:
    """Whoever asks for a page that is granted to roles; the middleware refused everybody else."""
    return cast(PersonRequest, request).person


def site_in(request: HttpRequest) -> Site:
    """The site at which whoever asks works now. Raises Http404 for somebody without one."""
    site = person_in(request).site
    if site is None:
        raise Http404("no site")
    return site


def open_to_all(view: View) -> View:
    """Anybody may open this page; it shows nothing about anybody."""
    return _granting(view, None)


def granted_to(*roles: Role) -> Callable[[View], View]:
    """People who hold one of these roles at the site they work at may open this page."""

    def grant(view: View) -> View:
        return _granting(view, frozenset(roles))

    return grant


def _granting(view: View, roles: frozenset[Role] | None) -> View:
    @wraps(view)
    def granted(*args: Any, **kwargs: Any) -> HttpResponse:
        return view(*args, **kwargs)

    granted.granted_to = roles  # type: ignore[attr-defined]  # read by the middleware and by the test of every address
    return cast(View, granted)


def grant_of(view: Callable[..., Any]) -> frozenset[Role] | str | None:
    """To whom a view is granted: roles, None for everybody, ``elsewhere`` for a package's own, ``nobody`` else."""
    if view.__module__.startswith(GRANTED_ELSEWHERE):
        return "elsewhere"
    return cast("frozenset[Role] | str | None", getattr(view, "granted_to", "nobody"))


def person_of(request: HttpRequest) -> Person | None:
    """Whoever is signed in, with the site they chose or their first one."""
    if not request.user.is_authenticated:
        return None
    user = request.user
    now = present()
    sites = _sites_of(user)
    chosen = request.session.get(SITE_KEY)
    site = next((site for site in sites if str(site.id) == chosen), sites[0] if sites else None)
    return Person(user, site, roles_of(user, site, at=now) if site else frozenset(), sites)


def _sites_of(user: User) -> tuple[Site, ...]:
    held = RoleAssignment.objects.filter(user=user).values("site")
    return tuple(Site.objects.filter(id__in=held).order_by("opened_at"))


class DenyUnlessGranted:
    """The middleware that asks every view to whom it is granted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()  # the thread serves somebody else next

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Let the request through, ask for a sign-in, or refuse with a page that says the way on."""
        del args, kwargs
        grant = grant_of(view)
        person = person_of(request)
        if person is not None:
            cast(PersonRequest, request).person = person
            if person.site is not None:
                timezone.activate(
                    ZoneInfo(person.site.time_zone)
                )  # times in sentences are those of the site's clock
        if grant is None or grant == "elsewhere":
            return None
        if person is None:
            return _ask_to_sign_in(request)
        if isinstance(grant, frozenset) and person.roles & grant:
            return None
        return render(request, "clinic/not_granted.html", {"person": person}, status=403)


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") and "since" in request.GET:
        return HttpResponse(status=401)  # the page only asked whether it changed: what is typed in it stays
    answer = redirect_to_login(request.get_full_path())
    if request.headers.get("HX-Request"):
        # A sign-in page does not belong inside a table cell: htmx is told to leave the page.
        moved = HttpResponse(status=204)
        moved.headers["HX-Redirect"] = answer.headers["Location"]
        return moved
    return answer
