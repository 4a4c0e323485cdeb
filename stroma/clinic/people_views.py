"""An administrator's pages about people: giving an account, inviting to choose a password, ending roles.

Nobody types a password for somebody else: the page shows a link, once, and sends it where there is a mail address.
"""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stroma.clinic import queries
from stroma.clinic.access import PersonRequest, granted_to
from stroma.clinic.actions import add_person as add_the_person
from stroma.clinic.actions import end_roles as end_their_roles
from stroma.clinic.actions import invite_again
from stroma.clinic.actions import withdraw_credentials as withdraw_their_credentials
from stroma.clinic.domain.roles import Role
from stroma.clinic.forms import EndingForm, PersonForm, WithdrawalForm
from stroma.clinic.invitations import show_invitation
from stroma.clinic.models import Site
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.refusals import REFUSED


def _site(request: HttpRequest) -> Site:
    site = cast(PersonRequest, request).person.site
    assert site is not None  # a role is held at a site
    return site


def _row(site: Site, person_uuid: UUID) -> queries.StaffRow:
    row = queries.person_at(site, person_uuid, at=present())
    if row is None:
        raise Http404("nobody of that name works here")
    return row


@granted_to(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def add_person(request: HttpRequest) -> HttpResponse:
    """Give a person an account and their roles at this site, and show the link by which they choose a password."""
    site, user = _site(request), cast(PersonRequest, request).person.user
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and queries.username_is_taken(form.person().username):
        form.add_error("username", _("Somebody has this user name. Choose another one."))
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "clinic/add_person.html", {"form": form, "site": site}, status=status)
    person, found = attempt(
        lambda: add_the_person(
            site=site, person=form.person(), roles=form.chosen_roles(), by=user, at=present()
        ),
        form,
    )
    if person is None:
        context = {"form": form, "site": site, "found": found}
        return render(request, "clinic/add_person.html", context, status=REFUSED)
    return show_invitation(request, person, site=site, back=reverse("administrator_home"))


@granted_to(Role.ADMINISTRATOR)
def person_page(request: HttpRequest, person_uuid: UUID) -> HttpResponse:
    """One person of the staff: their roles, a new link, and the end of their roles."""
    site = _site(request)
    return _page(request, _row(site, person_uuid), EndingForm())


@require_POST
@granted_to(Role.ADMINISTRATOR)
def invite_person(request: HttpRequest, person_uuid: UUID) -> HttpResponse:
    """Show, and send, a new link to somebody who lost the password or let the first link pass."""
    site, user = _site(request), cast(PersonRequest, request).person.user
    row = _row(site, person_uuid)
    person, found = attempt(lambda: invite_again(site=site, person=row.user, by=user, at=present()))
    if person is None:
        return _page(request, row, EndingForm(), found=found)
    return show_invitation(request, person, site=site, back=reverse("administrator_home"))


@require_POST
@granted_to(Role.ADMINISTRATOR)
def withdraw_credentials(request: HttpRequest, person_uuid: UUID) -> HttpResponse:
    """Make void the passkeys and one-time codes of somebody who lost one."""
    site, user = _site(request), cast(PersonRequest, request).person.user
    row = _row(site, person_uuid)
    form = WithdrawalForm(request.POST)
    if not form.is_valid():
        return _page(request, row, EndingForm(), withdrawal=form)
    reason = form.cleaned_data["reason"]
    count, found = attempt(
        lambda: withdraw_their_credentials(site=site, person=row.user, reason=reason, by=user, at=present()),
        form,
    )
    if count is None:
        return _page(request, row, EndingForm(), found=found, withdrawal=form)
    messages.success(request, _("The passkeys and codes of %(name)s are void.") % {"name": row.user.name})
    return redirect("person_page", person_uuid=person_uuid)


@require_POST
@granted_to(Role.ADMINISTRATOR)
def end_roles(request: HttpRequest, person_uuid: UUID) -> HttpResponse:
    """End a person's roles at this site."""
    site, user = _site(request), cast(PersonRequest, request).person.user
    row = _row(site, person_uuid)
    form = EndingForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    reason = form.cleaned_data["reason"]
    person, found = attempt(
        lambda: end_their_roles(site=site, person=row.user, reason=reason, by=user, at=present()), form
    )
    if person is None:
        return _page(request, row, form, found=found)
    messages.success(request, _("The roles of %(name)s here have ended.") % {"name": person.name})
    return redirect("administrator_home")


def _page(
    request: HttpRequest,
    row: queries.StaffRow,
    form: EndingForm,
    *,
    found: object = None,
    withdrawal: WithdrawalForm | None = None,
) -> HttpResponse:
    withdrawal = withdrawal or WithdrawalForm()
    context = {"row": row, "site": _site(request), "form": form, "found": found, "withdrawal": withdrawal}
    is_refused = bool(found) or form.is_bound or withdrawal.is_bound
    return render(request, "clinic/person.html", context, status=REFUSED if is_refused else 200)
