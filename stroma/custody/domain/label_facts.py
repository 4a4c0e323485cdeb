"""The facts a label is made of, and every reason why they do not make one.

Nothing is left out of a label for want of a fact: an unknown is a reason not to print, and so is a fact that
is impossible or that contradicts another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stroma.custody.domain.isbt128.build import build, build_divisions
from stroma.custody.domain.isbt128.dates import write_day
from stroma.custody.domain.isbt128.din import Din
from stroma.custody.domain.isbt128.product_code import (
    LOCAL,
    SEE_032,
    THREE_DIGIT_DIVISION,
    WITH_032,
    is_division,
    is_product,
    layout_of,
)
from stroma.custody.domain.isbt128.scan_error import Fault, ScanError
from stroma.custody.domain.label_statements import DonorRelation
from stroma.protocols.domain.blocker import Blocker


class LabelPurpose(StrEnum):
    """What the labeled container is for: how much must be known about what is in it."""

    COLLECTION = "COLLECTION"
    IN_PROCESS = "IN_PROCESS"
    PRODUCT = "PRODUCT"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts:
    """Everything a label is made of; None means not known.

    Times are aware. ``product_code`` is the five-character product description code, ``division`` two
    characters, and ``division_code`` the content of structure 032 when the division is 99.
    ``chain_of_identity`` is the content of structure 040, where a therapy has one.
    ``recipient_identifiers`` are two for an assigned container and none for a donor's cells that nobody is
    chosen for yet. ``donor_risk_found`` says that screening or a test shows a relevant agent or risk factor;
    ``reactive_agents`` names those tests were reactive for.
    """

    purpose: LabelPurpose
    is_simulated: bool  # made by a simulated clinic: no such cells exist, whatever the number says
    din: Din | None
    product_code: str | None
    collection_type: str | None
    division: str | None
    division_code: str | None = None
    chain_of_identity: str | None = None
    product_name: str | None
    donor_relation: DonorRelation | None
    recipient_identifiers: tuple[str, ...] | None = field(repr=False)
    collection_facility: str | None
    collected_at: datetime | None
    expires_at: datetime | None
    zone_name: str | None
    storage_temperature: str | None
    volume_ml: Decimal | None
    viable_cells: int | None
    viability_fraction: Decimal | None
    investigational: bool | None
    donor_screening_complete: bool | None
    donor_testing_complete: bool | None
    donor_risk_found: bool | None
    reactive_agents: tuple[str, ...] | None
    establishment_name: str | None
    establishment_address: str | None


_FACT_ELEMENTS = "FACT/JACIE label elements (general knowledge, unconfirmed)"
_TRACEABILITY = "ST-001 v6.2.2 §7.3.1"
_CLINIC_RULE = "clinical.md §6.5 (rule)"
_DONOR_STATUS = "21 CFR 1271.90(c), 1271.65(b)(2): no label without a known infection status"

NEEDED: Mapping[str, str] = MappingProxyType(
    {
        "din": f"21 CFR 1271.370(b)(1); {_TRACEABILITY}",
        "product_code": _TRACEABILITY,
        "collection_type": _TRACEABILITY,
        "division": _TRACEABILITY,
        "product_name": "21 CFR 1271.370(b)(2)",
        "donor_relation": "21 CFR 1271.90(c)(1)",
        "recipient_identifiers": _CLINIC_RULE,
        "collection_facility": _FACT_ELEMENTS,
        "collected_at": _FACT_ELEMENTS,
        "zone_name": "ST-001 v6.2.2 §7.4.4.2",
        "storage_temperature": "21 CFR 1271.370(c)(2)",
        "volume_ml": _CLINIC_RULE,
        "investigational": "21 CFR 312.6(a)",
        "donor_screening_complete": _DONOR_STATUS,
        "donor_testing_complete": _DONOR_STATUS,
        "donor_risk_found": _DONOR_STATUS,
        "reactive_agents": _DONOR_STATUS,
        "establishment_name": "21 CFR 1271.370(c)(1)",
        "establishment_address": "21 CFR 1271.370(c)(1)",
    }
)
"""The facts every label needs, each with the rule that asks for it."""

NEEDED_ON_A_PRODUCT: Mapping[str, str] = MappingProxyType(
    {
        "expires_at": "21 CFR 1271.370(b)(3)",
        "viable_cells": _CLINIC_RULE,
        "viability_fraction": _CLINIC_RULE,
    }
)
"""What a product's label needs beside; tissue and cultures may not have it yet."""

# ST-001 table 7. Type A, autologous but open to others, is not here: it contradicts FOR AUTOLOGOUS USE ONLY.
COLLECTION_TYPES: Mapping[tuple[DonorRelation, bool], frozenset[str]] = MappingProxyType(
    {
        (DonorRelation.AUTOLOGOUS, False): frozenset("018"),
        (DonorRelation.AUTOLOGOUS, True): frozenset("0X8"),
        (DonorRelation.ALLOGENEIC, False): frozenset("0V2457"),
        (DonorRelation.ALLOGENEIC, True): frozenset("0V3567"),
    }
)
"""The collection types that do not contradict the donor's relation and whether a biohazard was found."""


