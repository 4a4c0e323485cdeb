"""Reads of single results."""

from uuid import UUID

from stroma.clinic.models import Site
from stroma.release.models import AssayResult


def result_at(site: Site | None, result_id: UUID) -> AssayResult | None:
    """The result with that id, where it is one of this site's."""
    found = AssayResult.objects.filter(pk=result_id, lot__site=site)
    return found.select_related("analyst", "file", "reading").first() if site else None


def earlier_results(result: AssayResult) -> list[AssayResult]:
    """The other results of the same line of the same lot, the newest first."""
    others = AssayResult.objects.filter(lot=result.lot_id, code=result.code).exclude(pk=result.pk)
    return list(others.select_related("analyst").order_by("-performed_at"))
