"""Whether a donor's cells may go to somebody else (21 CFR 1271 subpart C)."""

from collections.abc import Mapping
from enum import StrEnum

from stroma.custody.domain.states import LotState
from stroma.protocols.domain.blocker import Blocker

REQUIRED_AGENTS = ("HIV-1/2", "HIV-1 NAT", "HBV", "HCV", "syphilis", "HTLV", "CMV")
"""Tests of an allogeneic donor (clinical.md §6.4; the list there is general knowledge, unconfirmed)."""

SOURCE = "21 CFR 1271.45-1271.90"


class Relation(StrEnum):
    """Whether donor and recipient are one person."""

    AUTOLOGOUS = "AUTOLOGOUS"
    ALLOGENEIC = "ALLOGENEIC"


def missing_agents(results: Mapping[str, str]) -> tuple[str, ...]:
    """The required agents without a result."""
    return tuple(agent for agent in REQUIRED_AGENTS if agent not in results)


def eligibility_blockers(
    *, relation: Relation, is_screened: bool, has_risk: bool, results: Mapping[str, str]
) -> list[Blocker]:
    """Why a donor cannot be called eligible. An autologous donor needs no determination (1271.90)."""
    if relation is Relation.AUTOLOGOUS:
        return []
    blockers = []
    if not is_screened:
        blockers.append(Blocker("donor_not_screened", {}, SOURCE))
    elif has_risk:
        blockers.append(Blocker("donor_has_risk", {}, SOURCE))
    if missing := missing_agents(results):
        blockers.append(Blocker("donor_tests_missing", {"agents": ", ".join(missing)}, SOURCE))
    reactive = sorted(
        agent for agent, result in results.items() if result != "NON_REACTIVE" and agent != "CMV"
    )
    if reactive:
        blockers.append(Blocker("donor_reactive", {"agents": ", ".join(reactive)}, SOURCE))
    return blockers


def recipient_blockers(
    *, relation: Relation, parent_state: LotState, donor_is_patient: bool, may_be_used: bool
) -> list[Blocker]:
    """Why no part of a lot is set aside for this recipient."""
    if parent_state is not LotState.RELEASED:
        state = parent_state.value.lower().replace("_", " ")
        return [Blocker("parent_not_released", {"state": state}, "Stroma custody")]
    if relation is Relation.AUTOLOGOUS:
        return [] if donor_is_patient else [Blocker("cells_of_somebody_else", {}, "21 CFR 1271.90(c)")]
    return [] if may_be_used else [Blocker("donor_not_determined", {}, "21 CFR 1271.50")]
