"""One scan after the other on a tablet: which were made, which is wanted next, and what to say.

The scans made so far travel in the form's hidden fields, so the page works without a script and keeps nothing between
two requests. A scanner that works as a keyboard types the label and presses Enter, which sends the form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from django.http import HttpRequest
from django.utils.functional import Promise, SimpleLazyObject

Text = str | Promise
READ = "read_"
"""Before the name of a scan: the form's field that says how it was read."""
SCANNER_KEY = "scanner"
"""Where the session keeps the code of the scanner that this browser works with."""


def scanner_of(request: HttpRequest) -> str:
    """The code of the scanner that this browser works with, empty where nobody has said."""
    return str(request.session.get(SCANNER_KEY, ""))


Offered = Sequence[tuple[str, str]]
"""What the simulated scanner offers, as words and raw scan; none in a real database."""


def when_shown(read: Callable[[], Offered]) -> Offered:
    """What ``read`` gives, read once somebody looks at it: a verdict, or the page of another scan, never does."""
    return cast(Offered, SimpleLazyObject(read))


@dataclass(frozen=True, slots=True)
class Wanted:
    """One scan that is asked for: its name in the action's ``scans``, what to do, and what is expected."""

    name: str
    title: Text
    lead: Text = ""
    offered: Offered = ()
    """What the simulated scanner offers; see ``when_shown``."""
    expected: str = ""
    """What should come, as people read it. Blank where several things may, and for a badge, whose code is not shown."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the page shows: the scan wanted now, after those that were made."""

    wanted: Wanted
    made: Mapping[str, str]
    number: int
    total: int
    is_typed: bool = False
    kept: Mapping[str, str] = field(default_factory=dict)
    """What else the form carries along, such as the place that was chosen."""


def scans_made(sent: Mapping[str, str], wanted: Sequence[Wanted]) -> dict[str, str]:
    """The scans that were sent, without blanks around them; an empty one was not made."""
    return {one.name: sent[one.name].strip() for one in wanted if sent.get(one.name, "").strip()}


def next_prompt(
    sent: Mapping[str, str], wanted: Sequence[Wanted], *, kept: Sequence[str] = (), is_typed: bool = False
) -> Prompt | None:
    """The first scan that is still to be made; None when all were."""
    made = scans_made(sent, wanted)
    for number, one in enumerate(wanted, 1):
        if one.name not in made:
            read = [READ + made_before for made_before in made]
            along = {name: sent[name] for name in (*kept, *read) if sent.get(name)}
            return Prompt(one, made, number, len(wanted), is_typed, along)
    return None


def visible(raw: str) -> str:
    """A raw scan for people's eyes: controls made visible, and not without end."""
    return "".join(sign if sign.isprintable() else "·" for sign in raw)[:120]


def came(scans: Mapping[str, str], wanted: Sequence[Wanted]) -> list[tuple[Text, str]]:
    """What was asked for and what came, as a STOP says it: each title with the raw scan."""
    return [(one.title, visible(scans[one.name])) for one in wanted if scans.get(one.name)]
