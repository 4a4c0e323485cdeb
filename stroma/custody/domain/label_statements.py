"""Which warnings stand on a label of cells: legal wording, never translated, decided from six facts.

A qualified person reviews this table before it is used on patients. The sources say what was read in the
regulation and what rests on general knowledge; 21 CFR 1271.90(c) speaks of cells for autologous use, 1271.60
and 1271.65 of donors' cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class DonorRelation(StrEnum):
    """Whose cells they are, seen from the recipient."""

    AUTOLOGOUS = "AUTOLOGOUS"
    ALLOGENEIC = "ALLOGENEIC"


@dataclass(frozen=True, slots=True)
class Statement:
    """One warning:

    ``text`` is printed to the letter; ``has_biohazard_symbol`` asks for the drawing above it.
    """

    code: str
    text: str
    source: str
    has_biohazard_symbol: bool = False


TEST = Statement(
    "test", "TEST - NOT FOR CLINICAL USE", "ST-001 v6.2.2 §5.3: facility numbers for validation only"
)
AUTOLOGOUS_ONLY = Statement("autologous_only", "FOR AUTOLOGOUS USE ONLY", "21 CFR 1271.90(c)(1)")
NOT_EVALUATED = Statement(
    "not_evaluated",
    "NOT EVALUATED FOR INFECTIOUS SUBSTANCES",
    "21 CFR 1271.90(c)(2), for donors' cells 1271.60(d)(2); when it applies: general knowledge, unconfirmed",
)
ADVISE_PATIENT = Statement(
    "advise_patient",
    # 1271.90(c)(3) is said to read "recipient", but it speaks of reproductive cells once autologous ones are
    # excepted; donors' cells for the back fall under 1271.65(b)(2), which reads "patient".
    "WARNING: Advise patient of communicable disease risks",
    "21 CFR 1271.65(b)(2) (2008 edition) for a donor with a risk; 1271.60(d)(2) before the determination is "
    "complete: general knowledge, unconfirmed",
)
BIOHAZARD = Statement(
    "biohazard",
    "BIOHAZARD",
    "21 CFR 1271.3(h) and 1271.65(b)(2); for autologous use 1271.90(c)(4): general knowledge, unconfirmed",
    has_biohazard_symbol=True,
)
REACTIVE_PREFIX = "WARNING: Reactive test results for "
REACTIVE_SOURCE = "21 CFR 1271.65(b)(2); for autologous use 1271.90(c)(5): general knowledge, unconfirmed"
INVESTIGATIONAL = Statement(
    "investigational",
    "Caution: New Drug--Limited by Federal (or United States) law to investigational use",
    "21 CFR 312.6(a)",
)


def label_statements(
    *,
    relation: DonorRelation,
    is_screening_complete: bool,
    is_testing_complete: bool,
    has_risk: bool,
    reactive_agents: Sequence[str],
    is_investigational: bool,
    is_test: bool,
) -> tuple[Statement, ...]:
    """The warnings of one label in the order they are printed.

    ``has_risk`` means that screening or a test shows a relevant agent or a risk factor; a reactive test is
    such a finding even when it was not said. All facts must be known: a caller that does not know one prints
    no label.
    """
    is_autologous = relation is DonorRelation.AUTOLOGOUS
    is_evaluated = is_screening_complete and is_testing_complete
    has_finding = has_risk or bool(reactive_agents)
    statements = (
        (TEST, is_test),
        (AUTOLOGOUS_ONLY, is_autologous),
        (NOT_EVALUATED, not is_evaluated),
        (ADVISE_PATIENT, not is_autologous and (not is_evaluated or has_finding)),
        (BIOHAZARD, has_finding),
        (reactive_statement(reactive_agents), bool(reactive_agents)),
        (INVESTIGATIONAL, is_investigational),
    )
    return tuple(statement for statement, applies in statements if applies)


def reactive_statement(agents: Sequence[str]) -> Statement:
    """The warning that names every agent a test was reactive for."""
    return Statement("reactive", REACTIVE_PREFIX + ", ".join(agents), REACTIVE_SOURCE)
