"""Donors, labels, hand-overs, dividing, discarding, and what becomes of cells that will not be given."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from stroma.clinic.actions import sign
from stroma.clinic.authority import authorize
from stroma.clinic.credentials import Credential
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place, Signature, Site, User
from stroma.courses.models import Course
from stroma.custody.containers import Draw, NotPossible, begin_lot, chains_of, change_lot, fill, take
from stroma.custody.domain.eligibility import Relation, eligibility_blockers, recipient_blockers
from stroma.custody.domain.fold import container_moved
from stroma.custody.domain.hand_over import Expected, hand_over_blockers
from stroma.custody.domain.labeling import applying_blockers, printing_blockers
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models import (
    Derivation,
    Discard,
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
)
from stroma.custody.queries import (
    donor_results,
    eligibility_digest,
    label_for,
    loose_labels_beside,
    may_be_used,
    read_scans,
)
from stroma.ledger.domain.canonical import canonical, digest
from stroma.ledger.domain.entry import ChainKey, patient_chain, site_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import Recorded, action
from stroma.patients.models import Patient
from stroma.protocols.domain.blocker import Blocker, Refused


class NotEligible(Refused):
    """The donor's cells may not go to somebody else."""


class NotLabeled(Refused):
    """The label cannot be printed or applied."""


class HandOverRefused(Recorded, Refused):
    """The container does not change hands. The scan and the reasons stay on record."""


# --- Donors --------------------------------------------------------------------------------------------


@action
def register_donor(
    *, site: Site, relation: Donor.Relation, patient: Patient | None, by: User, at: datetime
) -> Donor:
    """Write down a donor. An autologous one is a patient; an allogeneic one is nobody's patient here."""
    authorize(by, Role.PHYSIATRIST, Role.NURSE, Role.TECHNOLOGIST, Role.QUALITY, site=site, at=at)
    donor = Donor.objects.create(site=site, relation=relation, patient=patient, salt=secrets.token_hex(16))
    record(
        "donor.registered",
        by=by,
        at=at,
        chains=_donor_chains(donor),
        facts={"donor": donor.id, "relation": relation},
    )
    return donor


@action
def record_donor_test(
    *,
    donor: Donor,
    agent: str,
    method: str,
    result: DonorTest.Result,
    sampled_at: datetime,
    by: User,
    at: datetime,
) -> DonorTest:
    """Record an infectious-disease test of a donor."""
    authorize(by, Role.PHYSIATRIST, Role.NURSE, Role.TECHNOLOGIST, Role.QUALITY, site=donor.site, at=at)
    test = DonorTest.objects.create(
        donor=donor, agent=agent, method=method, result=result, sampled_at=sampled_at, reported_at=at
    )
    record(
        "donor.tested",
        by=by,
        at=at,
        chains=_donor_chains(donor),
        facts={"donor": donor.id, "test": test.id, "agent": agent, "sampled_at": sampled_at},
        sealed={"result": result},
    )
    return test


@action
def screen_donor(*, donor: Donor, has_risk: bool, by: User, at: datetime) -> DonorScreening:
    """Record that the donor's history, records and examination were gone through, and whether a risk was found."""
    authorize(by, Role.PHYSIATRIST, Role.NURSE, site=donor.site, at=at)
    screening = DonorScreening.objects.create(donor=donor, has_risk=has_risk, screened_by=by, screened_at=at)
    record("donor.screened", by=by, at=at, chains=_donor_chains(donor), facts={"donor": donor.id})
    return screening


@action
def determine_eligibility(
    *, donor: Donor, exception_reason: str = "", credential: Credential, by: User, at: datetime
) -> DonorEligibility:
    """A physician determines, and signs, that a donor's cells may go to somebody else.

    Raises NotEligible with every reason while screening or tests are missing or speak against it, unless
    ``exception_reason`` documents why the cells are used all the same (21 CFR 1271.65(b)).
    """
    authorize(by, Role.PHYSIATRIST, site=donor.site, at=at)
    screening = DonorScreening.objects.filter(donor=donor).first()
    blockers = eligibility_blockers(
        relation=Relation(donor.relation),
        is_screened=screening is not None,
        has_risk=screening is not None and screening.has_risk,
        results=donor_results(donor),
    )
    if blockers and not exception_reason.strip():
        raise NotEligible(blockers)
    signature = sign(
        site=donor.site,
        document_kind="donor_eligibility",
        document_id=donor.id,
        document_digest=eligibility_digest(donor),
        meaning=Signature.Meaning.RESPONSIBILITY,
        role=Role.PHYSIATRIST,
        credential=credential,
        by=by,
        at=at,
    )
    outcome = DonorEligibility.Outcome.EXCEPTION if blockers else DonorEligibility.Outcome.ELIGIBLE
    eligibility = DonorEligibility.objects.create(
        donor=donor, outcome=outcome, signature=signature, determined_by=by, determined_at=at
    )
    record(
        "donor.eligibility_determined",
        by=by,
        at=at,
        chains=_donor_chains(donor),
        facts={"donor": donor.id, "outcome": outcome, "signature": signature.as_facts()},
        sealed={"exception_reason": exception_reason},
    )
    return eligibility


