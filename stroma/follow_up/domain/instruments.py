"""The questionnaires that follow a patient: their items, licences and the smallest change that matters.

Text is shipped only where its terms allow it (``clinical.md`` §5.1): pain scales, PEG, RMDQ and the
impression of change. The Oswestry index (ODI) is scored and its questions are not here: a site with a licence
brings the form. How answers become a score is in ``scoring.py``.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class AnswerKind(StrEnum):
    """What an item is answered with."""

    NUMBER = "NUMBER"
    """A whole number of the item's range."""
    TICK = "TICK"
    """Ticked or left blank."""


class Direction(StrEnum):
    """What a high score means."""

    HIGHER_IS_WORSE = "HIGHER_IS_WORSE"
    HIGHER_IS_BETTER = "HIGHER_IS_BETTER"


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ``text`` is empty where it may not be shipped."""

    id: str
    text: str
    minimum: int = 0
    maximum: int = 10
    kind: AnswerKind = AnswerKind.NUMBER
    labels: tuple[str, ...] = ()
    """The words for each answer from ``minimum`` on, or for the two ends of the range."""


@dataclass(frozen=True, slots=True)
class SmallestChange:
    """The smallest change that a patient would notice as worthwhile (MCID)."""

    points: Decimal | None
    fraction: Decimal | None
    """Of the baseline, 0–1."""
    source: str


@dataclass(frozen=True, slots=True)
class Licence:
    """Whether the questions may be shown, and on what terms."""

    may_ship_text: bool
    terms: str
    source: str
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Instrument:
    """One questionnaire."""

    code: str
    title: str
    instruction: str
    items: tuple[Item, ...]
    score_minimum: Decimal
    score_maximum: Decimal
    direction: Direction
    minimum_answered: int
    """Fewer answers than this give no score."""
    licence: Licence
    smallest_change: SmallestChange | None
    source: str

    def item(self, item_id: str) -> Item | None:
        """The item of that id, if the instrument has it."""
        return next((item for item in self.items if item.id == item_id), None)


NONE_APPLY = "none_apply"
"""RMDQ: "none of these describe me today", to tell a score of zero from a form left blank (§5.1, RULE)."""

_GENERIC_SCALE = Licence(
    may_ship_text=True,
    terms="A generic scale, free to use.",
    source="clinical.md §5.1 (general knowledge)",
    confirmed=False,
)
_PAIN_ENDS = ("No pain", "Pain as bad as you can imagine")
_PAIN_CHANGE = SmallestChange(Decimal(2), Decimal("0.30"), "OSTELO08, NRSCUT20")


def _pain_scale(code: str, title: str, place: str) -> Instrument:
    text = f"How strong was your {place} pain on average over the last 7 days?"
    return Instrument(
        code=code,
        title=title,
        instruction="Choose the number from 0 (no pain) to 10 (pain as bad as you can imagine).",
        items=(Item(code.lower(), text, labels=_PAIN_ENDS),),
        score_minimum=Decimal(0),
        score_maximum=Decimal(10),
        direction=Direction.HIGHER_IS_WORSE,
        minimum_answered=1,
        licence=_GENERIC_SCALE,
        smallest_change=_PAIN_CHANGE,
        source="clinical.md §5.1; OSTELO08",
    )


NRS_BACK = _pain_scale("NRS_BACK", "Back pain, 0 to 10", "back")
NRS_LEG = _pain_scale("NRS_LEG", "Leg pain, 0 to 10", "leg")

_INTERFERENCE_ENDS = ("Does not interfere", "Completely interferes")
PEG = Instrument(
    code="PEG",
    title="PEG: pain, enjoyment, general activity",
    instruction="Choose the number from 0 to 10 that describes you best.",
    items=(
        Item("peg_1", "What number best describes your pain on average in the past week?", labels=_PAIN_ENDS),
        Item(
            "peg_2",
            "What number best describes how, during the past week, pain has interfered with your enjoyment "
            "of life?",
            labels=_INTERFERENCE_ENDS,
        ),
        Item(
            "peg_3",
            "What number best describes how, during the past week, pain has interfered with your general "
            "activity?",
            labels=_INTERFERENCE_ENDS,
        ),
    ),
    score_minimum=Decimal(0),
    score_maximum=Decimal(10),
    direction=Direction.HIGHER_IS_WORSE,
    minimum_answered=3,
    licence=Licence(
        may_ship_text=True,
        terms="Krebs EE, Lorenz KA, Bair MJ, et al. J Gen Intern Med 2009;24:733-738, open access; described "
        "as free to use. A site checks the terms of the wording.",
        source="PEG09; PEG-WEB",
        confirmed=False,
    ),
    smallest_change=SmallestChange(Decimal(1), Decimal("0.30"), "PEG-WEB (30 %, or 1 to 2 points)"),
    source="PEG09",
)

_RMDQ_STATEMENTS = (
    "I stay at home most of the time because of my back.",
    "I change position frequently to try and get my back comfortable.",
    "I walk more slowly than usual because of my back.",
    "Because of my back I am not doing any of the jobs that I usually do around the house.",
    "Because of my back, I use a handrail to get upstairs.",
    "Because of my back, I lie down to rest more often.",
    "Because of my back, I have to hold on to something to get out of an easy chair.",
    "Because of my back, I try to get other people to do things for me.",
    "I get dressed more slowly than usual because of my back.",
    "I only stand for short periods of time because of my back.",
    "Because of my back, I try not to bend or kneel down.",
    "I find it difficult to get out of a chair because of my back.",
    "My back is painful almost all the time.",
    "I find it difficult to turn over in bed because of my back.",
    "My appetite is not very good because of my back pain.",
    "I have trouble putting on my socks (or stockings) because of the pain in my back.",
    "I only walk short distances because of my back.",
    "I sleep less well because of my back.",
    "Because of my back pain, I get dressed with help from someone else.",
    "I sit down for most of the day because of my back.",
    "I avoid heavy jobs around the house because of my back.",
    "Because of my back pain, I am more irritable and bad tempered with people than usual.",
    "Because of my back, I go upstairs more slowly than usual.",
    "I stay in bed most of the time because of my back.",
)
RMDQ = Instrument(
    code="RMDQ",
    title="Roland-Morris disability questionnaire",
    instruction=(
        "Tick a sentence only if you are sure that it describes you today. If none does, say so at the end."
    ),
    items=tuple(
        Item(f"rmdq_{number}", text, maximum=1, kind=AnswerKind.TICK)
        for number, text in enumerate(_RMDQ_STATEMENTS, start=1)
    ),
    score_minimum=Decimal(0),
    score_maximum=Decimal(24),
    direction=Direction.HIGHER_IS_WORSE,
    minimum_answered=1,
    licence=Licence(
        may_ship_text=True,
        terms="Roland MO, Morris RW. A study of the natural history of back pain, part 1. Spine 1983;8:141. "
        "No permission is required for this form: Roland M, Fairbank J. Spine 2000;25:3115-3124.",
        source="RMDQ-PHYSIO; Roland and Fairbank, Spine 2000;25:3115",
    ),
    smallest_change=SmallestChange(Decimal(5), Decimal("0.30"), "OSTELO08"),
    source="RMDQ-SCI; Roland and Morris, Spine 1983;8:141",
)

ODI = Instrument(
    code="ODI",
    title="Oswestry disability index",
    instruction="",
    items=tuple(Item(f"odi_{number}", "", maximum=5) for number in range(1, 11)),
    score_minimum=Decimal(0),
    score_maximum=Decimal(100),
    direction=Direction.HIGHER_IS_WORSE,
    minimum_answered=8,
    licence=Licence(
        may_ship_text=False,
        terms="© Jeremy Fairbank, through Mapi Research Trust. A site with a licence brings the form.",
        source="ODI-IP",
    ),
    smallest_change=SmallestChange(Decimal(10), Decimal("0.30"), "OSTELO08"),
    source="ODI-SCORE",
)

PGIC = Instrument(
    code="PGIC",
    title="Overall change since the treatment",
    instruction="Choose one answer.",
    items=(
        Item(
            "pgic",
            "Since the treatment, how have you been overall?",
            minimum=1,
            maximum=7,
            labels=(
                "Very much improved",
                "Much improved",
                "Minimally improved",
                "No change",
                "Minimally worse",
                "Much worse",
                "Very much worse",
            ),
        ),
    ),
    score_minimum=Decimal(1),
    score_maximum=Decimal(7),
    # Both directions are in use; this one, 1 for the best, is that of the scale's origin (general knowledge).
    direction=Direction.HIGHER_IS_WORSE,
    minimum_answered=1,
    licence=_GENERIC_SCALE,
    smallest_change=None,
    source="clinical.md §5.1 (general knowledge); a response is 2, much improved, or better",
)

INSTRUMENTS: dict[str, Instrument] = {
    instrument.code: instrument for instrument in (NRS_BACK, NRS_LEG, PEG, RMDQ, ODI, PGIC)
}
