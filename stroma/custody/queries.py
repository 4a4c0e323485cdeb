"""Reads about donors, lots and containers: what the rules are given, and what a label is made of."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext

from stroma.clinic.models import Badge, Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.custody.domain.eligibility import missing_agents
from stroma.custody.domain.fold import fold
from stroma.custody.domain.hand_over import Scanned
from stroma.custody.domain.isbt128.build import (
    build_compound,
    build_din,
    build_patient_id,
    build_product_code,
)
from stroma.custody.domain.isbt128.din import Din
from stroma.custody.domain.isbt128.parse import parse_scan
from stroma.custody.domain.isbt128.prompt import din_of, read_prompt
from stroma.custody.domain.isbt128.scan_error import ScanError
from stroma.custody.domain.label import LabelContent, label_content
from stroma.custody.domain.label_facts import LabelFacts, LabelPurpose
from stroma.custody.domain.label_statements import DonorRelation
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models import (
    ContainerHold,
    Disposition,
    Donor,
    DonorEligibility,
    DonorScreening,
    DonorTest,
    HandOver,
    Label,
    Lot,
    Material,
    Scan,
    StorageStay,
)
from stroma.ledger.domain.canonical import canonical, digest
from stroma.ledger.domain.entry import ChainKey, lot_chain
from stroma.ledger.models import Entry
from stroma.ledger.record import is_simulated
from stroma.patients.models import Patient
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.problem import BadInput

WRONG_LABEL = build_compound(
    [
        build_din(Din.build("A9998", 2026, 999_999)),
        build_product_code("S1128", collection_type="1", division="00"),
    ]
)
"""A label of no container: a donation of the facility number A9998, set aside for validation (ISBT 128 §5.3)."""

STORAGE_TEXT = {
    "room_temperature": "15 to 25 °C",
    "refrigerated": "2 to 8 °C",
    "vapor_phase_nitrogen": "-150 °C or colder",
}
"""Storage as a label says it (clinical.md §1.5; the ranges are general knowledge)."""


def donor_results(donor: Donor) -> dict[str, str]:
    """The newest result for each agent."""
    return dict(DonorTest.objects.filter(donor=donor).order_by("reported_at").values_list("agent", "result"))


def may_be_used(donor: Donor) -> bool:
    """Whether a donor's cells may go to somebody else: determined so, and no test has spoken against it since."""
    determined = DonorEligibility.objects.filter(donor=donor).exclude(outcome="INELIGIBLE").first()
    return determined is not None and not reactive_since(donor, determined.determined_at)


def reactive_since(donor: Donor, determined_at: datetime) -> bool:
    """Whether a test that came in after the determination is not non-reactive. CMV alone excludes nobody."""
    later = DonorTest.objects.filter(donor=donor, reported_at__gt=determined_at)
    return later.exclude(result=DonorTest.Result.NON_REACTIVE).exclude(agent="CMV").exists()


def eligibility_digest(donor: Donor) -> str:
    """The digest of what a physician is shown when determining a donor's eligibility."""
    screening = DonorScreening.objects.filter(donor=donor).first()
    return digest(
        canonical(
            {
                "donor": donor.id,
                "salt": donor.salt,
                "relation": donor.relation,
                "screening": screening.id if screening else None,
                "tests": [
                    {"test": test.id, "agent": test.agent, "result": test.result}
                    for test in donor.tests.order_by("reported_at", "agent")
                ],
            }
        )
    )


def label_for(material: Material) -> LabelContent:
    """What the label of a container says today. Raises NotPrintable when a fact is missing."""
    lot = material.lot
    protocol = protocol_of(lot.protocol)
    donor = lot.donor
    results = donor_results(donor)
    screening = DonorScreening.objects.filter(donor=donor).first()
    reactive = tuple(
        sorted(agent for agent, result in results.items() if result == DonorTest.Result.REACTIVE)
    )
    unclear = any(result == DonorTest.Result.INDETERMINATE for result in results.values())
    patient = lot.course.patient if lot.course else None
    recipient: tuple[str, ...] = ()
    if patient is not None:
        recipient = (patient.record_number, f"{patient.family_name}, {patient.given_names}")
    finished = material.kind in {Material.Kind.DOSE, Material.Kind.STORED}
    frozen = material.place.kind == "FREEZER"
    storage = "vapor_phase_nitrogen" if frozen else (protocol.dose.storage if protocol.dose else "")
    return label_content(
        LabelFacts(
            purpose=LabelPurpose.PRODUCT
            if finished
            else LabelPurpose.COLLECTION
            if material.kind == Material.Kind.TISSUE
            else LabelPurpose.IN_PROCESS,
            is_simulated=is_simulated(),
            din=Din(lot.din),
            product_code=lot.product_code[:5],
            collection_type=lot.product_code[5],
            division=material.division,
            product_name=lot.product_name,
            donor_relation=DonorRelation(donor.relation),
            recipient_identifiers=recipient,
            collection_facility=f"{lot.site.name} ({lot.site.facility_number})",
            collected_at=origin_of(lot).made_at,
            expires_at=material.expires_at,
            zone_name=lot.site.time_zone,
            storage_temperature=STORAGE_TEXT.get(storage),
            volume_ml=material.amount,
            viable_cells=int(material.viable_cells) if material.viable_cells is not None else None,
            viability_fraction=material.viability,
            investigational=not protocol.legal.approved and protocol.legal.authorization_required,
            donor_screening_complete=screening is not None,
            donor_testing_complete=not missing_agents(results),
            donor_risk_found=bool(reactive) or unclear or (screening is not None and screening.has_risk),
            reactive_agents=reactive,
            establishment_name=lot.site.name,
            establishment_address=lot.site.address,
        )
    )


