"""A staff badge to print. The badge itself belongs to the clinic; here lies the art of drawing codes."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.badge_queries import badge_at
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import person_at
from stroma.custody.badge_pdf import PrintedBadge
from stroma.custody.badge_pdf import badge_pdf as drawn_pdf
from stroma.ledger.record import is_simulated, present
from stroma.ledger.wording import sentence
from stroma.look.attempt import attempt


@require_safe
@granted_to(Role.ADMINISTRATOR)
def badge_pdf(request: HttpRequest, badge_id: UUID) -> HttpResponse:
    """A live badge as PDF, in the size of a bank card."""
    badge = badge_at(person_in(request).site, badge_id)
    row = person_at(badge.site, badge.person.uuid, at=present()) if badge else None
    if badge is None or row is None or hasattr(badge, "revocation"):
        raise Http404("no such badge")
    printed = PrintedBadge(
        code=badge.code,
        number=badge.number,
        name=badge.person.name,
        roles=row.roles,
        site=badge.site.name,
        is_simulated=is_simulated(),
        issued_at=badge.issued_at,
    )
    pdf, found = attempt(lambda: drawn_pdf(printed))
    if pdf is None:
        for blocker in found:
            messages.error(request, sentence(blocker))
        return redirect("person_page", person_uuid=badge.person.uuid)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="badge-{badge.number}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
