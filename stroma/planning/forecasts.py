"""What a later step knows of running cultures, for planning, which comes before it.

A reader of the kind ``harvest_forecasts`` (``stroma/ledger/readers.py``) is given a site, and courses or
None for all of them, and answers, by course, with the newest forecast of the culture that is being grown for it.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from stroma.clinic.models import Site
from stroma.ledger.readers import registered
from stroma.planning.domain.harvest import HarvestForecast

READER = "harvest_forecasts"


def harvest_forecasts(site: Site, courses: Collection[UUID] | None = None) -> dict[UUID, HarvestForecast]:
    """The newest forecast of each course of ``site``, or of ``courses``, whose cells are being grown now."""
    found: dict[UUID, HarvestForecast] = {}
    for reader in registered(READER).values():
        answer: Mapping[UUID, HarvestForecast] = reader(site, courses)
        found.update(answer)
    return found
