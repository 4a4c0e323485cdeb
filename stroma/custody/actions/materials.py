"""Dividing, discarding, and what becomes of cells that will not be given."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from stroma.clinic.actions import sign
from stroma.clinic.authority import authorize
from stroma.clinic.credentials import Credential
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place, Signature, User
from stroma.clinic.queries import roles_of
from stroma.courses.models import Course
from stroma.custody.actions.donors import NotEligible
from stroma.custody.containers import (
    Draw,
    NotPossible,
    begin_lot,
    chains_of,
    change_lot,
    end_stay,
    fill,
    is_in_sealed_box,
    take,
    tell_that_cells_are_lost,
)
from stroma.custody.domain.eligibility import Relation, recipient_blockers
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models import (
    Derivation,
    Discard,
    Disposition,
    Lot,
    Material,
)
from stroma.custody.queries import may_be_used
from stroma.ledger.domain.canonical import canonical, digest
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker

HANDLERS = (Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST)
"""Who handles cells, and so may be a witness."""


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
def discard(
    *, material: Material, witness: User, credential: Credential, reason: str, by: User, at: datetime
) -> Discard:
    """Destroy what is left in a container, before a witness who is somebody else and signs for it now."""
    lot = material.lot
    authorize(by, *HANDLERS, site=lot.site, at=at)
    authorize(witness, *HANDLERS, site=lot.site, at=at)
    blockers = []
    if witness.pk == by.pk:
        blockers.append(Blocker("witness_is_the_same_person", {}, "Stroma custody"))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if is_in_sealed_box(material):
        blockers.append(Blocker("container_in_sealed_box", {}, "Stroma custody"))
    if blockers:
        raise NotPossible(blockers)
    amount = Material.objects.get(pk=material.pk).remaining
    changes = [
        *take(Draw(material, amount), becomes=MaterialState.DISCARDED),
        *end_stay(material, by=by, at=at),
    ]
    signature = sign(
        site=lot.site,
        document_kind="discard",
        document_id=material.id,
        document_digest=digest(
            canonical(
                {
                    "container": material.id,
                    "salt": lot.donor.salt,
                    "amount": str(amount),
                    "unit": material.unit,
                    "discarded_by": by.ledger_name,
                    "reason": reason,
                }
            )
        ),
        meaning=Signature.Meaning.REVIEW,
        role=next(role for role in HANDLERS if role in roles_of(witness, lot.site, at=at)),
        credential=credential,
        by=witness,
        at=at,
    )
    discarded = Discard.objects.create(
        material=material,
        amount=amount,
        discarded_by=by,
        witness=witness,
        signature=signature,
        discarded_at=at,
    )
    record(
        "container.discarded",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "container": material.id,
            "witness": witness.ledger_name,
            "signature": signature.as_facts(),
            "custody": changes,
        },
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
    lot = rows_to_change(Lot.objects).get(pk=lot.pk)
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
    if changes:
        tell_that_cells_are_lost(lot, by=by, at=at)
    return disposition
