"""The catalogue of what candidacy may ask: each variable's name, kind, unit and plain question.

A criterion of a protocol names one of these. The candidacy step collects the answers and judges them; here
is only what may be asked, so that a protocol can be checked without it.
"""

import sys
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "word", "bool"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One thing to know about a patient.

    ``minimum`` and ``maximum`` are the ends of a number's scale, both included, where it has ends; ``words``
    are the answers that a word may take. ``derived`` is worked out from other answers and never asked.
    """

    name: str
    kind: Kind
    question: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    words: tuple[str, ...] = ()
    derived: bool = False


def _number(
    name: str, question: str, unit: str, minimum: float | None = 0, maximum: float | None = None
) -> Variable:
    return Variable(name, "number", question, unit, minimum, maximum)


def _word(name: str, question: str, *words: str) -> Variable:
    return Variable(name, "word", question, words=words)


def _bool(name: str, question: str) -> Variable:
    return Variable(name, "bool", question)


_ALL = (
    _number("age_years", "How old is the patient?", "years"),
    _bool("is_deceased", "Has the patient died?"),
    _number("pain_months", "For how many months has the back hurt?", "mo"),
    _number("sciatica_weeks", "For how many weeks has pain run down the leg?", "wk"),
    _number(
        "conservative_care_months",
        "For how many months was ordinary treatment tried without enough help?",
        "mo",
    ),
    _bool("supervised_physical_therapy", "Was supervised physical therapy part of it?"),
    _number("pain_nrs", "How bad is the pain, from 0 (none) to 10 (worst imaginable)?", "NRS 0-10", 0, 10),
    _number("odi_percent", "What is the Oswestry Disability Index?", "%", 0, 100),
    _number(
        "pfirrmann_modified_grade",
        "Which grade has the disc on the modified Pfirrmann scale?",
        "grade 1-8",
        1,
        8,
    ),
    _number("disc_height_percent", "How much of the disc's height is kept?", "%", 0, 100),
    _number("levels_affected", "How many discs or joints are painful?", "levels"),
    _number("modic_type", "Which Modic type has the bone beside the disc (0 for none)?", "type 0-3", 0, 3),
    _number("leg_pain_fraction", "How bad is the leg pain, as a fraction of the back pain?", "leg/back"),
    _number(
        "facet_block_relief_percent",
        "How much of the pain did a diagnostic facet block take away?",
        "%",
        0,
        100,
    ),
    _word(
        "herniation_type",
        "Which kind of herniation does the MRI show?",
        "none",
        "bulge",
        "contained",
        "extruded",
        "sequestered",
    ),
    _bool("motor_deficit", "Is a muscle weak because of the nerve root?"),
    _word("stenosis_grade", "How narrow is the spinal canal?", "none", "mild", "moderate", "severe"),
    _number("translation_mm", "How far do the vertebrae slide between bending forward and back?", "mm"),
    _number(
        "angulation_degrees", "How far does the segment tilt between bending forward and back?", "degrees"
    ),
    _number(
        "spondylolisthesis_grade",
        "Which Meyerding grade has a slipped vertebra (0 for none)?",
        "Meyerding grade",
        0,
        4,
    ),
    _bool("fusion_at_level", "Is the level to be treated fused?"),
    _bool("prior_lumbar_surgery", "Was the lumbar spine operated on before?"),
    _number(
        "weeks_since_steroid",
        "How many weeks ago was the last steroid (520 for never or longer)?",
        "wk",
        0,
        520,
    ),
    _bool("is_pregnant_or_breastfeeding", "Is the patient pregnant or breastfeeding?"),
    _bool("has_active_infection", "Is there an active infection?"),
    _bool("has_cancer", "Is there cancer now, or was there within 5 years?"),
    _bool("is_immunosuppressed", "Is the immune system suppressed by a drug or a disease?"),
    _bool("has_inflammatory_arthritis", "Is there inflammatory arthritis?"),
    _bool("has_bleeding_disorder", "Is there a bleeding disorder?"),
    _number("platelets_per_nl", "How many platelets are in the blood?", "10^9/L"),
    _bool("takes_anticoagulant", "Does the patient take an anticoagulant?"),
    _bool("has_anticoagulant_hold_plan", "Is there a plan, agreed with the prescriber, for pausing it?"),
    Variable(
        "anticoagulant_without_hold_plan",
        "bool",
        "Is an anticoagulant taken without such a plan?",
        derived=True,
    ),
    _number("hemoglobin_g_dl", "What is the hemoglobin?", "g/dL"),
    _number("hba1c_percent", "What is the HbA1c?", "%", 0, 100),
    _number("bmi", "What is the body mass index?", "kg/m2"),
    _bool(
        "has_relevant_allergy",
        "Is there an allergy to contrast, antibiotic, anesthetic, DMSO, bovine or platelet product?",
    ),
    _bool("takes_high_dose_opioid", "Does the patient take an opioid in high dose for long?"),
    _bool("mri_impossible", "Is MRI impossible?"),
    _bool(
        "has_litigation_or_severe_psychiatric_illness",
        "Is there a lawsuit about the back, or severe uncontrolled psychiatric illness?",
    ),
    _bool("smokes", "Does the patient smoke?"),
    _bool("understands_unapproved", "Does the patient understand that the product is not approved?"),
    _bool("has_capacity_to_consent", "Is the patient able to consent?"),
    _bool("has_tooth_to_extract", "Must a tooth be extracted for a dental reason?"),
    _bool("donor_lot_available", "Is a released lot of an eligible donor in stock?"),
)

VARIABLES: dict[str, Variable] = {variable.name: variable for variable in _ALL}
"""Name to variable, in the order in which they are asked."""

_TESTS: dict[Kind, tuple[str, ...]] = {
    "number": (">=", "<=", ">", "<", "=="),
    "word": ("==", "in"),
    "bool": ("is_true", "is_false"),
}


def question_fault(variable: object, test: object, limit: object) -> tuple[str, str] | None:
    """What is wrong with asking ``test`` of ``variable``, or None when it can be asked.

    The first part is the key at fault (``variable``, ``test`` or ``limit``), the second the sentence.
    """
    if not isinstance(variable, str):
        return None
    known = VARIABLES.get(variable)
    if known is None:
        return "variable", f"{variable!r} is no variable of candidacy{_nearest(variable)}"
    if isinstance(test, str) and test not in _TESTS[known.kind]:
        return "test", f"{variable} is a {known.kind}: its test is one of {', '.join(_TESTS[known.kind])}"
    if known.kind == "word":
        words = limit if isinstance(limit, list) else [limit]
        if unknown := [word for word in words if word not in known.words]:
            named = ", ".join(repr(word) for word in unknown)
            return "limit", f"{named} is no answer to {variable}: {', '.join(known.words)}"
    if known.kind == "number" and isinstance(limit, int | float) and not isinstance(limit, bool):
        low, high = known.minimum, known.maximum
        # Beyond what a float holds it is a fault of its own, which the schema tells.
        is_off = (low is not None and limit < low) or (high is not None and limit > high)
        if is_off and abs(limit) <= sys.float_info.max:
            scale = f"{low:g} to {high:g}" if low is not None and high is not None else f"at least {low:g}"
            return "limit", f"limit {limit:g} is off the scale of {variable}: {scale}"
    return None


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, VARIABLES, n=1)
    return f"; did you mean {near[0]}?" if near else ""
