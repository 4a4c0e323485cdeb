"""The certificate as a PDF, and the page that says whether a printed one still holds."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.custody.access import lot_seen_by
from stroma.ledger.record import present
from stroma.release.certificate_pdf import certificate_pdf as drawn
from stroma.release.certificate_queries import printed_certificate, release_under
from stroma.release.domain.certificate_code import digest_in_code
from stroma.release.standing import release_of

READERS = (Role.PHYSIATRIST, Role.QUALITY, Role.TECHNOLOGIST)


@require_GET
@granted_to(*READERS)
def certificate_pdf(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """The certificate as it prints: as it was signed, or a draft that says so."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="certificate_pdf", at=at)
    printed = printed_certificate(lot)
    address = request.build_absolute_uri(reverse("verify_certificate", args=[printed.digest]))
    headers = {"Content-Disposition": f'inline; filename="certificate-{lot.din}.pdf"'}
    content = drawn(printed, verify_at=address, printed_at=at, zone=lot.site.time_zone)
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_GET
@granted_to(*READERS)
def verify_code(request: HttpRequest) -> HttpResponse:
    """Scan a certificate's Data Matrix, or type its digest: the way to whether it holds. No patient is named here."""
    code = request.GET.get("code", "")
    found = digest_in_code(code)
    if found is not None:
        return redirect("verify_certificate", certificate_digest=found)
    values = {"code": code, "is_unread": bool(code.strip())}
    return render(request, "release/verify_code.html", values, status=422 if code.strip() else 200)


@require_GET
@granted_to(*READERS)
def verify_certificate(request: HttpRequest, certificate_digest: str) -> HttpResponse:
    """Whether the certificate with the printed digest is still the one under which its lot is released."""
    person, at = person_in(request), present()
    release = release_under(person.site, certificate_digest)
    values: dict[str, object] = {"printed": certificate_digest[:64], "standing": "unknown"}
    if release is not None:
        lot = lot_seen_by(person, release.lot_id, page="verify_certificate", at=at)
        holds = release_of(lot)
        is_current = lot.state == "RELEASED" and holds is not None and holds.pk == release.pk
        values |= {
            "standing": "current" if is_current else "past",
            "release": release,
            "lot": lot,
            "zone": lot.site.time_zone,
        }
    return render(request, "release/verify.html", values)