def origin_of(lot: Lot) -> Lot:
    """The lot that a part, or a part of a part, comes from; itself when it was collected."""
    while lot.parent is not None:
        lot = lot.parent
    return lot


def read_scans(scans: Mapping[str, str]) -> tuple[Scanned, list[Blocker]]:
    """What raw scans say, and a reason for each that cannot be read. A scan that was not made is no fault here."""
    din = division = place = wristband = None
    blockers = []
    if raw := scans.get("container"):
        try:
            found = read_prompt(raw, wanted=["001", "003"], may_follow=["005", "007", "032"])
            din, division = str(din_of(found["001"])), found["003"].value[-2:]
        except ScanError as error:
            blockers.append(_unreadable("container", error))
    if raw := scans.get("place"):
        place = raw.strip()
    if raw := scans.get("wristband"):
        try:
            wristband = parse_scan(raw)[0].fields.get("patient_id")
        except ScanError as error:
            blockers.append(_unreadable("wristband", error))
    return Scanned(din, division, place, wristband), blockers


def _unreadable(which: str, error: BadInput) -> Blocker:
    why = " ".join(problem.message for problem in error.problems)
    return Blocker("scan_unreadable", {"which": which, "why": why}, "ISBT 128 ST-001 §2.2")


def move_donors(duplicate: Patient, survivor: Patient) -> None:
    """What a merge of patient records does to donors: they follow the surviving record."""
    Donor.objects.filter(patient=duplicate).update(patient=survivor)


def containers_of(lot: Lot) -> list[Material]:
    """The containers of a lot in the order they were filled, with their places, labels and parents."""
    return list(
        Material.objects.filter(lot=lot)
        .select_related("place")
        .prefetch_related("labels", "parents__parent")
        .order_by("made_at", "division")
    )


def loose_labels_beside(material: Material) -> set[str]:
    """The donation numbers of other lots whose labels were printed where ``material`` is and are on no container."""
    others = Label.objects.filter(state=Label.State.PRINTED, material__place=material.place)
    return set(others.exclude(material__lot=material.lot).values_list("material__lot__din", flat=True))


def newest_label(material: Material) -> Label | None:
    """The label on the container, else the one printed last that was neither destroyed nor is missing."""
    kept = Label.objects.filter(material=material, state__in=[Label.State.APPLIED, Label.State.PRINTED])
    return kept.order_by("state", "-printed_at").first()  # APPLIED sorts before PRINTED


def is_labeled(material: Material) -> bool:
    """Whether a label is on the container."""
    return Label.objects.filter(material=material, state=Label.State.APPLIED).exists()


def labels_of(material: Material) -> list[Label]:
    """Every label printed for a container, the newest first."""
    return list(material.labels.select_related("printed_by").order_by("-printed_at"))


def latest_hand_over(material: Material) -> HandOver | None:
    """The last time the container changed place."""
    return (
        HandOver.objects.filter(material=material)
        .select_related("to_place", "received_by")
        .order_by("handed_over_at")
        .last()
    )


def refused_scans(lot: Lot) -> list[Scan]:
    """The scans of a lot's containers that were answered with STOP, the newest first."""
    return list(
        Scan.objects.filter(material__lot=lot, is_go=False)
        .select_related("scanned_by", "material")
        .prefetch_related("readings")
        .order_by("-scanned_at")
    )


def parts_of(lot: Lot) -> list[Lot]:
    """The lots that were set aside from this one; whom each is for is said on its own page only."""
    return list(Lot.objects.filter(parent=lot).order_by("made_at", "id"))


def disposition_of(lot: Lot) -> Disposition | None:
    """What was decided about a lot that will not be given."""
    return Disposition.objects.filter(lot=lot).select_related("decided_by").first()


