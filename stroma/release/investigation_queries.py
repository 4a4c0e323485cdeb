"""Reads about investigations and exceptions."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from stroma.clinic.models import Site
from stroma.custody.models import Lot
from stroma.look.paging import HOME_LINES, Page, page_of
from stroma.protocols.domain.schema import SpecificationLimit
from stroma.release.control_queries import lines_of_site
from stroma.release.domain.specification import Judgement, Verdict
from stroma.release.models import AssayResult, Investigation, ReleaseException


def investigations_of(lot: Lot) -> list[Investigation]:
    """Those of the lot and of the one it was set aside from, the first one first."""
    found = Investigation.objects.filter(Q(lot=lot) | Q(lot=lot.parent_id))
    return list(found.select_related("conclusion__concluded_by", "opened_by", "result").order_by("opened_at"))


def investigation_at(site: Site | None, investigation_id: UUID) -> Investigation | None:
    """The investigation with that id, where it is one of this site's."""
    found = Investigation.objects.filter(pk=investigation_id, lot__site=site)
    return found.select_related("lot", "result", "conclusion__concluded_by").first() if site else None


def uninvestigated(
    judgements: Iterable[Judgement], investigations: Iterable[Investigation]
) -> list[SpecificationLimit]:
    """The lines that are not met and that none of the investigations is about."""
    known = {one.code for one in investigations}
    return [one.limit for one in judgements if one.verdict is Verdict.NOT_MET and one.limit.code not in known]


def results_since(investigation: Investigation) -> list[AssayResult]:
    """Every result of the line, the first one first: none is taken away by the investigation."""
    found = AssayResult.objects.filter(lot=investigation.lot_id, code=investigation.code)
    return list(found.select_related("analyst").order_by("performed_at"))


def open_investigations(site: Site, *, page: int = 1) -> Page[Investigation]:
    """The investigations of a site that nobody has concluded, the oldest first; those of rejected lots too."""
    found = Investigation.objects.filter(lot__site=site, conclusion=None)
    shown = found.select_related("lot__protocol").defer("lot__protocol__document")
    return page_of(shown.order_by("opened_at", "id"), page, lines=HOME_LINES)


def named_lines(site: Site, found: Iterable[Investigation]) -> list[tuple[Investigation, str]]:
    """Each investigation with the name of its line, as the site's protocols have it."""
    rows = list(found)
    names = dict(lines_of_site(site)) if rows else {}
    return [(one, names.get(one.code, one.code)) for one in rows]


def exception_of(lot: Lot) -> ReleaseException | None:
    """The last exception that was asked for."""
    return (
        ReleaseException.objects.filter(lot=lot).select_related("informed_by").order_by("recorded_at").last()
    )


def investigations_written(lot: Lot) -> list[dict[str, Any]]:
    """As the certificate has them."""
    return [
        {
            "code": one.code,
            "opened_at": one.opened_at,
            "outcome": one.conclusion.outcome if hasattr(one, "conclusion") else None,
        }
        for one in investigations_of(lot)
    ]


def exception_written(lot: Lot) -> dict[str, Any] | None:
    """As the certificate has it; None where none was asked for."""
    asked = exception_of(lot)
    if asked is None:
        return None
    return {
        "codes": asked.codes,
        "reason": asked.reason,
        "informed_by": asked.informed_by.name,
        "informed_at": asked.informed_at,
        "means": asked.means,
    }
