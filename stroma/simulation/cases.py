"""The patients of the demo: which protocol each follows, when they came, and what was out of the ordinary.

Most are ordinary; the list is long enough that courses stand at every stage today. The others are what a clinic meets
too: a failed lot, a culture that grows late, a consent taken back, a red flag.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Happens(StrEnum):
    """What is out of the ordinary with a patient."""

    NOTHING = "nothing"
    ADVERSE_EVENT = "adverse event"
    SERIOUS_EVENT = "serious adverse event"
    CONSENT_WITHDRAWN = "consent withdrawn while the cells grew"
    EXCEPTION = "given out of specification, by exception"
    SENT_IN_A_BOX = "the marrow goes to the laboratory in a sealed box"
    READ_BY_CYTOMETER = "the surface markers come from a cytometer's files"
    DUPLICATE = "registered twice"
    WAITS_FOR_QUESTIONS = "registered, not yet assessed"
    WAITS_FOR_DECISION = "assessed, not yet decided"
    WAITS_FOR_CONSENT = "a candidate, not yet consented"
    WAITS_FOR_BOOKING = "consented, and no visit booked yet"
    STORY = "kept for the guided story: booked, and nothing collected yet"


@dataclass(frozen=True)
class Case:
    """One patient. ``days_ago`` is when they first came; ``told`` and ``laboratory`` replace ordinary answers."""

    protocol: str
    days_ago: int
    happens: Happens = Happens.NOTHING
    told: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    red_flags: Mapping[str, bool] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    laboratory: Mapping[str, float | str] = field(default_factory=dict)


_ORDINARY: Mapping[str, tuple[int, ...]] = {
    "disc-marrow-expanded": (430, 150, 46, 34, 23, 17, 11),
    "disc-marrow-concentrate": (330, 90, 21, 9),
    "facet-marrow-concentrate": (400, 130, 25, 7),
    "sciatica-marrow-expanded": (380, 260, 27, 15),
    "disc-fat-expanded": (280, 140, 27),
    "disc-cord-donor": (395, 170, 80, 22, 8),
    "disc-pulp-research": (220, 55),
    "medication": (440, 340, 200, 100, 30, 3),
    "physical-therapy": (436, 310, 180, 85, 20, 4),
    "surgery": (446, 320, 165, 65),
}

CASES: tuple[Case, ...] = (
    Case("disc-marrow-concentrate", 10, Happens.STORY),
    Case("disc-marrow-concentrate", 240, Happens.SERIOUS_EVENT),
    Case("disc-marrow-concentrate", 47, Happens.SENT_IN_A_BOX, laboratory={"sterility_final": "growth"}),
    Case("sciatica-marrow-expanded", 70, Happens.CONSENT_WITHDRAWN),
    Case("disc-marrow-expanded", 270, laboratory={"viability_percent": 55.0}),
    Case("sciatica-marrow-expanded", 70, Happens.EXCEPTION, laboratory={"viability_percent": 74.0}),
    Case(
        "disc-marrow-expanded",
        121,
        Happens.READ_BY_CYTOMETER,
        told={"takes_anticoagulant": True},
        overrides={
            "anticoagulant_hold_plan_missing": "Her cardiologist agrees to a pause of three days before each needle."
        },
    ),
    Case("facet-marrow-concentrate", 60, Happens.ADVERSE_EVENT),
    Case("disc-marrow-concentrate", 5, red_flags={"saddle_numbness": True, "bladder_or_bowel_change": True}),
    Case("disc-marrow-expanded", 36, told={"pfirrmann_modified_grade": 8}),
    Case("disc-marrow-concentrate", 14, told={"is_pregnant_or_breastfeeding": True}),
    Case("medication", 12, Happens.DUPLICATE),
    Case("disc-marrow-expanded", 1, Happens.WAITS_FOR_QUESTIONS),
    Case("disc-marrow-concentrate", 1, Happens.WAITS_FOR_QUESTIONS),
    Case("disc-cord-donor", 2, Happens.WAITS_FOR_DECISION),
    Case("disc-marrow-expanded", 2, Happens.WAITS_FOR_DECISION),
    Case("facet-marrow-concentrate", 3, Happens.WAITS_FOR_CONSENT),
    Case("disc-marrow-expanded", 6, Happens.WAITS_FOR_BOOKING),
    Case("disc-marrow-concentrate", 8, Happens.STORY),
    Case("disc-fat-expanded", 410, laboratory={"endotoxin_eu_per_ml": 0.2}),
    *(Case(protocol, days) for protocol, starts in _ORDINARY.items() for days in starts),
    Case("disc-pulp-research", 360),
    Case("disc-marrow-concentrate", 12, Happens.STORY),
    Case("disc-marrow-concentrate", 11, Happens.STORY),
)
"""In the order in which a smaller demo keeps them: what is out of the ordinary first."""


def some_cases(number: int | None) -> tuple[Case, ...]:
    """All cases, or ``number`` of them: the first half of those from the head, the rest spread over the list."""
    if number is None or number >= len(CASES):
        return CASES
    head = CASES[: (number + 1) // 2]
    rest = CASES[len(head) :]
    wanted = number - len(head)
    return (*head, *(rest[index * len(rest) // wanted] for index in range(wanted)))
