"""Who may do what: roles, and the rule that everything is denied unless it is granted."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from stroma.protocols.domain.blocker import Blocker


class Role(StrEnum):
    """A part a person plays at a site. One person may play several; no person signs for two."""

    PATIENT = "PATIENT"
    COORDINATOR = "COORDINATOR"
    PHYSIATRIST = "PHYSIATRIST"
    NURSE = "NURSE"
    TECHNOLOGIST = "TECHNOLOGIST"
    QUALITY = "QUALITY"
    ANALYST = "ANALYST"
    ADMINISTRATOR = "ADMINISTRATOR"
    THERAPIST = "THERAPIST"
    SURGEON = "SURGEON"


CLINICIANS = frozenset({Role.PHYSIATRIST, Role.SURGEON})
CARERS = frozenset({Role.PHYSIATRIST, Role.SURGEON, Role.NURSE, Role.COORDINATOR, Role.THERAPIST})
LABORATORY = frozenset({Role.TECHNOLOGIST, Role.QUALITY})
STAFF = frozenset(Role) - {Role.PATIENT}


def authority_blockers(
    held: Collection[Role], wanted: Collection[Role], *, is_active: bool, at: datetime
) -> list[Blocker]:
    """Why a person with the roles ``held`` at ``at`` may not do what asks for one of the roles ``wanted``."""
    blockers = []
    if not is_active:
        blockers.append(Blocker("account_closed", {"at": at}, "21 CFR 11.10(d)"))
    if not frozenset(held) & frozenset(wanted):
        values = {"wanted": ", ".join(sorted(role.value.lower() for role in wanted)), "at": at}
        blockers.append(Blocker("role_missing", values, "21 CFR 11.10(g)"))
    return blockers
