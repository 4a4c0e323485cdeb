"""Whether tissue may be collected, and whether it is enough."""

from decimal import Decimal

from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Protocol


def collection_blockers(
    protocol: Protocol,
    *,
    amount: Decimal,
    is_autologous: bool,
    has_course: bool,
    course_is_open: bool,
    consent_is_valid: bool,
    donor_is_patient: bool,
) -> list[Blocker]:
    """Every reason why this collection cannot be recorded."""
    rule = protocol.collection
    if rule is None:
        return [Blocker("protocol_collects_nothing", {}, protocol.key)]
    blockers = []
    if not rule.amount_min <= float(amount) <= rule.amount_max:
        values = {"amount": amount, "least": rule.amount_min, "most": rule.amount_max, "unit": rule.unit}
        blockers.append(Blocker("amount_out_of_range", values, rule.source))
    if is_autologous and not has_course:
        blockers.append(Blocker("collection_without_course", {}, "21 CFR 1271.90"))
    if has_course:
        if not course_is_open:
            blockers.append(Blocker("course_not_open", {}, "Stroma courses"))
        if not consent_is_valid:
            blockers.append(Blocker("consent_missing", {}, protocol.consent.source))
        if is_autologous and not donor_is_patient:
            blockers.append(Blocker("cells_of_somebody_else", {}, "21 CFR 1271.90(c)"))
    return blockers
