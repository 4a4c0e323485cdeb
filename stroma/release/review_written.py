"""The review by exception as a certificate has it: what was looked at, what was found, and how the record stands.

It is part of the signed text, so that whoever signs signs for it: a finding that is added, explained or gone makes
another text, and a signature under the old one holds no more. Findings are kept as code and values, and are said in the
reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stroma.custody.models import Lot
from stroma.ledger.domain.canonical import time_text
from stroma.processing.domain.review import Review
from stroma.processing.models import Batch
from stroma.processing.queries import batch_of
from stroma.processing.record_queries import review_of
from stroma.protocols.domain.blocker import Blocker, Weight

NOTHING, EXPLAINED, UNEXPLAINED = "NOTHING_FOUND", "ALL_EXPLAINED", "NOT_EXPLAINED"


@dataclass(frozen=True, slots=True)
class ReadFinding:
    """A finding as a certificate tells it."""

    step: str
    blocker: Blocker

    @property
    def is_explained(self) -> bool:
        """Whether somebody said why, or it explains itself."""
        return self.blocker.weight is not Weight.HARD


@dataclass(frozen=True, slots=True)
class ReadReview:
    """The review of one batch record as a certificate tells it."""

    din: str
    state: str
    closed_at: datetime | None
    looked_at: Mapping[str, int]
    findings: tuple[ReadFinding, ...]


def reviews_written(lot: Lot) -> list[dict[str, Any]]:
    """The review of the lot's batch record, and of that of the lot it was set aside from."""
    batches = [batch_of(one) for one in (lot, lot.parent) if one is not None]
    return [_written(batch, review_of(batch)) for batch in batches if batch is not None]


def _written(batch: Batch, found: Review) -> dict[str, Any]:
    hard = any(one.blocker.weight is Weight.HARD for one in found.findings)
    return {
        "din": batch.lot.din,
        "closed_at": batch.closed_at,
        "state": UNEXPLAINED if hard else EXPLAINED if found.findings else NOTHING,
        "looked_at": {
            "steps": found.steps,
            "values": found.values,
            "equipment": found.equipment,
            "reagents": found.reagents,
        },
        "findings": [
            {
                "step": one.title,
                "code": one.blocker.code,
                "weight": one.blocker.weight.value,
                "source": one.blocker.source,
                "values": {name: _packed(value) for name, value in one.blocker.values.items()},
            }
            for one in found.findings
        ],
    }


def reviews_read(written: list[dict[str, Any]]) -> list[ReadReview]:
    """The reviews in a certificate's text."""
    return [
        ReadReview(
            one["din"],
            one["state"],
            datetime.fromisoformat(one["closed_at"]) if one["closed_at"] else None,
            one["looked_at"],
            tuple(
                ReadFinding(
                    finding["step"],
                    Blocker(
                        finding["code"],
                        {name: _unpacked(value) for name, value in finding["values"].items()},
                        finding["source"],
                        Weight(finding["weight"]),
                    ),
                )
                for finding in one["findings"]
            ),
        )
        for one in written
    ]


def _packed(value: Any) -> Any:
    """A signed text holds no floating-point number, and a time in it must be a time again."""
    if isinstance(value, float):
        return {"number": f"{value:.10g}"}
    return {"time": time_text(value)} if isinstance(value, datetime) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        return float(value["number"]) if "number" in value else datetime.fromisoformat(value["time"])
    return value