def courses_to_serve(lot: Lot) -> QuerySet[Course]:
    """The open, consented courses that a released lot could be divided for: its own, or all of its protocol."""
    courses = Course.objects.filter(
        site=lot.site, protocol=lot.protocol, state=Course.State.OPEN, consent__isnull=False
    )
    if lot.donor.relation == Donor.Relation.AUTOLOGOUS:
        courses = courses.filter(patient=lot.donor.patient)
    return courses.order_by("number")


def dose_expiries(site: Site, *, at: datetime) -> QuerySet[Material]:
    """Finished doses of a site that are still held and not expired, the one that expires soonest first."""
    return (
        Material.objects.filter(
            lot__site=site, kind=Material.Kind.DOSE, state=MaterialState.HELD.value, expires_at__gt=at
        )
        .exclude(lot__state=LotState.REJECTED.value)
        .select_related("lot__course", "place")
        .order_by("expires_at", "id")
    )


def simulated_scans(material: Material) -> list[tuple[str, str]]:
    """What the simulated scanner offers: the container's own label, and one of another donation to be refused.

    Empty in a real database, where a label has to be held in front of a scanner.
    """
    if not is_simulated():
        return []
    try:
        offered = [(gettext("This container"), label_for(material).compound)]
    except Refused:  # a label that cannot be printed cannot be scanned either
        offered = []
    other = (
        Label.objects.filter(material__lot__site=material.lot.site, state=Label.State.APPLIED)
        .exclude(material__lot__din=material.lot.din)
        .order_by("-printed_at")
        .first()
    )
    # Without a second donation at the site the wrong label is one of the standard's own test numbers.
    wrong = str(other.content["compound"]) if other else WRONG_LABEL
    return [*offered, (gettext("A container of somebody else"), wrong)]


def simulated_wristbands(course: Course | None) -> list[tuple[str, str]]:
    """What the simulated scanner offers at the bedside: the patient's own wristband, and a stranger's."""
    if course is None or not is_simulated():
        return []
    return [
        (gettext("This patient's wristband"), build_patient_id("00", course.patient.record_number)),
        (gettext("A wristband of somebody else"), build_patient_id("00", "P9999999")),
    ]


def simulated_badges(own: Badge) -> list[tuple[str, str]]:
    """What the simulated scanner offers as a badge: the receiver's own, and a colleague's to be refused."""
    if not is_simulated():
        return []
    live = Badge.objects.filter(site_id=own.site_id, revocation__isnull=True).exclude(person_id=own.person_id)
    others = live.order_by("issued_at", "code").values_list("code", flat=True)[:1]
    return [
        (gettext("Your badge"), own.code),
        *((gettext("A badge of somebody else"), code) for code in others),
    ]


def custody_findings() -> list[str]:
    """What does not agree between the tables of custody and the ledger folded from its first entry."""
    entries = (
        (f"{name} {identifier}", json.loads(text)["facts"])
        for name, identifier, text in Entry.objects.order_by("sequence")
        .values_list("action", "id", "text")
        .iterator(chunk_size=2000)
    )
    folded = fold(entries)
    findings = list(folded.findings)
    lots = {str(lot): state for lot, state in Lot.objects.values_list("id", "state")}
    for lot in sorted({*lots, *folded.lots}):
        if lots.get(lot) != folded.lots.get(lot):
            findings.append(f"lot {lot}: the table says {lots.get(lot)}, the ledger {folded.lots.get(lot)}")
    stays = {
        material: str(position)
        for material, position in StorageStay.objects.filter(taken_out_at=None).values_list(
            "material_id", "position_id"
        )
    }
    holds: dict[UUID, list[str]] = {}
    for material, cause in ContainerHold.objects.filter(lifted_at=None).values_list("material_id", "cause"):
        holds.setdefault(material, []).append(cause)
    rows = {
        str(m.id): (
            str(m.lot_id),
            str(m.place_id),
            m.remaining,
            m.state,
            stays.get(m.id),
            frozenset(holds.get(m.id, ())),
        )
        for m in Material.objects.only("id", "lot_id", "place_id", "remaining", "state").iterator(
            chunk_size=2000
        )
    }
    for key in sorted({*rows, *folded.containers}):
        container = folded.containers.get(key)
        said = (
            None
            if container is None
            else (
                container.lot,
                container.place,
                container.remaining,
                container.state,
                container.position,
                frozenset(container.holds),
            )
        )
        if rows.get(key) != said:
            findings.append(f"container {key}: the table and the ledger do not agree")
    return findings


def lot_chains_of_course(course_id: UUID) -> list[ChainKey]:
    """The chains of the course's lots and of the lots they come from. A bank's chain names no other recipient."""
    chains = []
    for lot in Lot.objects.filter(course_id=course_id).order_by("made_at", "id"):
        current: Lot | None = lot
        while current is not None:
            chains.append(lot_chain(current.id))
            current = current.parent
    return chains
