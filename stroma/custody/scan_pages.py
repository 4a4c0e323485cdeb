"""The page that asks for one scan after the other, and the STOP over the whole screen when they do not agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from stroma.clinic.badge_queries import live_badge
from stroma.clinic.models import Site, User
from stroma.custody.domain.reading import Readings
from stroma.custody.photo_scans import how_read, sent_scans
from stroma.custody.queries import simulated_badges
from stroma.custody.scanning import Wanted, came, next_prompt, scans_made
from stroma.protocols.domain.blocker import Blocker


def badge_wanted(receiver: User, site: Site) -> list[Wanted]:
    """The scan of the badge of who takes something over, the last of all; none where they have no live one."""
    if live_badge(receiver, site) is None:
        return []
    # Who it is stands in large type: at a shared tablet somebody else may be signed in.
    lead = _("You take it over, signed in as %(name)s") % {"name": receiver.name}
    return [Wanted("badge", _("Scan your badge"), lead, simulated_badges(receiver, site))]


@dataclass(frozen=True, slots=True)
class Asked:
    """Every scan that was asked for was made."""

    wanted: Sequence[Wanted]
    scans: Mapping[str, str]
    readings: Readings
    sent: Mapping[str, str]
    """Everything that the form brought."""


def ask_for_scans(
    request: HttpRequest,
    wanted: Sequence[Wanted],
    *,
    page: Mapping[str, Any],
    kept: Sequence[str] = (),
    stale: Sequence[Blocker] = (),
) -> Asked | HttpResponse:
    """What was scanned and how, or the page that asks for the next scan.

    ``page`` tells the page what it is about (``task``, ``subject``, ``back``, ``live``), ``kept`` names the other
    fields that travel along, and ``stale`` says what was written since the page was opened.
    """
    sent, faults = sent_scans(request, wanted)
    if stale:
        # Only the last scan is made again: it is the one that would have decided.
        sent = {name: raw for name, raw in sent.items() if name != wanted[-1].name}
    prompt = next_prompt(sent, wanted, kept=kept, is_typed="typed" in request.GET)
    if prompt is not None:
        found = [*stale, *faults]
        values = {"prompt": prompt, "found": found, "subject": "", "typed_query": "typed=1", **page}
        return render(request, "custody/scan_page.html", values, status=422 if found else 200)
    scans = scans_made(sent, wanted)
    return Asked(wanted, scans, how_read(request, sent, scans), sent)


def stopped(request: HttpRequest, asked: Asked, found: Sequence[Blocker], *, stop: str) -> HttpResponse:
    """STOP: what was asked for, what came, and every reason."""
    values = {
        "came": came(asked.scans, asked.wanted),
        "found": found,
        "stop": stop,
        "subject": "",
        "way_on": _("Scan again"),
        "again": request.get_full_path(),
    }
    return render(request, "custody/stop.html", values, status=422)
