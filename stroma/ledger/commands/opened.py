"""Opening the database for a command: it must have been made and founded."""

from django.db import OperationalError, ProgrammingError

from stroma.ledger.models import Installation
from stroma.ledger.record import NotFounded, installation
from stroma.protocols.domain.problem import BadInput, Problem


def founded_installation() -> Installation:
    """What this database is. Raises BadInput, with the way on, when it has no tables or was never founded."""
    try:
        return installation()
    except NotFounded as error:
        raise BadInput([Problem("not_founded", str(error))]) from error
    except (OperationalError, ProgrammingError) as error:
        said = str(error).strip().splitlines()[0]
        message = (
            f"The database cannot be used ({said}). Make it first: `stroma found --real` or `./run demo`."
        )
        raise BadInput([Problem("no_database", message)]) from error
