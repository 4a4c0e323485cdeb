"""What a later step knows of running cultures, for planning, which comes before it.

A reader of the kind ``harvest_forecasts`` (``stroma/ledger/readers.py``) is given the ids of courses and answers, by
course, with the newest forecast of the culture that is being grown for it.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from stroma.ledger.readers import registered
from stroma.planning.domain.harvest import HarvestForecast

READER = "harvest_forecasts"


def harvest_forecasts(courses: Collection[UUID]) -> dict[UUID, HarvestForecast]:
    """The newest forecast of each of these courses whose cells are being grown now."""
    found: dict[UUID, HarvestForecast] = {}
    for reader in registered(READER).values():
        answer: Mapping[UUID, HarvestForecast] = reader(courses)
        found.update(answer)
    return found
