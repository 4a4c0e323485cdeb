"""How a result was measured: its interval, what the method can see at least, instrument and times.

What the result means for the lot is judged in ``specification.py``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import SpecificationLimit
from stroma.release.domain.specification import ABSENT_WORDS

RECORD_SOURCE = "21 CFR 211.194 (laboratory records)"
CULTURE_DAYS = 14
"""A sterility culture is read for 14 days (USP <71>; clinical.md §1.7)."""
CULTURE_SOURCE = "USP1071"


class Kind(StrEnum):
    """What kind of assay a line asks for, told from its code."""

    STERILITY_RAPID = "STERILITY_RAPID"
    STERILITY_FINAL = "STERILITY_FINAL"
    MYCOPLASMA = "MYCOPLASMA"
    ENDOTOXIN = "ENDOTOXIN"
    ENDOTOXIN_PER_KG = "ENDOTOXIN_PER_KG"
    GRAM = "GRAM"
    KARYOTYPE = "KARYOTYPE"
    POTENCY = "POTENCY"
    DIFFERENTIATION = "DIFFERENTIATION"
    IDENTITY = "IDENTITY"
    VIABILITY = "VIABILITY"
    OTHER = "OTHER"


_BEGINS_WITH = {
    "sterility_rapid": Kind.STERILITY_RAPID,
    "sterility": Kind.STERILITY_FINAL,
    "mycoplasma": Kind.MYCOPLASMA,
    "endotoxin_per_kg": Kind.ENDOTOXIN_PER_KG,
    "endotoxin": Kind.ENDOTOXIN,
    "gram": Kind.GRAM,
    "karyotype": Kind.KARYOTYPE,
    "potency": Kind.POTENCY,
    "differentiation": Kind.DIFFERENTIATION,
    "id_": Kind.IDENTITY,
    "viab": Kind.VIABILITY,
}


def kind_of(code: str) -> Kind:
    """The kind of assay of a line of the specification."""
    return next((kind for start, kind in _BEGINS_WITH.items() if code.startswith(start)), Kind.OTHER)


@dataclass(frozen=True, slots=True)
class Assay:
    """How one result was measured; whatever is not known is left out."""

    low: Decimal | None = None
    high: Decimal | None = None
    """The 95 % interval of the value."""
    limit_of_detection: Decimal | None = None
    instrument: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


def assay_blockers(
    assay: Assay, limit: SpecificationLimit, *, value: Decimal | None, text: str, at: datetime
) -> list[Blocker]:
    """Every reason why a result measured so cannot go on record."""
    blockers: list[Blocker] = []
    if (assay.low is not None or assay.high is not None) and (
        value is None or assay.low is None or assay.high is None
    ):
        blockers.append(Blocker("interval_without_value", {}, RECORD_SOURCE))
    elif assay.low is not None and assay.high is not None and not assay.low <= (value or 0) <= assay.high:
        values = {"low": assay.low, "high": assay.high, "value": value}
        blockers.append(Blocker("interval_holds_not_the_result", values, RECORD_SOURCE))
    if assay.started_at and assay.finished_at and assay.finished_at < assay.started_at:
        blockers.append(Blocker("assay_ends_before_it_begins", {}, RECORD_SOURCE))
    if any(moment is not None and moment > at for moment in (assay.started_at, assay.finished_at)):
        blockers.append(Blocker("assay_in_the_future", {}, RECORD_SOURCE))
    if (
        kind_of(limit.code) is Kind.STERILITY_FINAL
        and text.strip().lower() in ABSENT_WORDS
        and assay.started_at is not None
        and (assay.finished_at or at) - assay.started_at < timedelta(days=CULTURE_DAYS)
    ):
        days = ((assay.finished_at or at) - assay.started_at) / timedelta(days=1)
        values_of_culture = {"attribute": limit.attribute, "days": f"{days:.1f}", "needed": CULTURE_DAYS}
        blockers.append(Blocker("culture_read_too_early", values_of_culture, CULTURE_SOURCE))
    return blockers
