"""Taking an extract of the registry: numbers that can be counted again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site, User
from stroma.ledger.domain.canonical import canonical, digest
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.registry.domain.pain_over_time import PainPoint
from stroma.registry.queries import pain_over_time


@dataclass(frozen=True)
class RegistryExtract:
    """What was counted, and the digest of it that stands in the ledger."""

    rows: list[dict[str, Any]]
    digest: str


@action
def extract_registry(*, site: Site, by: User, at: datetime) -> RegistryExtract:
    """Count pain over time by treatment at a site, as of ``at``, and put the digest of the table on record.

    Counting again at the same point of the ledger gives the same digest.
    """
    authorize(by, Role.ANALYST, Role.QUALITY, site=site, at=at)
    rows = [_row(point) for point in pain_over_time(site, at=at).points]
    table = digest(canonical(rows))
    record(
        "registry.extracted",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={"site": site.id, "rows": len(rows), "table": table},
    )
    return RegistryExtract(rows, table)


def _row(point: PainPoint) -> dict[str, Any]:
    """A row of the table as text and whole numbers, so that its digest has one spelling."""
    return {
        "treatment": point.treatment,
        "time": point.time_code,
        "due": point.n_due,
        "answered": point.n_answered,
        "missing": point.n_missing,
        "censored": point.n_censored,
        "mean": _rounded(point.mean),
        "low": _rounded(point.low),
        "high": _rounded(point.high),
    }


def _rounded(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"
