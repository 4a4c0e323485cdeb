"""Which scanner this browser works with, and the photos that codes were read from."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.custody.access import container_seen_by
from stroma.custody.forms import ScannerForm
from stroma.custody.reading_queries import photo_at, scanners_of
from stroma.custody.scanning import SCANNER_KEY, scanner_of
from stroma.ledger.record import present
from stroma.look.back import own_path

HANDLERS = (Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST)


@granted_to(*HANDLERS)
def scanner(request: HttpRequest) -> HttpResponse:
    """Say once which scanner this browser works with; every scan then names it, until another is chosen."""
    site = site_in(request)
    back = own_path(request.GET.get("back", "")) or reverse("home")
    form = ScannerForm(
        request.POST or None, scanners=scanners_of(site), initial={"scanner": scanner_of(request)}
    )
    if form.is_valid():
        request.session[SCANNER_KEY] = form.cleaned_data["scanner"]
        messages.success(request, _("Every scan in this browser names that scanner from now on."))
        return redirect(back)
    values = {
        "form": form,
        "found": [],
        "heading": _("The scanner of this browser"),
        "lead": _("Scanners are registered as equipment of the kind “label scanner”."),
        "subject": "",
        "action": _("Work with it"),
        "back": back,
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


@granted_to(*HANDLERS)
def scan_photo(request: HttpRequest, scan_photo_id: UUID) -> HttpResponse:
    """A photo as it was taken, from which a code of a scan was read."""
    found = photo_at(scan_photo_id)
    if found is None:
        raise Http404("no such photo")
    photo, container_id = found
    container_seen_by(person_in(request), container_id, page="scan_photo", at=present())
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "inline"}
    return HttpResponse(bytes(photo.content), content_type=photo.media_type, headers=headers)
