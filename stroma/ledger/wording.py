"""From a reason's code and values to the sentence a person reads, in that person's language.

Each step registers its sentences at start-up. A sentence says what stands in the way, the value, the limit and the way
on; a field in braces is filled from the reason's values.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext

from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.duration import duration_text
from stroma.protocols.domain.problem import Problem

MESSAGES: dict[str, str | Promise] = {}

WORDS = frozenset(
    {
        "state",
        "now",
        "wanted",
        "role",
        "kind",
        "is",
        "asked",
        "route",
        "question",
        "sign",
        "side",
        "which",
        "agents",
        "title",
        "attribute",
        "kinds",
        "before",
        "task",
    }
)
"""The values that are words of the record, or texts of the domain, and are said in the reader's language."""


TERMS: dict[str, str | Promise] = {}
"""Codes that a step has a phrase for, such as a task of a checklist."""


def register_terms(terms: Mapping[str, str | Promise]) -> None:
    """Add the phrases that a step has for its codes."""
    TERMS.update(terms)


def register(messages: Mapping[str, str | Promise]) -> None:
    """Add a step's sentences. A code that two steps claim is a mistake and raises ValueError."""
    for code, message in messages.items():
        if code in MESSAGES and str(MESSAGES[code]) != str(message):
            raise ValueError(f"two sentences are registered for the code {code!r}")
        MESSAGES[code] = message


def sentence(blocker: Blocker) -> str:
    """The sentence for ``blocker``.

    Codes that a protocol document brings (its criteria, its specification) name the form of sentence to use in
    ``values["wording"]``.
    """
    template = MESSAGES.get(blocker.code) or MESSAGES.get(str(blocker.values.get("wording", "")))
    if template is None:
        return blocker.code.replace("_", " ").capitalize() + "."
    return filled(template, blocker.values)


def filled(template: str | Promise, values: Mapping[str, object]) -> str:
    """A template with its values as a sentence says them."""
    words = {name: said(value) if name in WORDS else shown(value) for name, value in values.items()}
    return str(template).format_map(_Values(words))


def fault(problem: Problem) -> str:
    """What is wrong with an input, in the reader's language, without the file and the place where it is."""
    said = gettext(problem.message)
    return filled(said, problem.values) if problem.values else said


def word(value: str) -> str:
    """A word of the record in the reader's language, in small letters: ``in process`` for ``IN_PROCESS``."""
    if term := TERMS.get(value):
        return str(term)
    return gettext(value.replace("_", " ").lower() if value.isupper() else value)


def said(value: object) -> object:
    """A value that is a word, or several with commas between, in the reader's language; others as ``shown``."""
    if not isinstance(value, str) or not value:
        return shown(value)
    whole = word(value)
    return ", ".join(word(one) for one in value.split(", ")) if whole == value else whole


def shown(value: object) -> object:
    """A value as a sentence says it: no trailing zeros, days before hours, the zone with every time.

    A time is said as the clock shows it where the reader works (the door sets that zone), on the command line in UTC.
    """
    if isinstance(value, float):
        return _Number(value)
    if isinstance(value, datetime):
        local = localtime(value) if value.tzinfo else value
        return f"{date_format(local, gettext('D j M Y'))}, {local:%H:%M %Z}"
    if isinstance(value, timedelta):
        return duration_text(value)
    return value


class _Number(float):
    """A number that says itself without trailing zeros, unless the sentence names its digits: ``{chance:.0%}``."""

    def __format__(self, digits: str) -> str:
        return super().__format__(digits or "g")

    def __str__(self) -> str:
        return f"{self:g}"


class _Values(dict[str, object]):
    """A missing value shows as a dash: a half-filled sentence must never hide a refusal behind an error."""

    def __missing__(self, key: str) -> str:
        return "–"
