"""Founding a database: saying once, for ever, whether what it holds is real or simulated."""

from datetime import datetime

from stroma.ledger.domain.entry import Nature
from stroma.ledger.models import Installation
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker, Refused


class AlreadyFounded(Refused):
    """The database was founded before, as the other nature."""


@action
def found_installation(*, nature: Nature, by: object, at: datetime) -> Installation:
    """Declare the database real or simulated. Founding it again as the same changes nothing.

    ``by`` is the process that founds it; no person has an account yet. Raises AlreadyFounded when it is the other.
    """
    del by  # named for the rule that every action says who; the first site's entry names the administrator
    found = Installation.objects.first()
    if found is None:
        return Installation.objects.create(nature=nature.value, founded_at=at)
    if found.nature != nature.value:
        raise AlreadyFounded(
            [Blocker("founded_as_other", {"is": found.nature, "asked": nature.value}, "Stroma ledger")]
        )
    return found
