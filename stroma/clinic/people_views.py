"""An administrator's pages about people: an account, a link to choose a password, a badge, the end of roles.

Nobody types a password for somebody else: they choose it by a link, which takes two people (``link_views``).
"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stroma.clinic import queries
from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.actions import NotInvited, invite_again
from stroma.clinic.actions import add_person as add_the_person
from stroma.clinic.actions import end_roles as end_their_roles
from stroma.clinic.actions import issue_badge as issue_the_badge
from stroma.clinic.actions import revoke_badge as revoke_the_badge
from stroma.clinic.actions import withdraw_credentials as withdraw_their_credentials
from stroma.clinic.badge_queries import badge_at, badges_of
from stroma.clinic.competence_queries import trained_person
from stroma.clinic.domain.roles import Role
from stroma.clinic.forms import EndingForm, PersonForm, RevocationForm, WithdrawalForm
from stroma.clinic.invitations import show_invitation
from stroma.clinic.link_queries import links_waiting
from stroma.clinic.models import Site, User
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.refusals import REFUSED


def _row(site: Site, person_uuid: UUID) -> queries.StaffRow:
    row = queries.person_at(site, person_uuid, at=present())
    if row is None:
        raise Http404("nobody of that name works here")
    return row


@granted_to(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def add_person(request: HttpRequest) -> HttpResponse:
    """Give a person an account and their roles at this site, and ask for the link by which they choose a password."""
    site, user = site_in(request), person_in(request).user
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
    return _invite(request, site, person)


@granted_to(Role.ADMINISTRATOR)
def person_page(request: HttpRequest, person_uuid: UUID) -> HttpResponse:
    """One person of the staff: their roles, a new link, and the end of their roles."""
    site = site_in(request)
    return _page(request, _row(site, person_uuid), EndingForm())


@require_POST
@granted_to(Role.ADMINISTRATOR)
def invite_person(request: HttpRequest, person_uuid: UUID) -> HttpResponse:
    """Ask for a new link for somebody who lost the password or let the first link pass."""
    site = site_in(request)
    row = _row(site, person_uuid)
    return _invite(request, site, row.user)


def _invite(request: HttpRequest, site: Site, person: User) -> HttpResponse:
    """Ask for the link; where nobody else could confirm it, as on a site's first day, it is shown at once."""
    user = person_in(request).user
    try:
        asked = invite_again(site=site, person=person, by=user, at=present())
    except NotInvited as refusal:
        return _page(request, _row(site, person.uuid), EndingForm(), found=refusal.blockers)
    if asked is None:
        return show_invitation(request, person, site=site, back=reverse("administrator_home"))
    messages.success(
        request, _("The link for %(name)s waits until a second person confirms it.") % {"name": person.name}
    )
    return redirect("person_page", person_uuid=person.uuid)


@require_POST
@granted_to(Role.ADMINISTRATOR)
def withdraw_credentials(request: HttpRequest, person_uuid: UUID) -> HttpResponse:
    """Make void the passkeys and one-time codes of somebody who lost one."""
    site, user = site_in(request), person_in(request).user
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
def issue_badge(request: HttpRequest, person_uuid: UUID) -> HttpResponse:
    """Give somebody the badge that they show when they take a container over."""
    site, user = site_in(request), person_in(request).user
    row = _row(site, person_uuid)
    badge, found = attempt(lambda: issue_the_badge(site=site, person=row.user, by=user, at=present()))
    if badge is None:
        return _page(request, row, EndingForm(), found=found)
    messages.success(request, _("%(name)s has a badge now. Print it.") % {"name": row.user.name})
    return redirect("person_page", person_uuid=person_uuid)


@require_POST
@granted_to(Role.ADMINISTRATOR)
def revoke_badge(request: HttpRequest, badge_id: UUID) -> HttpResponse:
    """Let a badge that was lost or handed back open nothing any more."""
    site, user = site_in(request), person_in(request).user
    badge = badge_at(site, badge_id)
    if badge is None:
        raise Http404("no such badge")
    row = _row(site, badge.person.uuid)
    form = RevocationForm(request.POST)
    if not form.is_valid():
        return _page(request, row, EndingForm(), revocation=form)
    reason = form.cleaned_data["reason"]
    done, found = attempt(lambda: revoke_the_badge(badge=badge, reason=reason, by=user, at=present()), form)
    if done is None:
        return _page(request, row, EndingForm(), found=found, revocation=form)
    messages.success(request, _("The badge of %(name)s is revoked.") % {"name": row.user.name})
    return redirect("person_page", person_uuid=row.user.uuid)


@require_POST
@granted_to(Role.ADMINISTRATOR)
def end_roles(request: HttpRequest, person_uuid: UUID) -> HttpResponse:
    """End a person's roles at this site."""
    site, user = site_in(request), person_in(request).user
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
    revocation: RevocationForm | None = None,
) -> HttpResponse:
    withdrawal, revocation = withdrawal or WithdrawalForm(), revocation or RevocationForm()
    site = site_in(request)
    badges = badges_of(row.user, site)
    context = {
        "row": row,
        "site": site,
        "form": form,
        "found": found,
        "withdrawal": withdrawal,
        "revocation": revocation,
        "badge": badges[0] if badges and not hasattr(badges[0], "revocation") else None,
        "badges": badges,
        "links": [
            one
            for one in links_waiting(site, person_in(request).user, at=present())
            if one.request.person_id == row.user.pk
        ],
        "trained": trained_person(site, row.user, at=present()),
    }
    is_refused = bool(found) or form.is_bound or withdrawal.is_bound or revocation.is_bound
    return render(request, "clinic/person.html", context, status=REFUSED if is_refused else 200)
