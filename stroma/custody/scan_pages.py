"""The page that asks for one scan after the other, and the STOP over the whole screen as soon as one is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from stroma.clinic.badge_queries import live_badge
from stroma.clinic.models import Site, User
from stroma.custody.domain.reading import Readings
from stroma.custody.photo_scans import how_read, sent_scans
from stroma.custody.queries import read_scans, simulated_badges
from stroma.custody.scanning import Wanted, came, next_prompt, scans_made, visible, when_shown
from stroma.look.attempt import attempt
from stroma.look.formats import chunks
from stroma.protocols.domain.blocker import Blocker


def badge_wanted(receiver: User, site: Site) -> list[Wanted]:
    """The scan of the badge of who takes something over, the last of all; none where they have no live one."""
    own = live_badge(receiver, site)
    if own is None:
        return []
    # Who it is stands in large type: at a shared tablet somebody else may be signed in.
    lead = _("You take it over, signed in as %(name)s") % {"name": receiver.name}
    return [Wanted("badge", _("Scan your badge"), lead, when_shown(partial(simulated_badges, own)))]


StopWrong = Callable[[Mapping[str, str], Readings], object]
"""Refuses, and keeps what was scanned, where a scan that was made until now is wrong."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The scans that were asked for and made: every one, where nothing is asked for any more."""

    wanted: Sequence[Wanted]
    scans: Mapping[str, str]
    readings: Readings
    sent: Mapping[str, str]
    """Everything that the form brought."""
    page: Mapping[str, Any]
    """What the page is about, as it was told to :func:`ask_for_scans`."""
    kept: Mapping[str, str]
    """What else the form carries along, such as a reason that was given before the first scan."""


def ask_for_scans(
    request: HttpRequest,
    wanted: Sequence[Wanted],
    *,
    page: Mapping[str, Any],
    stop_wrong: StopWrong | None = None,
    kept: Sequence[str] = (),
    stale: Sequence[Blocker] = (),
) -> Asked | HttpResponse:
    """What was scanned and how, or the page that asks for the next scan, or STOP where one is wrong already.

    ``page`` tells the page what it is about (``task``, ``subject``, ``back``, ``live``, and ``stop``, the sentence of a
    STOP). ``stop_wrong`` is the action that judges what was scanned until now, and refuses; none where one scan is all.
    ``kept`` names the other fields that travel along, and ``stale`` says what was written since the page was opened.
    """
    sent, faults = sent_scans(request, wanted)
    if stale:
        # Only the last scan is made again: it is the one that would have decided.
        sent = {name: raw for name, raw in sent.items() if name != wanted[-1].name}
    prompt = next_prompt(sent, wanted, kept=kept, is_typed="typed" in request.GET)
    scans = scans_made(sent, wanted)
    along = {name: sent[name] for name in kept if sent.get(name)}
    asked = Asked(wanted, scans, how_read(request, sent, scans), sent, page, along)
    if prompt is not None:
        if scans and stop_wrong is not None:
            _none, wrong = attempt(lambda: stop_wrong(scans, asked.readings))
            if wrong:
                return stopped(request, asked, wrong)
        found = [*stale, *faults]
        values = {"prompt": prompt, "found": found, "subject": "", "typed_query": "typed=1", **page}
        return render(request, "custody/scan_page.html", values, status=422 if found else 200)
    return asked


def container_text(din: str, division: str) -> str:
    """A container as people read it off its label: donation number in pieces, and division."""
    return "\N{NO-BREAK SPACE}".join([*chunks(din), division])


def compared(asked: Asked) -> list[tuple[str, str]]:
    """What was wanted and what came in its place, as people read both, for each scan that is not the one wanted."""
    pairs = [
        (one.expected, _as_read(one.name, asked.scans[one.name]))
        for one in asked.wanted
        if one.expected and one.name in asked.scans
    ]
    return [(wanted, read) for wanted, read in pairs if wanted != read]


def _as_read(name: str, raw: str) -> str:
    scanned, _unreadable = read_scans({name: raw})
    if scanned.din and scanned.division:
        return container_text(scanned.din, scanned.division)
    return scanned.wristband or visible(raw)


def stopped(request: HttpRequest, asked: Asked, found: Sequence[Blocker]) -> HttpResponse:
    """STOP: what was asked for, what came, and every reason.

    From here every scan is made anew: whoever was stopped may have taken something else into the hand meanwhile. What
    was entered before the first is kept. The way on carries no position of the record: the refused scan is in it.
    """
    values = {
        "came": came(asked.scans, asked.wanted),
        "compared": compared(asked),
        "found": found,
        "stop": asked.page["stop"],
        "subject": "",
        "way_on": _("Scan again"),
        "again": request.get_full_path(),
        "back": asked.page["back"],
        "kept": asked.kept,
    }
    return render(request, "custody/stop.html", values, status=422)
