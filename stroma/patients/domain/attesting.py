"""That a patient's account is the patient's takes two people: who gave it, and a second who has seen the patient.

Whoever gives an account sees the link to it and types its mail address, and so could sign as the patient. So a second
person, before whom the patient sits, says that the account and its address are theirs (21 CFR 11.200(a)(3)). Until then
the account reads and does not sign. A site where nobody else could say so is not locked out: then the one who gave the
account says it, and the record says that one person did both.
"""

from enum import StrEnum

from stroma.clinic.domain.roles import Role
from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 11.200(a)(3) (standards.md §6.1)"

ATTESTERS = (Role.COORDINATOR, Role.NURSE, Role.PHYSIATRIST, Role.SURGEON)
"""Who meets patients, and knows whether somebody is who they say."""


class DocumentSeen(StrEnum):
    """The kind of document by which the patient was known; its number is not kept."""

    PASSPORT = "PASSPORT"
    IDENTITY_CARD = "IDENTITY_CARD"
    DRIVING_LICENSE = "DRIVING_LICENSE"
    RESIDENCE_PERMIT = "RESIDENCE_PERMIT"
    OTHER = "OTHER"


def attesting_blockers(
    *,
    is_attested: bool,
    is_giver: bool,
    is_owner: bool,
    others_could: bool,
    has_other_addresses: bool,
) -> list[Blocker]:
    """Why somebody does not say that an account is the patient's.

    ``others_could``: somebody at the site, other than who gave the account, could. ``has_other_addresses``: codes to
    sign in go to another mail address too.
    """
    checks: list[tuple[bool, str, dict[str, object]]] = [
        (is_attested, "account_attested_before", {}),
        (is_giver and others_could, "account_given_by_oneself", {}),
        (is_owner, "account_of_oneself", {}),
        (has_other_addresses, "account_has_other_addresses", {}),
    ]
    return [Blocker(code, values, SOURCE) for applies, code, values in checks if applies]


def account_blockers(*, is_attested: bool) -> list[Blocker]:
    """Why a patient's account does not sign."""
    return [] if is_attested else [Blocker("account_not_attested", {}, SOURCE)]
