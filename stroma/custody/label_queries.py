"""Reads about printed labels and about what a site calls its products."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import protocol_of
from stroma.custody.domain.label_sizes import DEFAULT_SIZE, LABEL_SIZES, LabelSize
from stroma.custody.domain.products import product_code
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.label_pdf import PrintedLabel
from stroma.custody.models import Label, Lot, SiteProductCode
from stroma.custody.queries import label_for
from stroma.look.paging import Page, page_of
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Donor, Protocol

# --- What became of printed labels -------------------------------------------------------------------------


def unaccounted_labels(lot: Lot) -> list[Label]:
    """The labels of a lot of which nobody has said yet what became of them, the oldest first."""
    return list(
        Label.objects.filter(material__lot=lot, state=Label.State.PRINTED)
        .select_related("material")
        .order_by("printed_at", "id")
    )


def labels_with_other_cells(lot: Lot) -> list[Label]:
    """Labels on held containers of a lot that tell other cells than the record does, as after a corrected count."""
    on_them = Label.objects.filter(
        material__lot=lot, material__state=MaterialState.HELD.value, state=Label.State.APPLIED
    ).select_related("material__lot__course__patient", "material__lot__donor", "material__place")
    return [
        one for one in on_them if _told_cells(one.content) != _told_cells(label_for(one.material).as_dict())
    ]


def _told_cells(content: dict[str, Any]) -> list[str]:
    lines = content["lines"]
    return [line["text"] for line in lines if line["field"] in {"viable_cells", "viability_fraction"}]


def open_labels(site: Site, state: Label.State) -> QuerySet[Label]:
    """The labels of a site that are in that state, the oldest first."""
    return (
        Label.objects.filter(material__lot__site=site, state=state)
        .select_related("material__lot", "material__place", "printed_by")
        .order_by("printed_at", "id")
    )


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """How many labels were printed for a lot, and what became of them."""

    lot: Lot
    printed: int
    applied: int
    destroyed: int
    missing: int

    @property
    def unaccounted(self) -> int:
        """Those of which nobody has said what became of them."""
        return self.printed - self.applied - self.destroyed - self.missing


def label_counts(site: Site, *, page: int = 1) -> Page[LabelCounts]:
    """The labels of the lots in process or quarantine, those with open ones first, a page at a time."""
    lots = (
        Lot.objects.filter(site=site, state__in=[LotState.IN_PROCESS, LotState.QUARANTINE])
        .annotate(
            printed=Count("materials__labels"),
            applied=_count(Label.State.APPLIED),
            destroyed=_count(Label.State.DESTROYED),
            missing=_count(Label.State.MISSING),
        )
        .filter(printed__gt=0)
        .annotate(is_open=Q(printed__gt=F("applied") + F("destroyed") + F("missing")))
        .order_by("-is_open", "made_at", "id")
    )
    shown = page_of(lots, page)
    rows = [LabelCounts(lot, lot.printed, lot.applied, lot.destroyed, lot.missing) for lot in shown.rows]
    return Page(rows, shown.number, shown.has_more)


def _count(state: str) -> Count:
    return Count("materials__labels", filter=Q(materials__labels__state=state))


# --- Drawing them ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrintJob:
    """Labels that may be drawn now, in which size, beginning at which place of the sheet."""

    labels: Sequence[Label]
    size: LabelSize
    first_place: int


def print_job(
    labels: Sequence[Label], size: str | None, start: str | None
) -> tuple[PrintJob | None, list[Blocker]]:
    """What is asked for in the address of a drawing, or the reasons why it is not drawn.

    Only a label that was just printed is drawn: once it is on its container, destroyed or missing, drawing it again
    would make a second one that nobody has written down.
    """
    found = LABEL_SIZES.get(size or DEFAULT_SIZE, LABEL_SIZES[DEFAULT_SIZE])
    number = int(start) if start and start.isascii() and start.isdigit() else 1
    blockers = [
        Blocker("label_not_to_print", {"state": label.state.lower()}, "FACT/JACIE labeling")
        for label in labels
        if label.state != Label.State.PRINTED
    ]
    if not 1 <= number <= found.places:
        values = {"places": found.places, "start": number}
        blockers.append(Blocker("label_start_outside", values, "Stroma custody"))
    return (None, blockers) if blockers else (PrintJob(labels, found, number - 1), [])


def as_printed(label: Label) -> PrintedLabel:
    """A label as it is drawn: its content as it was kept, and which print of its container it is."""
    before = Label.objects.filter(material=label.material_id).filter(
        Q(printed_at__lt=label.printed_at) | Q(printed_at=label.printed_at, id__lt=label.id)
    )
    return PrintedLabel(label.content, f"{label.material.division}-{before.count() + 1}")


# --- Product codes -----------------------------------------------------------------------------------------


def donors_by_protocol(site: Site) -> dict[str, Donor]:
    """Whose cells each protocol uses that a site offers; protocols that make no product are left out."""
    return {
        protocol.id: protocol.donor
        for protocol in map(protocol_of, AdoptedProtocol.objects.filter(site=site).order_by("adopted_at"))
        if protocol.collection is not None
    }


@dataclass(frozen=True, slots=True)
class ProductNamed:
    """What a protocol's product is called on its labels: code, collection type and name."""

    protocol_id: str
    code: str
    name: str
    source: SiteProductCode | None

    @property
    def is_local(self) -> bool:
        """Whether it is Stroma's local code, for want of one of the site's own."""
        return self.source is None


def product_of(site: Site, protocol: Protocol) -> ProductNamed:
    """What a site calls the product of a protocol: by its own table, else by a local code (D)."""
    own = SiteProductCode.objects.filter(site=site, protocol_id=protocol.id).order_by("imported_at").last()
    if own is None:
        return ProductNamed(protocol.id, product_code(protocol), protocol.product, None)
    return ProductNamed(protocol.id, f"{own.product_code}{own.collection_type}", own.product_name, own)


def products_of(site: Site) -> list[ProductNamed]:
    """What every protocol of a site makes is called on its labels."""
    newest: dict[str, Protocol] = {}
    for adopted in AdoptedProtocol.objects.filter(site=site).order_by("adopted_at"):
        protocol = protocol_of(adopted)
        if protocol.collection is not None:
            newest[protocol.id] = protocol
    own = {
        row.protocol_id: row
        for row in SiteProductCode.objects.filter(site=site)
        .select_related("imported_by")
        .order_by("imported_at")
    }
    return [
        ProductNamed(key, f"{row.product_code}{row.collection_type}", row.product_name, row)
        if (row := own.get(key))
        else ProductNamed(key, product_code(protocol), protocol.product, None)
        for key, protocol in sorted(newest.items())
    ]
