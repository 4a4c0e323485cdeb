"""Who has signed a certificate, and does it hold: two people, fresh credentials, for what is shown now.

A signature is bound to the digest of the document it was given for, so it is void once the document has
changed (21 CFR 11.70). How a credential is checked, and how the digest is made, is the clinic's and the
ledger's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from stroma.clinic.domain.roles import Role
from stroma.protocols.domain.blocker import Blocker

LINK_SOURCE = "21 CFR 11.70 (standards.md §6.1)"
CREDENTIAL_SOURCE = "21 CFR 11.200 (standards.md §6.1)"
TWO_PEOPLE_SOURCE = "21 CFR 11.100 (standards.md §6.1); one person never signs for two"

FRESH_FOR = timedelta(minutes=5)
"""How long before signing the credential may have been checked. The law names no time: general knowledge."""


class Credential(StrEnum):
    """How the signer proved who they are at that moment."""

    PASSKEY = "PASSKEY"
    PASSWORD = "PASSWORD"  # noqa: S105 - the name of a method, not a secret
    """User name and password, both given again: the two components of 21 CFR 11.200."""
    SIMULATED = "SIMULATED"
    """Counts only in a simulated database."""
    SESSION = "SESSION"
    """Being logged in: never a signature."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's signature under one document."""

    signer: str
    """An id, unique to one person and never used again."""
    role: Role
    """In which the person signed."""
    is_competent: bool
    """Whether the clinic's record had the person competent in that role at the time."""
    credential: Credential
    credential_checked_at: datetime
    signed_at: datetime
    document_digest: str


def signature_blockers(
    signatures: Sequence[Signature],
    *,
    document_digest: str,
    roles_needed: Sequence[Role],
    at: datetime,
    simulated: bool = False,
) -> list[Blocker]:
    """What is missing before the document counts as signed in every role needed.

    Each signature that does not hold says why, and does not count; then every role that nobody holds is
    named, and two roles that rest on the same person. ``simulated`` is True only for a simulated database.
    """
    blockers: list[Blocker] = []
    holding: list[Signature] = []
    for signature in signatures:
        faults = _faults_of(signature, document_digest, at, simulated)
        blockers += faults
        if not faults:
            holding.append(signature)
    for role in roles_needed:
        if all(signature.role != role for signature in holding):
            blockers.append(Blocker("signature_missing", {"role": role.value}, TWO_PEOPLE_SOURCE))
    candidates = [{s.signer for s in holding if s.role == role} for role in roles_needed]
    if all(candidates) and not _different_people(candidates):
        values = {"roles": tuple(role.value for role in roles_needed)}
        blockers.append(Blocker("one_person_signed_for_two", values, TWO_PEOPLE_SOURCE))
    return blockers


def _faults_of(signature: Signature, document_digest: str, at: datetime, simulated: bool) -> list[Blocker]:
    role = {"role": signature.role.value}
    faults: list[Blocker] = []
    if signature.document_digest != document_digest:
        faults.append(Blocker("signed_document_changed", role, LINK_SOURCE))
    if not signature.is_competent:
        faults.append(Blocker("signer_not_competent", role, TWO_PEOPLE_SOURCE))
    accepted = {Credential.PASSKEY, Credential.PASSWORD} | ({Credential.SIMULATED} if simulated else set())
    age = signature.signed_at - signature.credential_checked_at
    if signature.credential not in accepted:
        values = role | {"credential": signature.credential.value}
        faults.append(Blocker("credential_is_no_signature", values, CREDENTIAL_SOURCE))
    elif not timedelta(0) <= age <= FRESH_FOR:
        values_age = {"role": signature.role.value, "minutes": age / timedelta(minutes=1)}
        faults.append(Blocker("credential_not_fresh", values_age, CREDENTIAL_SOURCE))
    if signature.signed_at > at:
        faults.append(Blocker("signed_in_the_future", role, CREDENTIAL_SOURCE))
    return faults


def _different_people(candidates: Sequence[set[str]], taken: frozenset[str] = frozenset()) -> bool:
    """Whether each role can be given to another person; roles are few, so every way is tried."""
    if not candidates:
        return True
    first, rest = candidates[0], candidates[1:]
    return any(_different_people(rest, taken | {person}) for person in first - taken)
