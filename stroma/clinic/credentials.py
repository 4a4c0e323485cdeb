"""Fresh credentials for a signature: what a person shows at the moment of signing. A login session is none.

A passkey is added beside the password when accounts get pages; both answer the same question.
"""

from dataclasses import dataclass
from typing import Protocol as Shape

from stroma.clinic.models import Signature, User
from stroma.ledger.domain.entry import Nature
from stroma.ledger.record import installation
from stroma.protocols.domain.blocker import Blocker


class Credential(Shape):
    """Something a person shows to sign."""

    @property
    def method(self) -> Signature.Method:
        """How it proves who signs."""
        ...

    def blockers(self, user: User) -> list[Blocker]:
        """Why this does not prove that ``user`` is here now."""
        ...


@dataclass(frozen=True)
class Password:
    """The person's own password, typed for this signature."""

    secret: str
    method: Signature.Method = Signature.Method.PASSWORD

    def blockers(self, user: User) -> list[Blocker]:
        """Wrong password: no signature."""
        if user.check_password(self.secret):
            return []
        return [Blocker("credential_wrong", {}, "21 CFR 11.200(a)(1)")]

    def __repr__(self) -> str:
        return "Password(…)"


@dataclass(frozen=True)
class Simulated:
    """The signature of a simulated person; refused in a real database, for ever."""

    method: Signature.Method = Signature.Method.SIMULATED

    def blockers(self, user: User) -> list[Blocker]:
        """Only a simulated database takes it."""
        del user
        if Nature(installation().nature) is Nature.SIMULATED:
            return []
        return [Blocker("credential_simulated", {}, "21 CFR 11.200(a)(1)")]
