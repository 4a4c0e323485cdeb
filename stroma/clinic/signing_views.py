"""The question that a passkey answers to sign."""

import re

from django.http import HttpRequest, JsonResponse

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.signing import ask_passkey, has_passkey
from stroma.ledger.record import present

DIGEST = re.compile(r"[0-9a-f]{64}")


@granted_to(*Role)
def passkey_to_sign(request: HttpRequest) -> JsonResponse:
    """A challenge for the text whose digest is in ``shown``; ``options`` is null for whoever has no passkey."""
    person = person_in(request)
    shown = request.GET.get("shown", "")
    if not DIGEST.fullmatch(shown) or not has_passkey(person.user):
        return JsonResponse({"options": None})
    return JsonResponse({"options": ask_passkey(request, person.user, document_digest=shown, at=present())})
