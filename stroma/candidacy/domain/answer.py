"""An answer to a question of candidacy, and where it came from. Nothing is assumed unseen."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from stroma.candidacy.domain.findings import Finding

Value = bool | int | float | str


class Origin(StrEnum):
    """Where an answer came from."""

    RECORD = "record"  # the patient's record says it, and it still holds
    ASKED = "asked"  # somebody asked and was told
    ASSUMED = "assumed"  # taken from an example, because nobody said
    DERIVED = "derived"  # worked out from other answers


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``basis`` is the entry or the file it rests on; ``note`` what a reader should know."""

    variable: str
    value: Value
    origin: Origin
    basis: str = ""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it is stored with an assessment."""
        return asdict(self) | {"origin": self.origin.value}


def gather(
    found: Mapping[str, Finding],
    asked: Mapping[str, Value],
    assumed: Mapping[str, Value],
    *,
    basis: str = "",
    assumed_basis: str = "",
) -> tuple[dict[str, Answer], list[str]]:
    """One answer for each variable, and the variables on which what was said contradicts the record.

    A current finding of the record stands before what was said, so that a warfarin prescription is not talked away;
    the contradiction is reported. What was asked stands before what is assumed. A finding that no longer holds is not
    used; its note goes with the answer that replaces it.
    """
    answers: dict[str, Answer] = {}
    for variable in sorted({*found, *asked, *assumed}):
        finding = found.get(variable)
        old = f"the record's value ({finding.source_text}) no longer holds" if finding else ""
        if finding is not None and finding.is_current:
            answers[variable] = Answer(
                variable, finding.value, Origin.RECORD, finding.source_text, finding.note
            )
        elif variable in asked:
            answers[variable] = Answer(variable, asked[variable], Origin.ASKED, basis, old)
        elif variable in assumed:
            answers[variable] = Answer(variable, assumed[variable], Origin.ASSUMED, assumed_basis, old)
    contradicted = [
        variable
        for variable, answer in answers.items()
        if answer.origin is Origin.RECORD and variable in asked and asked[variable] != answer.value
    ]
    takes, plan = answers.get("takes_anticoagulant"), answers.get("has_anticoagulant_hold_plan")
    if takes is not None:
        without = bool(takes.value) and not (plan is not None and plan.value)
        answers["anticoagulant_without_hold_plan"] = Answer(
            "anticoagulant_without_hold_plan", without, Origin.DERIVED, takes.basis
        )
    return answers, contradicted
