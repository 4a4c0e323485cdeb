"""Published results as data: one row for each study, arm, time and outcome, read whole or not at all."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from stroma.protocols.domain.problem import BadInput, Problem

COLUMNS = (
    "study_id",
    "citation",
    "year",
    "design",
    "indication",
    "arm_label",
    "arm_class",
    "n",
    "outcome",
    "months",
    "mean",
    "sd",
    "events",
    "source_note",
    "confidence",
)


class Design(StrEnum):
    """How much a study's way of asking can tell. These are never pooled and never share a picture."""

    BLINDED = "blinded"
    OPEN_CONTROLLED = "open_controlled"
    UNCONTROLLED = "uncontrolled"


DESIGNS: Mapping[str, Design] = {
    "rct_double_blind_sham": Design.BLINDED,
    "rct_double_blind_placebo": Design.BLINDED,
    "rct_double_blind_active": Design.BLINDED,
    "rct_single_blind": Design.OPEN_CONTROLLED,
    "rct_open_label": Design.OPEN_CONTROLLED,
    "rct_open_label_masked_assessor": Design.OPEN_CONTROLLED,
    "rct_plus_cohort_as_treated": Design.OPEN_CONTROLLED,
    "pooled_rct_arms": Design.OPEN_CONTROLLED,
    "nonrandomised_open_label_controlled": Design.OPEN_CONTROLLED,
    "single_arm_open_label": Design.UNCONTROLLED,
    "retrospective_single_arm": Design.UNCONTROLLED,
}
"""The file's own words. A trial in which the patients knew their treatment is an open one, whoever else was masked."""


class Outcome(StrEnum):
    """What was measured. The scales run from 0 to 100 and higher is worse; responders are people."""

    PAIN = "pain_0_100"
    DISABILITY = "odi_0_100"
    RESPONDERS = "responder_50pct_pain"


ARM_CLASSES = frozenset(
    {"bmac", "msc_expanded", "sham", "surgery", "physical_therapy", "medication", "epidural_steroid", "other"}
)


@dataclass(frozen=True, slots=True)
class Result:
    """One value of one arm at one time.

    ``n`` is how many patients stand behind it (none: not known); ``mean`` and ``sd`` on a 0–100 scale, higher is
    worse; ``events`` responders. A row without mean and events is a place-holder: a trial whose numbers were not
    found, kept so that it is not forgotten.
    """

    study: str
    citation: str
    design: Design
    arm: str
    arm_class: str
    n: int | None
    outcome: Outcome
    months: float
    mean: float | None
    sd: float | None
    events: int | None
    note: str
    is_checked: bool

    @property
    def is_placeholder(self) -> bool:
        """Whether the row only names a trial."""
        return self.mean is None and self.events is None


def read_results(text: str, *, file: str) -> list[Result]:
    """The results that ``text`` (CSV with ``COLUMNS``) holds. Raises BadInput with every fault and its line."""
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise BadInput([Problem("columns", f"the columns are {', '.join(COLUMNS)}", file, line=1)])
    results, problems = [], []
    for row in reader:
        faults = _faults(row)
        problems += [
            Problem("evidence", message, file, column, reader.line_num) for column, message in faults.items()
        ]
        if not faults:
            results.append(_result(row))
    if problems:
        raise BadInput(problems)
    return results


def _faults(row: Mapping[str, str]) -> dict[str, str]:
    faults = {
        column: "a value is missing" for column in ("study_id", "citation", "arm_label") if not row[column]
    }
    for column, known in (
        ("design", frozenset(DESIGNS)),
        ("outcome", frozenset(Outcome)),
        ("arm_class", ARM_CLASSES),
        ("confidence", frozenset({"sourced", "memory"})),
    ):
        if row[column] not in known:
            faults[column] = f"{row[column]!r} is none of {', '.join(sorted(known))}"
    for column in ("n", "events"):
        if row[column] and not row[column].isdigit():
            faults[column] = "a whole number"
    for column, low, high in (
        ("months", 0, 1200),
        ("mean", 0, 100),
        ("sd", 0, 100),
    ):
        if row[column] and not low <= _number(row[column]) <= high:
            faults[column] = f"a number from {low} to {high:g}"
    if not faults and row["events"] and (not row["n"] or int(row["events"]) > int(row["n"])):
        faults["events"] = "more responders than patients"
    if not row["months"]:
        faults["months"] = "a value is missing"
    return faults


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _result(row: Mapping[str, str]) -> Result:
    return Result(
        study=row["study_id"],
        citation=row["citation"],
        design=DESIGNS[row["design"]],
        arm=row["arm_label"],
        arm_class=row["arm_class"],
        n=int(row["n"]) if row["n"] else None,
        outcome=Outcome(row["outcome"]),
        months=float(row["months"]),
        mean=float(row["mean"]) if row["mean"] else None,
        sd=float(row["sd"]) if row["sd"] else None,
        events=int(row["events"]) if row["events"] else None,
        note=row["source_note"],
        is_checked=row["confidence"] == "sourced",
    )
