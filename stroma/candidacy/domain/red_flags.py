"""Red flags: signs that need urgent care now. One of them stops everything and no booking is offered.

They belong to no protocol and cannot be switched off (``clinical.md`` §3.3). Each is asked; an unanswered one is not a
"no".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stroma.protocols.domain.blocker import Blocker, Weight


@dataclass(frozen=True, slots=True)
class RedFlag:
    """One sign: the question as a patient is asked it, where to go, how soon, and the source."""

    code: str
    question: str
    route: str
    source: str


RED_FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        "bladder_or_bowel_change",
        "Have you lost control of your bladder or bowel, or can you not pass urine as before?",
        "emergency department with MRI at any hour",
        "BMJBP-CES",
    ),
    RedFlag(
        "saddle_numbness",
        "Is the skin between your legs, or around your bottom, numb?",
        "emergency department with MRI at any hour",
        "BMJBP-CES",
    ),
    RedFlag(
        "both_legs",
        "Are both legs weak, numb or painful, newly or increasingly?",
        "emergency department with MRI at any hour",
        "BMJBP-CES",
    ),
    RedFlag(
        "worsening_weakness",
        "Is a leg or foot getting weaker over hours or days?",
        "emergency or surgical review the same day",
        "HEYNEURO",
    ),
    RedFlag(
        "fever_or_infection",
        "Do you have fever or chills together with your back pain, or a wound that oozes?",
        "medical review the same day",
        "HEYNEURO",
    ),
    RedFlag(
        "suspected_cancer",
        "Have you lost weight without trying, or does new pain wake you every night?",
        "urgent referral by a physician",
        "HEYNEURO",
    ),
    RedFlag(
        "recent_injury",
        "Did the pain begin with a fall or an accident, even a small one if you have weak bones or take steroids?",
        "urgent imaging",
        "HEYNEURO",
    ),
    RedFlag(
        "tearing_pain",
        "Did a tearing pain in back or belly come on suddenly, or do you feel a pulsing lump in the belly?",
        "emergency call",
        "general knowledge",
    ),
    RedFlag(
        "self_harm",
        "Have you had thoughts of harming yourself?",
        "crisis line or emergency department now",
        "clinical.md §3.3, RULE",
    ),
)

RED_FLAG_CODES = frozenset(flag.code for flag in RED_FLAGS)


def red_flag_blockers(answers: Mapping[str, bool | None]) -> list[Blocker]:
    """An URGENT reason for each sign that is there; a HARD one for each that was not asked."""
    blockers = []
    for flag in RED_FLAGS:
        answer = answers.get(flag.code)
        if answer:
            blockers.append(
                Blocker(f"red_flag_{flag.code}", {"route": flag.route}, flag.source, Weight.URGENT)
            )
        elif answer is None:
            values = {"question": flag.question}
            blockers.append(Blocker("red_flag_not_asked", values, flag.source, Weight.HARD))
    return blockers
