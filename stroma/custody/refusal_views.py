"""Refused scans, counted for quality by reason, place and week."""

from datetime import timedelta
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from stroma.clinic.access import PersonRequest, granted_to
from stroma.clinic.domain.roles import Role
from stroma.custody.messages import REFUSALS
from stroma.custody.refusal_queries import WEEKS, newest_refusals, refusals_since
from stroma.ledger.record import present


@granted_to(Role.QUALITY)
def refused_scans(request: HttpRequest) -> HttpResponse:
    """How many scans were refused over the last twelve weeks, why, where and when."""
    person, at = cast(PersonRequest, request).person, present()
    if person.site is None:
        raise Http404("no site")
    counted = refusals_since(person.site, since=at - timedelta(weeks=WEEKS), until=at)
    values = {
        "counted": counted,
        "by_reason": [(_reason(code), count) for code, count in counted.by_reason],
        "most": max((refused for _, _, refused in counted.by_week), default=0),
        "newest": [
            (scan, ", ".join(str(_reason(code)) for code in scan.blockers))
            for scan in newest_refusals(person.site)
        ],
        "weeks": WEEKS,
        "zone": person.site.time_zone,
    }
    return render(request, "custody/refused_scans.html", values)


def _reason(code: str) -> str:
    return str(REFUSALS.get(code, code.replace("_", " ").capitalize()))