def _donor_chains(donor: Donor) -> list[ChainKey]:
    own = [patient_chain(donor.patient_id)] if donor.patient_id else []
    return [*own, site_chain(donor.site_id)]


# --- Labels --------------------------------------------------------------------------------------------


@action
def print_label(*, material: Material, by: User, at: datetime) -> Label:
    """Print a container's label: its content follows from material, protocol and law.

    Raises NotPrintable with every fact that is missing, NotLabeled while labels of another lot lie at the same place.
    """
    authorize(
        by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=material.lot.site, at=at
    )
    content = label_for(material)
    if blockers := printing_blockers(others_loose=loose_labels_beside(material)):
        raise NotLabeled(blockers)
    shown = content.as_dict()
    label = Label.objects.create(
        material=material,
        version=content.version,
        content=shown,
        digest=digest(canonical(shown)),
        state=Label.State.PRINTED,
        printed_at=at,
        printed_by=by,
    )
    record(
        "label.printed",
        by=by,
        at=at,
        chains=chains_of(material.lot),
        facts={"label": label.id, "container": material.id, "version": label.version},
        sealed={"content": canonical(shown).decode()},
    )
    return label


@action
def apply_label(*, label: Label, by: User, at: datetime) -> Label:
    """Record that the label is on its container; it must not carry another one."""
    lot = label.material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=lot.site, at=at)
    label = Label.objects.select_for_update().get(pk=label.pk)
    blockers = applying_blockers(
        is_fresh=label.state == Label.State.PRINTED,
        state=label.state.lower(),
        is_labeled=Label.objects.filter(material=label.material, state=Label.State.APPLIED).exists(),
    )
    if blockers:
        raise NotLabeled(blockers)
    label.state = Label.State.APPLIED
    label.save(update_fields=["state"])
    record(
        "label.applied",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"label": label.id, "container": label.material_id},
    )
    return label


@action
def destroy_label(*, label: Label, reason: str, by: User, at: datetime) -> Label:
    """Record that a printed label was destroyed, with the reason."""
    lot = label.material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    label = Label.objects.select_for_update().get(pk=label.pk)
    if label.state == Label.State.DESTROYED or not reason.strip():
        raise NotLabeled([Blocker("reason_missing", {}, "21 CFR 11.10(e)")])
    label.state = Label.State.DESTROYED
    label.save(update_fields=["state"])
    record(
        "label.destroyed",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"label": label.id, "container": label.material_id},
        sealed={"reason": reason},
    )
    return label


# --- Hand-overs ----------------------------------------------------------------------------------------


@action
def hand_over(
    *,
    material: Material,
    to_place: Place,
    scans: Mapping[str, str],
    to_patient: bool = False,
    by: User,
    at: datetime,
) -> HandOver:
    """Take a container to another place, when every scan agrees with what is expected.

    ``scans`` are raw: ``container`` (the label), ``place`` (where it is taken to) and, at the bedside, ``wristband``.
    A refusal raises HandOverRefused with every reason; the scans are kept either way.
    """
    lot = material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=lot.site, at=at)
    material = Material.objects.select_for_update().select_related("place").get(pk=material.pk)
    expected = Expected(
        din=lot.din,
        division=material.division,
        place_code=to_place.code,
        state=MaterialState(material.state),
        lot_state=LotState(Lot.objects.get(pk=lot.pk).state),
        expires_at=material.expires_at,
        label_applied=Label.objects.filter(material=material, state=Label.State.APPLIED).exists(),
        wristband=lot.course.patient.record_number if lot.course else None,
    )
    scanned, unreadable = read_scans(scans)
    blockers = [*unreadable, *hand_over_blockers(expected, scanned, to_patient=to_patient, at=at)]
    scan = keep_scan(material, "hand_over", scans, blockers, by=by, at=at)
    if blockers:
        raise HandOverRefused(blockers)
    from_place = material.place
    # Written before the container moves: the guard of its place asks for it.
    handed = HandOver.objects.create(
        material=material,
        from_place=from_place,
        to_place=to_place,
        received_by=by,
        scan=scan,
        handed_over_at=at,
    )
    material.place = to_place
    material.save(update_fields=["place"])
    record(
        "container.handed_over",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "hand_over": handed.id,
            "container": material.id,
            "to_patient": to_patient,
            "custody": [container_moved(material.id, from_place.id, to_place.id)],
        },
    )
    return handed


