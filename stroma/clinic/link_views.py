"""The second of two people for a link to choose a password, and the one look at it that who asked for it has."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.actions.links import CONFIRMERS, hand_over_link
from stroma.clinic.actions.links import confirm_link as confirm_the_link
from stroma.clinic.domain.roles import Role
from stroma.clinic.invitations import mail_link, show_invitation
from stroma.clinic.link_queries import request_at
from stroma.clinic.models import LinkRequest
from stroma.clinic.queries import person_at
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.refusals import REFUSED


def _asked(request: HttpRequest, link_id: UUID) -> LinkRequest:
    found = request_at(person_in(request).site, link_id)
    if found is None:
        raise Http404("no such link")
    return found


@require_http_methods(["GET", "POST"])
@granted_to(*CONFIRMERS)
def confirm_link(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Confirm that a person wants the link a colleague asked for; it is mailed to them where there is an address."""
    person, at = person_in(request), present()
    asked = _asked(request, link_id)
    found: object = None
    if request.method == "POST":
        done, found = attempt(lambda: confirm_the_link(request=asked, by=person.user, at=at))
        if done is not None:
            was_mailed = mail_link(request, asked.person, site=asked.site)
            said = (
                _("Confirmed. The link was mailed to %(name)s.")
                if was_mailed
                else _("Confirmed. %(asker)s can now hand the link over to %(name)s.")
            )
            messages.success(request, said % {"name": asked.person.name, "asker": asked.asked_by.name})
            return redirect("home")
    values = {
        "asked": asked,
        "row": person_at(asked.site, asked.person.uuid, at=at),
        "found": found,
        "site": asked.site,
    }
    return render(request, "clinic/confirm_link.html", values, status=REFUSED if found else 200)


@require_POST
@granted_to(Role.ADMINISTRATOR)
def show_link(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Show who asked for it the link, once, to hand over."""
    person, at = person_in(request), present()
    asked = _asked(request, link_id)
    done, found = attempt(lambda: hand_over_link(request=asked, by=person.user, at=at))
    if done is None:
        row = person_at(asked.site, asked.person.uuid, at=at)
        values = {"asked": asked, "row": row, "found": found, "site": asked.site}
        return render(request, "clinic/confirm_link.html", values, status=REFUSED)
    back = reverse("administrator_home")
    return show_invitation(request, asked.person, site=asked.site, back=back, mails=False)
