"""The review by exception as a certificate has it: what was looked at, what was found, and how the record stands.

It is part of the signed text, so that whoever signs signs for it: a finding that is added, explained, accepted or gone
makes another text, and a signature under the old one holds no more. Findings are kept as code and values, and are said
in the reader's language.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stroma.processing.domain.review import Acceptance, Review, packed, unpacked
from stroma.processing.models import Batch
from stroma.protocols.domain.blocker import Blocker, Weight

NOTHING, EXPLAINED, UNEXPLAINED = "NOTHING_FOUND", "ALL_EXPLAINED", "NOT_EXPLAINED"


@dataclass(frozen=True, slots=True)
class ReadFinding:
    """A finding as a certificate tells it."""

    step: str
    blocker: Blocker
    accepted: Acceptance | None = None

    @property
    def is_explained(self) -> bool:
        """Whether the bench said why, or quality accepted it."""
        return self.blocker.weight is not Weight.HARD or self.accepted is not None


@dataclass(frozen=True, slots=True)
class ReadReview:
    """The review of one batch record as a certificate tells it."""

    din: str
    state: str
    closed_at: datetime | None
    looked_at: Mapping[str, int]
    findings: tuple[ReadFinding, ...]


def reviews_written(found: Iterable[tuple[Batch, Review]]) -> list[dict[str, Any]]:
    """Each batch record's review as the certificate has it."""
    return [_written(batch, one) for batch, one in found]


def _written(batch: Batch, found: Review) -> dict[str, Any]:
    is_open = any(one.is_open for one in found.findings)
    return {
        "din": batch.lot.din,
        "closed_at": batch.closed_at,
        "state": UNEXPLAINED if is_open else EXPLAINED if found.findings else NOTHING,
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
                "values": {name: packed(value) for name, value in one.blocker.values.items()},
                "accepted": None
                if one.accepted is None
                else {"reason": one.accepted.reason, "by": one.accepted.by, "at": one.accepted.at},
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
                        {name: unpacked(value) for name, value in finding["values"].items()},
                        finding["source"],
                        Weight(finding["weight"]),
                    ),
                    _accepted(finding.get("accepted")),
                )
                for finding in one["findings"]
            ),
        )
        for one in written
    ]


def _accepted(written: dict[str, Any] | None) -> Acceptance | None:
    if written is None:
        return None
    return Acceptance(written["reason"], written["by"], datetime.fromisoformat(written["at"]))
