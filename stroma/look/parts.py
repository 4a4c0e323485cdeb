"""The values that the page parts are drawn from. A page builds them, a template tag renders them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stroma.ledger.wording import sentence
from stroma.protocols.domain.blocker import Blocker, Weight

Text = str | Promise

# Icons on a 24-unit grid, drawn with a stroke of 2; each repeats a word that stands beside it.
ICONS: dict[str, str] = {
    "check": "M4 12.5 9.5 18 20 6.5",
    "stop": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM7.5 12h9",
    "caution": "M12 4 2.8 20h18.4L12 4Zm0 6v5m0 2.5v.1",
    "urgent": "M9 3h6v6h6v6h-6v6H9v-6H3V9h6Z",
    "override": "M4 20h16M6 16l9.5-9.5 3 3L9 19",
    "info": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 8v5.5m0-9v.1",
    "clock": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 4.5V12l3.5 2",
    "arrow": "M4 12h15m-6-6 6 6-6 6",
    "download": "M12 4v11m-5-5 5 5 5-5M4 20h16",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm5 11.5L20 20",
    "person": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "pen": "M4 20h4L19 9l-4-4L4 16v4Z",
}

STATE_ICONS = {"go": "check", "wait": "clock", "stop": "stop", "plain": ""}

# What a state of the record means to the reader's eye: go, wait, stop or neither.
TONES: dict[str, str] = {
    "released": "go",
    "done": "go",
    "signed": "go",
    "on_time": "go",
    "quarantined": "wait",
    "quarantine": "wait",
    "waiting": "wait",
    "late": "wait",
    "due": "wait",
    "rejected": "stop",
    "stopped": "stop",
    "expired": "stop",
    "urgent": "stop",
}

WEIGHTS: dict[Weight, tuple[str, Text]] = {
    Weight.URGENT: ("urgent", _("Get care now")),
    Weight.HARD: ("stop", _("Stops it")),
    Weight.OVERRIDABLE: ("override", _("Stops it, unless overridden with a reason")),
    Weight.CAUTION: ("caution", _("Go with care")),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A blocker as it is read: heavier ones come first."""

    code: str
    weight: str
    icon: str
    word: Text
    sentence: str
    source: str


def reasons(blockers: Iterable[Blocker]) -> list[Reason]:
    """The blockers as sentences in the reader's language, heaviest first, otherwise in the order given."""
    order = list(Weight)
    return [
        Reason(b.code, b.weight.value.lower(), *WEIGHTS[b.weight], sentence(b), b.source)
        for b in sorted(blockers, key=lambda b: order.index(b.weight))
    ]


@dataclass(frozen=True, slots=True)
class Tab:
    """A view beside others, each with an address of its own; ``count`` is shown behind the title."""

    title: Text
    href: str
    is_current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of a timeline: what happened, when, who did it, and its place in the ledger."""

    at: datetime
    title: Text
    detail: Text = ""
    by: str = ""
    ledger_hash: str = ""
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature under a record (21 CFR 11.50: printed name, date and time, meaning).

    It is unsigned while ``at`` is none, and then ``needs`` says who may sign.
    """

    meaning: Text
    name: str = ""
    role: Text = ""
    at: datetime | None = None
    needs: Text = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its numbers: the answer is the title, the table has the same figures.

    ``svg`` is made by our own code and is not escaped. A row is as long as ``headers``; ``download`` is a
    link to the same numbers as a file.
    """

    key: str
    answer: Text
    question: Text
    svg: str
    headers: tuple[Text, ...]
    rows: tuple[tuple[str, ...], ...]
    note: Text = ""
    download: str = ""
