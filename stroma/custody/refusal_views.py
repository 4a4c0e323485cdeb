"""Refused scans, counted for quality by reason, place and week."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stroma.clinic.access import granted_to, site_in
from stroma.clinic.domain.roles import Role
from stroma.custody.messages import REFUSALS
from stroma.custody.refusal_queries import WEEKS, newest_refusals, refusals_since
from stroma.ledger.record import present


@granted_to(Role.QUALITY)
def refused_scans(request: HttpRequest) -> HttpResponse:
    """How many scans were refused over the last twelve weeks, why, where and when."""
    site, at = site_in(request), present()
    counted = refusals_since(site, since=at - timedelta(weeks=WEEKS), until=at)
    values = {
        "counted": counted,
        "by_reason": [(_reason(code), count) for code, count in counted.by_reason],
        "most": max((refused for _, _, refused in counted.by_week), default=0),
        "newest": [
            (scan, ", ".join(str(_reason(code)) for code in scan.blockers)) for scan in newest_refusals(site)
        ],
        "weeks": WEEKS,
        "zone": site.time_zone,
    }
    return render(request, "custody/refused_scans.html", values)


def _reason(code: str) -> str:
    return str(REFUSALS.get(code, code.replace("_", " ").capitalize()))
