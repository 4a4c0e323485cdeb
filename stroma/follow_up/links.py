"""A link by which one questionnaire is answered without signing in.

The token is signed, holds the identifier of one questionnaire and nothing else, and ends after a while. It names
nobody, opens nothing else, and is worth nothing once the questionnaire was answered. Whoever holds it can answer in
the patient's name, which is why it shows neither the name nor earlier answers that were sent.
"""

from datetime import timedelta
from uuid import UUID

from django.core import signing

from stroma.follow_up.models import QuestionnaireDue

SALT = "stroma.follow_up.questionnaire"
HOLDS_FOR = timedelta(days=14)
"""RULE: as long as the shortest window of the follow-up plans is open; a reminder carries a new link."""


def link_token(due: QuestionnaireDue) -> str:
    """The token of a link to this questionnaire."""
    return signing.dumps(due.pk.hex, salt=SALT)


def due_id_of(token: str) -> UUID | None:
    """The questionnaire that a token opens; None when it is too old or was not made here."""
    try:
        return UUID(signing.loads(token, salt=SALT, max_age=HOLDS_FOR))
    except (signing.BadSignature, ValueError):
        return None
