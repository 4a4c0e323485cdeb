"""Signs after a procedure that must not wait, and where they lead.

They belong to no protocol and cannot be switched off (``clinical.md`` §3.3, "After our procedure"). A patient
who reports a problem ticks those that are there; the answer comes at once, before anybody has read the words.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from stroma.protocols.domain.blocker import Blocker, Weight

SOURCE = "clinical.md §3.3 (general knowledge)"


class Route(StrEnum):
    """Where a sign leads."""

    EMERGENCY = "EMERGENCY"
    """The emergency department, now."""
    SAME_DAY = "SAME_DAY"
    """The clinic, by telephone now, seen the same day."""


@dataclass(frozen=True, slots=True)
class WarningSign:
    """One sign, as a patient is asked for it."""

    code: str
    text: str
    route: Route


WARNING_SIGNS: tuple[WarningSign, ...] = (
    WarningSign("weakness_or_numbness", "A leg or foot is newly weak or numb", Route.EMERGENCY),
    WarningSign(
        "bladder_or_bowel",
        "I cannot hold or pass urine or stool as before, or I am numb between the legs",
        Route.EMERGENCY,
    ),
    WarningSign(
        "breathing_or_swelling", "Trouble breathing, swelling of the face, or hives", Route.EMERGENCY
    ),
    WarningSign("fever_or_chills", "Fever, chills or night sweats", Route.SAME_DAY),
    WarningSign("much_worse_pain", "Back pain that is getting worse fast", Route.SAME_DAY),
    WarningSign("headache_standing", "A bad headache when I sit or stand up", Route.SAME_DAY),
    WarningSign("oozing_wound", "The place of the needle is red, swollen or oozes", Route.SAME_DAY),
)

SIGN_CODES = frozenset(sign.code for sign in WARNING_SIGNS)


def warning_blockers(signs: Collection[str]) -> list[Blocker]:
    """An URGENT reason for each sign that is there, emergencies first."""
    return [
        Blocker(f"warning_{sign.route.lower()}", {"sign": sign.text}, SOURCE, Weight.URGENT)
        for route in Route
        for sign in WARNING_SIGNS
        if sign.route is route and sign.code in signs
    ]


def is_emergency(signs: Collection[str]) -> bool:
    """Whether a sign leads to the emergency department."""
    return any(sign.route is Route.EMERGENCY and sign.code in signs for sign in WARNING_SIGNS)
