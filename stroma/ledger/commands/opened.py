"""Opening the database for a command: it must have been made and founded."""

from django.db import DatabaseError

from stroma.ledger.models import Installation
from stroma.ledger.record import installation
from stroma.ledger.refusals import NotFounded
from stroma.protocols.domain.problem import BadInput, Problem


def founded_installation() -> Installation:
    """What this database is. Raises BadInput, with the way on, when it has no tables or was never founded."""
    try:
        return installation()
    except NotFounded as error:
        raise BadInput([Problem("not_founded", str(error))]) from error
    except DatabaseError as error:
        way_on = "Make it first: `stroma found --real` or `./run demo`."
        raise database_unusable(error, way_on) from error


def database_unusable(error: DatabaseError, way_on: str) -> BadInput:
    """What a person is told when the database cannot be opened: what it said, in one line, and the way on."""
    said = str(error).strip().splitlines()[0]
    return BadInput([Problem("no_database", f"The database cannot be used ({said}). {way_on}")])