def label_blockers(facts: LabelFacts) -> list[Blocker]:
    """Every reason not to print: a fact that is unknown or impossible, or two that contradict each other.

    Raises ValueError for a time without a zone, which is a mistake of the program and not of a person.
    """
    for name in ("collected_at", "expires_at"):
        at: datetime | None = getattr(facts, name)
        if at is not None and at.utcoffset() is None:
            raise ValueError(f"{name} must be aware")
    return [
        *_missing(facts),
        *_recipient_blockers(facts),
        *_product_code_blockers(facts),
        *_chain_of_identity_blockers(facts),
        *_number_blockers(facts),
        *_time_blockers(facts),
    ]


def _missing(facts: LabelFacts) -> Iterator[Blocker]:
    needed = {**NEEDED, **(NEEDED_ON_A_PRODUCT if facts.purpose is LabelPurpose.PRODUCT else {})}
    for name, source in needed.items():
        value = getattr(facts, name)
        if value is None or (isinstance(value, str) and not value.strip()):
            yield Blocker("label_fact_missing", {"fact": name}, source)


def _recipient_blockers(facts: LabelFacts) -> Iterator[Blocker]:
    """Two identifiers that differ, or none at all on a donor's cells that nobody is chosen for yet."""
    identifiers = facts.recipient_identifiers
    if identifiers is None:
        return
    if not identifiers and facts.donor_relation is DonorRelation.ALLOGENEIC:
        return
    # The identifiers themselves stay out of the reason: reasons are shown and recorded in more places than
    # labels.
    distinct = len({identifier.strip().casefold() for identifier in identifiers} - {""})
    if distinct < 2 or distinct < len(identifiers):
        yield Blocker("label_needs_two_identifiers", {"given": distinct}, NEEDED["recipient_identifiers"])


def _product_code_blockers(facts: LabelFacts) -> Iterator[Blocker]:
    """The code's form; local codes (A to D) use the same types and divisions, by Stroma's own rule."""
    pdc, division, collection_type = facts.product_code, facts.division, facts.collection_type
    if pdc:
        try:
            layout = layout_of(pdc) if is_product(pdc) else None
        except Fault:
            layout = None
        if layout is None or layout == THREE_DIGIT_DIVISION:
            yield Blocker("label_product_code_not_for_cells", {"product_code": pdc}, "ST-001 v6.2.2 §2.4.3")
        elif division == SEE_032 and (layout == LOCAL or pdc[0] not in WITH_032):
            yield Blocker("label_division_not_for_code", {"product_code": pdc}, "ST-001 v6.2.2 §2.4.32")
    if division and not is_division(division):
        yield Blocker("label_division_malformed", {"division": division}, "ST-001 v6.2.2 §2.4.3")
    yield from _division_code_blockers(facts)
    relation, risk = facts.donor_relation, facts.donor_risk_found
    if collection_type and relation is not None and risk is not None and facts.reactive_agents is not None:
        has_finding = risk or bool(facts.reactive_agents)
        if collection_type not in COLLECTION_TYPES[relation, has_finding]:
            yield Blocker(
                "label_collection_type_contradicts",
                {"collection_type": collection_type, "relation": relation.value, "biohazard": has_finding},
                "ST-001 v6.2.2 table 7",
            )


def _division_code_blockers(facts: LabelFacts) -> Iterator[Blocker]:
    source = "ST-001 v6.2.2 §2.4.32"
    if facts.division is None:
        return
    if (facts.division == SEE_032) != (facts.division_code is not None):
        yield Blocker("label_division_code_and_99_go_together", {"division": facts.division}, source)
    elif facts.division_code is not None:
        try:
            build_divisions(facts.division_code)
        except ScanError:
            yield Blocker("label_division_malformed", {"division": facts.division_code}, source)


def _chain_of_identity_blockers(facts: LabelFacts) -> Iterator[Blocker]:
    if facts.chain_of_identity is not None:
        try:
            build("040", facts.chain_of_identity)
        except ScanError:
            yield Blocker("label_chain_of_identity_malformed", {}, "ST-001 v6.2.2 §2.4.40")


def _number_blockers(facts: LabelFacts) -> Iterator[Blocker]:
    """Amounts no container can hold."""
    volume, cells, viability = facts.volume_ml, facts.viable_cells, facts.viability_fraction
    impossible = {
        "volume_ml": volume is not None and not (volume.is_finite() and volume > 0),
        "viable_cells": cells is not None and not cells >= 0,
        "viability_fraction": viability is not None and not (viability.is_finite() and 0 <= viability <= 1),
    }
    for name, is_impossible in impossible.items():
        if is_impossible:
            yield Blocker(
                "label_number_impossible", {"fact": name, "value": str(getattr(facts, name))}, _CLINIC_RULE
            )


def _time_blockers(facts: LabelFacts) -> Iterator[Blocker]:
    zone = zone_of(facts.zone_name) if facts.zone_name else None
    if facts.zone_name and zone is None:
        yield Blocker("label_zone_unknown", {"zone_name": facts.zone_name}, NEEDED["zone_name"])
    for name in ("collected_at", "expires_at"):
        at: datetime | None = getattr(facts, name)
        if at is not None and zone is not None:
            try:
                write_day(at.astimezone(zone).date())
            except Fault:
                yield Blocker(
                    "label_year_not_encodable", {"fact": name, "year": at.year}, "ST-001 v6.2.2 §2.4.5"
                )
    if facts.collected_at and facts.expires_at and facts.expires_at <= facts.collected_at:
        yield Blocker(
            "label_expires_before_collection",
            {"collected_at": facts.collected_at.isoformat(), "expires_at": facts.expires_at.isoformat()},
            "21 CFR 1271.370(b)(3)",
        )


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, or None when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None
