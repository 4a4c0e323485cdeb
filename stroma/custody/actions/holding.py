"""Quarantine of a single container, and of all that is left of a donor's cells."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody.containers import NotPossible, chains_of
from stroma.custody.domain.fold import container_held_back, container_let_go
from stroma.custody.domain.states import MaterialState
from stroma.custody.models import ContainerHold, Donor, Material
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 1271.265; Stroma custody"


@action
def quarantine_container(
    *, material: Material, cause: ContainerHold.Cause, reason: str, by: User, at: datetime
) -> ContainerHold:
    """Put a container into quarantine by itself: nothing of it is given or used until quality lifts it."""
    lot = material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=lot.site, at=at)
    material = rows_to_change(Material.objects).select_related("lot").get(pk=material.pk)
    blockers = []
    if material.state != MaterialState.HELD:
        state = material.state.lower().replace("_", " ")
        blockers.append(Blocker("container_not_held", {"state": state}, SOURCE))
    if ContainerHold.objects.filter(material=material, cause=cause, lifted_at=None).exists():
        blockers.append(Blocker("container_in_quarantine", {}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if blockers:
        raise NotPossible(blockers)
    return hold_back(material, cause, reason, by=by, at=at)


def hold_back(
    material: Material, cause: ContainerHold.Cause, reason: str, *, by: User, at: datetime
) -> ContainerHold:
    """Write the hold and its entry, in the container's own chains only, so that no recipient learns of another."""
    hold = ContainerHold.objects.create(material=material, cause=cause, placed_by=by, placed_at=at)
    record(
        "container.quarantined",
        by=by,
        at=at,
        chains=chains_of(material.lot),
        facts={
            "container": material.id,
            "hold": hold.id,
            "cause": cause,
            "custody": [container_held_back(material.id, cause)],
        },
        sealed={"reason": reason},
    )
    return hold


@action
def lift_quarantine(*, hold: ContainerHold, reason: str, by: User, at: datetime) -> ContainerHold:
    """Quality lets a container out of quarantine, with the reason."""
    lot = hold.material.lot
    authorize(by, Role.QUALITY, site=lot.site, at=at)
    hold = rows_to_change(ContainerHold.objects).select_related("material__lot").get(pk=hold.pk)
    blockers = []
    if hold.lifted_at is not None:
        blockers.append(Blocker("hold_lifted_already", {}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if blockers:
        raise NotPossible(blockers)
    hold.lifted_by, hold.lifted_at = by, at
    hold.save(update_fields=["lifted_by", "lifted_at"])
    record(
        "container.quarantine_lifted",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "container": hold.material_id,
            "hold": hold.id,
            "cause": hold.cause,
            "custody": [container_let_go(hold.material_id, hold.cause)],
        },
        sealed={"reason": reason},
    )
    return hold


@action
def quarantine_donor(*, donor: Donor, reason: str, by: User, at: datetime) -> list[ContainerHold]:
    """Put every container that is left of a donor's cells into quarantine, for a look-back."""
    authorize(by, Role.QUALITY, site=donor.site, at=at)
    if not reason.strip():
        raise NotPossible([Blocker("reason_missing", {}, "21 CFR 11.10(e)")])
    left = (
        rows_to_change(Material.objects)
        .select_related("lot__course", "lot__site")
        .filter(lot__donor=donor, state=MaterialState.HELD.value)
        .exclude(holds__cause=ContainerHold.Cause.LOOK_BACK, holds__lifted_at=None)
        .order_by("lot_id", "division")
    )
    holds = [hold_back(one, ContainerHold.Cause.LOOK_BACK, reason, by=by, at=at) for one in left]
    record(
        "donor.look_back_begun",
        by=by,
        at=at,
        chains=[site_chain(donor.site_id)],
        facts={"donor": donor.id, "containers": len(holds)},
        sealed={"reason": reason},
    )
    return holds
