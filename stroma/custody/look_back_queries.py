"""Look-back: from a donor to every recipient, and from a recipient to every donor, each in one query."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery

from stroma.clinic.models import Site
from stroma.custody.domain.look_back import Received, look_back_tasks
from stroma.custody.domain.states import MaterialState
from stroma.custody.models import ContainerHold, Donor, Lot, Material, StorageStay
from stroma.look.paging import Page, page_of
from stroma.patients.models import Patient
from stroma.patients.queries import survivor

_HELD_BACK = ContainerHold.objects.filter(lifted_at=None)


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """One lot made of a donor's cells for a recipient, what became of it, and what to do."""

    lot: Lot
    received: Received
    tasks: list[str]


def recipients_of(donor: Donor) -> list[RecipientRow]:
    """Everybody for whom anything was made of a donor's cells, in one query, and what became of it."""
    held = Q(materials__state=MaterialState.HELD.value)
    lots = (
        Lot.objects.filter(donor=donor, course__isnull=False)
        .select_related("course__patient", "course__site", "site", "parent")
        .annotate(
            given=Count(
                "materials", filter=Q(materials__state=MaterialState.ADMINISTERED.value), distinct=True
            ),
            held=Count("materials", filter=held, distinct=True),
            held_back=Count("materials", filter=held & Q(materials__holds__in=_HELD_BACK), distinct=True),
            discarded=Count(
                "materials",
                filter=Q(materials__state=MaterialState.DISCARDED.value),
                distinct=True,
            ),
        )
        .order_by("made_at", "id")
    )
    rows = []
    for lot in lots:
        received = Received(
            given=lot.given, held=lot.held, in_quarantine=lot.held_back, discarded=lot.discarded
        )
        rows.append(RecipientRow(lot, received, look_back_tasks(received)))
    return rows


def donors_of(patient_id: UUID) -> list[Donor]:
    """Every donor whose cells were made ready for a patient, in one query."""
    return list(
        Donor.objects.filter(lots__course__patient=patient_id)
        .select_related("site")
        .distinct()
        .order_by("id")
    )


@dataclass(frozen=True, slots=True)
class DonorRow:
    """A donor in the list of look-backs."""

    donor: Donor
    din: str
    lots: int
    recipients: int
    outcome: str
    since: datetime | None


def donors_for_look_back(site: Site, *, page: int = 1) -> Page[DonorRow]:
    """The donors of a site whose cells went, or could go, to somebody else, with how many, a page at a time."""
    donors = (
        Donor.objects.filter(site=site, relation=Donor.Relation.ALLOGENEIC)
        .select_related("eligibility")
        .prefetch_related("lots")
        .annotate(recipients=Count("lots__course__patient", distinct=True), since=Min("lots__made_at"))
        .order_by(F("since").asc(nulls_last=True), "id")
    )
    rows, shown = [], page_of(donors, page)
    for donor in shown.rows:
        lots = sorted(donor.lots.all(), key=lambda lot: lot.made_at)
        eligibility = getattr(donor, "eligibility", None)
        rows.append(
            DonorRow(
                donor=donor,
                din=lots[0].din if lots else "",
                lots=len(lots),
                recipients=donor.recipients,
                outcome=eligibility.outcome if eligibility else "",
                since=donor.since,
            )
        )
    return Page(rows, shown.number, shown.has_more)


def recipient_with_number(site: Site, record_number: str) -> Patient | None:
    """The patient of the site with that record number; a merged record leads to the one it was merged into."""
    found = Patient.objects.filter(site=site, record_number__iexact=record_number).first()
    return survivor(found) if found is not None else None


def held_of(donor: Donor, *, page: int = 1) -> Page[Material]:
    """Every container of a donor's cells that is still held: what it is, for whom, where, a page at a time.

    Each has ``position``, where it lies in storage, and ``is_held_back``, whether it is in quarantine by itself.
    """
    lying = StorageStay.objects.filter(material=OuterRef("pk"), taken_out_at=None)
    containers = (
        Material.objects.filter(lot__donor=donor, state=MaterialState.HELD.value)
        .select_related("lot__course__patient", "place")
        .annotate(
            position=Subquery(lying.values("position__code")[:1]),
            is_held_back=Exists(_HELD_BACK.filter(material=OuterRef("pk"))),
        )
        .order_by("is_held_back", "lot__din", "division")
    )
    return page_of(containers, page)


def left_of(donor: Donor) -> int:
    """How many containers of a donor's cells are held and not yet in quarantine by themselves."""
    return (
        Material.objects.filter(lot__donor=donor, state=MaterialState.HELD.value)
        .exclude(pk__in=_HELD_BACK.values("material"))
        .count()
    )
