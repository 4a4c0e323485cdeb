"""The proof that a visitor was asked every red flag and has none: a signed text that travels in the address.

Nothing is stored about a visitor, so the answers travel with them. Only a full set of "no" is ever signed: there is
no text of this kind with a red flag in it.
"""

from collections.abc import Mapping

from django.core import signing

from stroma.candidacy.domain.red_flags import RED_FLAG_CODES, red_flag_blockers

_SALT = "stroma.candidacy.red-flags"
HOURS_VALID = 2
"""How long the answers hold: bladder trouble may begin on any day, so tomorrow they are asked again."""


def sign_flags(answers: Mapping[str, bool | None]) -> str:
    """The proof for these answers. Raises ValueError when a flag is there or was not asked."""
    if red_flag_blockers(answers):
        raise ValueError("red flags are signed only where every one was asked and none is there")
    return signing.dumps("none", salt=_SALT)


def flags_in(proof: str) -> Mapping[str, bool | None]:
    """The answers that ``proof`` stands for; empty (nothing was asked) where it is none, forged or too old."""
    try:
        signing.loads(proof, salt=_SALT, max_age=HOURS_VALID * 3600)
    except signing.BadSignature:
        return {}
    return dict.fromkeys(RED_FLAG_CODES, False)