def keep_scan(
    material: Material,
    purpose: str,
    raw: Mapping[str, str],
    blockers: list[Blocker],
    *,
    by: User,
    at: datetime,
) -> Scan:
    """Keep what was scanned and what the answer was. A refused scan gets a ledger entry of its own."""
    scan = Scan.objects.create(
        site=material.lot.site,
        purpose=purpose,
        raw=dict(raw),
        material=material,
        is_go=not blockers,
        blockers=[blocker.code for blocker in blockers],
        scanned_by=by,
        scanned_at=at,
    )
    if blockers:
        record(
            "scan.refused",
            by=by,
            at=at,
            chains=chains_of(material.lot),
            facts={
                "scan": scan.id,
                "container": material.id,
                "purpose": purpose,
                "blockers": scan.blockers,
            },
        )
    return scan


# --- Dividing, discarding, deciding --------------------------------------------------------------------


@action
def divide_for_course(
    *,
    material: Material,
    amount: Decimal,
    course: Course,
    place: Place,
    expires_at: datetime | None,
    by: User,
    at: datetime,
) -> Material:
    """Set a part of a container aside as a lot of its own for one course: a donor's dose, or the next of a series.

    The parent's chain learns only that a part left; the part's own chain names the course. An allogeneic donor must be
    eligible first.
    """
    parent = material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=parent.site, at=at)
    donor = parent.donor
    blockers = recipient_blockers(
        relation=Relation(donor.relation),
        parent_state=LotState(parent.state),
        donor_is_patient=donor.patient_id == course.patient_id,
        may_be_used=may_be_used(donor),
    )
    if blockers:
        raise NotEligible(blockers)
    share = amount / material.amount
    lot = Lot(
        site=parent.site,
        donor=parent.donor,
        protocol=parent.protocol,
        course=course,
        parent=parent,
        din=parent.din,
        product_code=parent.product_code,
        product_name=parent.product_name,
        made_at=at,
    )
    begun = begin_lot(lot)
    taken = take(Draw(material, amount))
    part = fill(
        lot=lot,
        kind=Material.Kind.PRODUCT,
        amount=amount,
        place=place,
        at=at,
        unit=material.unit,
        viable_cells=(material.viable_cells * share).to_integral_value() if material.viable_cells else None,
        viability=material.viability,
        expires_at=expires_at,
    )
    Derivation.objects.create(parent=material, child=part.material, kind=Derivation.Kind.SPLIT, taken=amount)
    record(
        "lot.divided",
        by=by,
        at=at,
        chains=chains_of(parent),
        facts={"lot": parent.id, "part": lot.id, "amount": amount, "custody": taken},
    )
    record(
        "lot.set_aside",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"lot": lot.id, "din": lot.din, "course": course.id, "custody": [*begun, *part.changes]},
    )
    return part.material


@action
def discard(*, material: Material, witness: User, reason: str, by: User, at: datetime) -> Discard:
    """Destroy what is left in a container, before a witness who is somebody else."""
    lot = material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=lot.site, at=at)
    authorize(witness, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=lot.site, at=at)
    blockers = []
    if witness.pk == by.pk:
        blockers.append(Blocker("witness_is_the_same_person", {}, "Stroma custody"))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if blockers:
        raise NotPossible(blockers)
    amount = Material.objects.get(pk=material.pk).remaining
    changes = take(Draw(material, amount), becomes=MaterialState.DISCARDED)
    discarded = Discard.objects.create(
        material=material, amount=amount, discarded_by=by, witness=witness, discarded_at=at
    )
    record(
        "container.discarded",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"container": material.id, "witness": witness.ledger_name, "custody": changes},
        sealed={"reason": reason},
    )
    return discarded


@action
def decide_disposition(
    *, lot: Lot, kind: Disposition.Kind, reason: str, by: User, at: datetime
) -> Disposition:
    """Decide what becomes of a lot that will not be given: its course stopped, or it failed.

    A lot that is not rejected yet is rejected by this decision, so that nothing of it can be given any more.
    """
    authorize(by, Role.PHYSIATRIST, Role.QUALITY, site=lot.site, at=at)
    lot = Lot.objects.select_for_update().get(pk=lot.pk)
    if not reason.strip():
        raise NotPossible([Blocker("reason_missing", {}, "21 CFR 11.10(e)")])
    if lot.course is not None and lot.course.state == Course.State.OPEN and lot.state != LotState.REJECTED:
        raise NotPossible([Blocker("lot_still_wanted", {}, "Stroma custody")])
    if Disposition.objects.filter(lot=lot).exists():
        raise NotPossible([Blocker("disposition_decided", {}, "Stroma custody")])
    changes = change_lot(lot, LotState.REJECTED) if lot.state != LotState.REJECTED else []
    disposition = Disposition.objects.create(lot=lot, kind=kind, decided_by=by, decided_at=at)
    facts: dict[str, Any] = {"lot": lot.id, "kind": kind, "custody": changes}
    record(
        "lot.disposition_decided", by=by, at=at, chains=chains_of(lot), facts=facts, sealed={"reason": reason}
    )
    return disposition
