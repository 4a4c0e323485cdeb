"""The last count of pain over time, or a new one. See Note [A count says of when it is] in models.py."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from stroma.clinic.models import Site
from stroma.ledger.models import Entry
from stroma.ledger.record import installation
from stroma.registry.domain.pain_over_time import PainChange, PainPoint
from stroma.registry.models import PainCount
from stroma.registry.queries import PainTable, TreatmentArm, count_pain

QUICK_SECONDS = 0.1
"""A count that took no longer is made each time."""

STANDS = timedelta(hours=1)
"""So long a count stands where nothing was written: as time passes, answers fall due."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A count, and whether it is of now."""

    table: PainTable
    is_current: bool
    seconds: float
    """How long counting took."""


def counted_pain(site: Site, *, instrument: str, at: datetime) -> Counted:
    """The count that is kept, unless there is none or counting is quick."""
    kept = PainCount.objects.filter(site=site, instrument=instrument).first()
    if kept is None or (kept.seconds <= QUICK_SECONDS and not _is_current(kept, at)):
        return count_again(site, instrument=instrument, at=at)
    return Counted(_as_table(kept), _is_current(kept, at), kept.seconds)


def count_again(site: Site, *, instrument: str, at: datetime) -> Counted:
    """Count now and keep it."""
    sequence, began = _newest_entry(), time.perf_counter()
    table = count_pain(site, instrument=instrument, at=at)
    seconds = time.perf_counter() - began
    PainCount.objects.update_or_create(
        site=site,
        instrument=instrument,
        defaults={
            "counted_at": at,
            "sequence": sequence,
            "seconds": seconds,
            "table": _as_json(table),
        },
    )
    return Counted(table, is_current=True, seconds=seconds)


def _is_current(kept: PainCount, at: datetime) -> bool:
    return kept.sequence == _newest_entry() and kept.counted_at <= at < kept.counted_at + STANDS


def _newest_entry() -> int:
    return Entry.objects.aggregate(newest=Max("sequence"))["newest"] or 0


def _as_json(table: PainTable) -> dict[str, Any]:
    return {
        "arms": [asdict(arm) for arm in table.arms],
        "points": [asdict(point) for point in table.points],
        "changes": [asdict(change) for change in table.changes],
        "censored": [[*key, counts] for key, counts in table.censored.items()],
        "outside_window": [[*key, count] for key, count in table.outside_window.items()],
        "baselines": {treatment: list(scores) for treatment, scores in table.baselines.items()},
    }


def _as_table(kept: PainCount) -> PainTable:
    found: Mapping[str, Any] = kept.table
    return PainTable(
        at=kept.counted_at,
        nature=installation().nature,
        instrument=kept.instrument,
        arms=[TreatmentArm(**arm) for arm in found["arms"]],
        points=[PainPoint(**point) for point in found["points"]],
        changes=[PainChange(**change) for change in found["changes"]],
        censored={(treatment, time_code): counts for treatment, time_code, counts in found["censored"]},
        outside_window={
            (treatment, time_code): count for treatment, time_code, count in found["outside_window"]
        },
        baselines=found["baselines"],
    )
