"""Two people at the same thing: a page asks whether it still holds, and a form that was overtaken is refused.

A page is opened at a position of the ledger's chains it is about (``opened_at``), and carries it signed. From there

* a browser with scripts asks every few seconds, at the page's own address and so under the page's own grant:
  ``SayWhetherChanged`` answers 204 while nothing was written, by one indexed query, and otherwise lets the page be
  drawn anew, or sends a notice where the page holds a form;
* a deciding form sends the position along, and its view asks ``changes_since_opened``. A stale form is refused with
  what happened meanwhile, with or without scripts. It comes back with what was entered and the position of now.

This spares people from deciding on what they did not see. It is no lock: what must never happen is refused by the
actions, whatever a form says. A form that says nothing of a position is judged by them alone.

Note [The position is signed]
    The signature binds the position to the person and the site they work at, so that the question "has it changed?"
    is answered to nobody who did not lawfully open a page about those chains.
"""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stroma.clinic.access import Person, person_in
from stroma.clinic.ledger_words import told
from stroma.ledger.domain.entry import ChainKey
from stroma.ledger.models import Entry
from stroma.ledger.positions import Position, entries_since, position_now, position_of
from stroma.look.live import OPENED_AT, Live
from stroma.protocols.domain.blocker import Blocker

SINCE, TOLD = "since", "told"
"""What the page's question carries: the signed position, and how many changes its reader was told of."""

SHOWN = 5
"""So many of the newest changes are told one by one."""

ANSWERS_OF_THE_PATIENT = frozenset({"questionnaire.answered", "questionnaire.corrected"})
"""They change nothing that is decided at the bedside or in the laboratory."""


def opened_at(request: HttpRequest, *chains: ChainKey, has_form: bool = False) -> Live:
    """Where these chains stand now. Ask before the page's rows are read: a change in between is then told, not lost."""
    person = person_in(request)
    value = {"at": position_of(chains), "form": has_form}
    return Live(_own_address(request), signing.dumps(value, salt=_salt(person)), has_form)


def changes_since_opened(
    request: HttpRequest, *, aside: frozenset[str] = ANSWERS_OF_THE_PATIENT
) -> list[Blocker]:
    """Why a deciding form is not taken: each thing that was written since its page was opened.

    ``aside`` names the ledger's actions that change nothing for this decision. A form signed for somebody else, such as
    the one who was signed in here before, is refused as well.
    """
    sent = request.POST.get(OPENED_AT, "")
    if not sent:
        return []
    person = person_in(request)
    read = _read(sent, person)
    if read is None:
        return [Blocker("opened_by_another", {}, "Stroma pages")]
    opened: Position = read["at"]
    if position_now(opened) == opened:
        return []
    entries = [entry for entry in entries_since(opened) if entry.action not in aside]
    zone = ZoneInfo(_zone(person))
    return [
        Blocker(
            "changed_since_opened",
            {"what": one.title, "who": one.by, "at": one.at.astimezone(zone)},
            "Stroma pages",
        )
        for one in told(entries[-SHOWN:])
    ]


class SayWhetherChanged:
    """The middleware that answers a page's question, after the page's own grant was asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """204 while nothing was written, a notice for a page with a form; else the page itself answers."""
        del view, args, kwargs
        person: Person | None = getattr(request, "person", None)
        if person is None or not is_question(request):
            return None
        read = _read(request.GET[SINCE], person)
        if read is None:
            return None
        opened: Position = read["at"]
        if position_now(opened) == opened:
            return HttpResponse(status=204)
        if not read["form"]:
            return None
        entries = [entry for entry in entries_since(opened) if entry.actor != person.user.ledger_name]
        return _notice(request, person, entries)


def is_question(request: HttpRequest) -> bool:
    """Whether a page asks if it still holds, rather than a person for the page."""
    return request.method == "GET" and SINCE in request.GET and bool(request.headers.get("HX-Request"))


def _notice(request: HttpRequest, person: Person, entries: list[Entry]) -> HttpResponse:
    """What others changed; nothing new to say where the reader was told of as many."""
    changes = told(entries[-SHOWN:])
    if str(len(changes)) == request.GET.get(TOLD, "0"):
        return HttpResponse(status=204)
    live = Live(_own_address(request), request.GET[SINCE], has_form=True, changes=changes, zone=_zone(person))
    return render(request, "clinic/live.html", {"live": live})


def _read(token: str, person: Person) -> dict[str, Any] | None:
    try:
        read: dict[str, Any] = signing.loads(token, salt=_salt(person))
    except signing.BadSignature:
        return None
    return read


def _salt(person: Person) -> str:
    """See Note [The position is signed]."""
    return f"stroma.clinic.live:{person.user.pk}:{person.site.pk if person.site else ''}"


def _zone(person: Person) -> str:
    return person.site.time_zone if person.site else "UTC"


def _own_address(request: HttpRequest) -> str:
    asked = request.GET.copy()
    for name in (SINCE, TOLD):
        asked.pop(name, None)
    return f"{request.path}?{asked.urlencode()}" if asked else request.path
