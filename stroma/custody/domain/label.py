"""What stands on a label: warnings, lines for the eye and strings for the barcodes, from facts alone.

The same facts always give the same content, and the content names the version of this function that made it,
so that a printed label can be archived and explained years later. How it is drawn, and on what size, is
decided elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any, TypeVar

from stroma.custody.domain.isbt128.build import (
    build,
    build_collection,
    build_compound,
    build_din,
    build_divisions,
    build_expiry,
    build_product_code,
)
from stroma.custody.domain.isbt128.product_code import LOCAL, SEE_032, layout_of
from stroma.custody.domain.label_facts import LabelFacts, label_blockers, zone_of
from stroma.custody.domain.label_statements import Statement, label_statements
from stroma.protocols.domain.blocker import Refused, stopping

LABEL_VERSION = "1"
"""Changes with anything that can change a printed label; old versions are kept ten years (FACT/JACIE)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LabelLine:
    """One line for the eye: ``field`` is the fact it shows."""

    field: str
    caption: str
    text: str


@dataclass(frozen=True, slots=True)
class LabelContent:
    """A label ready to be drawn.

    ``barcodes`` are keyed by structure number; ``compound`` holds them all, for the two-dimensional symbol.
    """

    version: str
    statements: tuple[Statement, ...]
    lines: tuple[LabelLine, ...] = field(repr=False)
    barcodes: Mapping[str, str] = field(hash=False)
    compound: str

    def as_dict(self) -> dict[str, Any]:
        """The content as plain values, for the archive of printed labels."""
        return {
            "version": self.version,
            "statements": [asdict(statement) for statement in self.statements],
            "lines": [asdict(line) for line in self.lines],
            "barcodes": dict(self.barcodes),
            "compound": self.compound,
        }


class NotPrintable(Refused):
    """A label cannot be printed; ``blockers`` holds every reason."""


def label_content(facts: LabelFacts) -> LabelContent:
    """The label these facts make. Raises NotPrintable with every blocker of :func:`label_blockers`."""
    if blockers := stopping(label_blockers(facts)):
        raise NotPrintable(blockers)
    barcodes = _barcodes(facts)
    return LabelContent(
        version=LABEL_VERSION,
        statements=_statements(facts),
        lines=tuple(line for line in _lines(facts) if line.text),
        barcodes=barcodes,
        compound=build_compound(list(barcodes.values())),
    )


def _known(fact: T | None) -> T:
    """The fact, which the blockers have already asked for."""
    if fact is None:
        raise ValueError("a fact is printed that no rule asks for")
    return fact


def _statements(facts: LabelFacts) -> tuple[Statement, ...]:
    return label_statements(
        relation=_known(facts.donor_relation),
        is_screening_complete=_known(facts.donor_screening_complete),
        is_testing_complete=_known(facts.donor_testing_complete),
        has_risk=_known(facts.donor_risk_found),
        reactive_agents=_known(facts.reactive_agents),
        is_investigational=_known(facts.investigational),
        is_test=facts.is_simulated or _known(facts.din).is_test,
    )


def _barcodes(facts: LabelFacts) -> dict[str, str]:
    """The barcode strings by structure number; times in the label's zone, which the barcode cannot carry."""
    pdc, collection_type, division = (
        _known(facts.product_code),
        _known(facts.collection_type),
        _known(facts.division),
    )
    if layout_of(pdc) == LOCAL:
        product = build_product_code(pdc, local_part=collection_type + division)
    else:
        product = build_product_code(pdc, collection_type=collection_type, division=division)
    barcodes = {"001": build_din(_known(facts.din)), "003": product}
    if division == SEE_032:
        barcodes["032"] = build_divisions(_known(facts.division_code))
    if facts.expires_at is not None:
        barcodes["005"] = build_expiry(_local(facts, facts.expires_at).replace(tzinfo=None))
    barcodes["007"] = build_collection(_local(facts, _known(facts.collected_at)).replace(tzinfo=None))
    if facts.chain_of_identity is not None:
        barcodes["040"] = build("040", facts.chain_of_identity)
    return barcodes


def _lines(facts: LabelFacts) -> Iterator[LabelLine]:
    pdc, collection_type, division = facts.product_code, facts.collection_type, facts.division
    yield LabelLine("din", "Donation number", _known(facts.din).chunked_with_check())
    yield LabelLine("chain_of_identity", "Chain of identity", facts.chain_of_identity or "")
    yield LabelLine("product_name", "Product", _known(facts.product_name))
    yield LabelLine("product_code", "Product code", f"{pdc}{collection_type}{division}")
    yield LabelLine("division_code", "Division", facts.division_code or "")
    yield LabelLine("recipient_identifiers", "Recipient", " · ".join(_known(facts.recipient_identifiers)))
    yield LabelLine("collected_at", "Collected", _time_text(facts, _known(facts.collected_at)))
    yield LabelLine("expires_at", "Expires", _time_text(facts, facts.expires_at) if facts.expires_at else "")
    yield LabelLine("storage_temperature", "Store at", _known(facts.storage_temperature))
    yield LabelLine("volume_ml", "Volume", f"{_known(facts.volume_ml):f} mL")
    yield LabelLine("viable_cells", "Viable cells", _cells_text(facts.viable_cells))
    yield LabelLine("viability_fraction", "Viability", _percent_text(facts.viability_fraction))
    yield LabelLine("collection_facility", "Collected by", _known(facts.collection_facility))
    establishment = f"{facts.establishment_name}, {facts.establishment_address}"
    yield LabelLine("establishment_name", "Made available by", establishment)


def _local(facts: LabelFacts, at: datetime) -> datetime:
    return at.astimezone(_known(zone_of(_known(facts.zone_name))))


def _time_text(facts: LabelFacts, at: datetime) -> str:
    """``2026-03-09 15:30 CET (14:30 UTC)``: with zone and UTC, for shipping across zones (ST-001 §7.4.4.2).

    Seconds are cut off as in the barcode, so that what is read never allows more time than what was decided.
    """
    local, utc = _local(facts, at), at.astimezone(UTC)
    utc_text = f"{utc:%H:%M}" if utc.date() == local.date() else f"{utc:%Y-%m-%d %H:%M}"
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()} ({utc_text} UTC)"


def _cells_text(cells: int | None) -> str:
    """Millions with two decimals, rounded down: a label never promises a cell that was not counted."""
    if cells is None:
        return ""
    return f"{(Decimal(cells) / 1_000_000).quantize(Decimal('0.01'), ROUND_DOWN):f} × 10⁶"


def _percent_text(fraction: Decimal | None) -> str:
    """Percent with one decimal, rounded down: 0.6999 must not read as the limit of 70."""
    return "" if fraction is None else f"{(fraction * 100).quantize(Decimal('0.1'), ROUND_DOWN):f} %"
