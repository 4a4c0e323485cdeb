"""Splitting, sampling and pooling: what leaves one container is what another one gets."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.custody.containers import Draw, Filled, NotPossible, chains_of, fill, is_held_back
from stroma.custody.domain.parts import Container, pool_blockers, split_blockers
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models import Derivation, Lot, Material, Pooling
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action


@action
def split(*, material: Material, amounts: Sequence[Decimal], by: User, at: datetime) -> list[Material]:
    """Divide a container of a lot in process into parts of the same kind, at the same place.

    The parts hold exactly what leaves the container. Raises NotPossible with every reason.
    """
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=material.lot.site, at=at)
    locked, lot = _locked(material)
    if blockers := split_blockers(_known(locked), amounts, lot_state=LotState(lot.state)):
        raise NotPossible(blockers)
    made = [
        _part(locked, lot, amount, Material.Kind(locked.kind), Derivation.Kind.SPLIT, at)
        for amount in amounts
    ]
    record(
        "container.split",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "container": locked.id,
            "parts": [part.material.id for part in made],
            "custody": [change for part in made for change in part.changes],
        },
    )
    material.refresh_from_db()
    return [part.material for part in made]


@action
def take_sample(*, material: Material, amount: Decimal, by: User, at: datetime) -> Material:
    """Take a sample out of a container of a lot in process, as a container of its own."""
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=material.lot.site, at=at)
    locked, lot = _locked(material)
    if blockers := split_blockers(_known(locked), [amount], lot_state=LotState(lot.state)):
        raise NotPossible(blockers)
    sample = _part(locked, lot, amount, Material.Kind.SAMPLE, Derivation.Kind.SAMPLE, at)
    record(
        "container.sampled",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"container": locked.id, "sample": sample.material.id, "custody": sample.changes},
    )
    material.refresh_from_db()
    return sample.material


@action
def pool(*, materials: Sequence[Material], by: User, at: datetime) -> Material:
    """Pour all of several containers of one lot together, where the lot's protocol allows it.

    The pool holds the sum, expires with the first of them, and counts the cells of all where all were counted.
    """
    lot = Lot.objects.select_related("site", "protocol", "course").get(pk=materials[0].lot_id)
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    ids = [material.pk for material in materials]
    locked = list(rows_to_change(Material.objects).filter(pk__in=ids).order_by("division", "id"))
    processing = protocol_of(lot.protocol).processing
    blockers = pool_blockers(
        [_known(one) for one in locked],
        allowed=processing is not None and processing.pooling_allowed,
        lot_state=LotState(lot.state),
    )
    if blockers:
        raise NotPossible(blockers)
    counts = [one.viable_cells * one.remaining / one.amount for one in locked if one.viable_cells is not None]
    viabilities = [one.viability for one in locked if one.viability is not None]
    total = sum((one.remaining for one in locked), Decimal(0))
    expiries = [one.expires_at for one in locked if one.expires_at is not None]
    poured = fill(
        lot=lot,
        kind=Material.Kind(locked[0].kind),
        amount=total,
        place=locked[0].place,
        at=at,
        unit=locked[0].unit,
        draws=[Draw(one, one.remaining) for one in locked],
        how=Derivation.Kind.POOL,
        viable_cells=sum(counts, Decimal(0)).to_integral_value() if len(counts) == len(locked) else None,
        # The lowest is what is safe to say until the pool is counted.
        viability=min(viabilities) if len(viabilities) == len(locked) else None,
        expires_at=min(expiries) if expiries else None,
    )
    Pooling.objects.create(child=poured.material, pooled_by=by, pooled_at=at)
    record(
        "container.pooled",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"containers": ids, "pool": poured.material.id, "custody": poured.changes},
    )
    return poured.material


def _locked(material: Material) -> tuple[Material, Lot]:
    locked = rows_to_change(Material.objects).select_related("place").get(pk=material.pk)
    return locked, Lot.objects.select_related("site", "course").get(pk=locked.lot_id)


def _known(material: Material) -> Container:
    return Container(
        lot=str(material.lot_id),
        kind=material.kind,
        unit=material.unit,
        state=MaterialState(material.state),
        remaining=material.remaining,
        in_quarantine=is_held_back(material),
    )


def _part(
    parent: Material,
    lot: Lot,
    amount: Decimal,
    kind: Material.Kind,
    how: Derivation.Kind,
    at: datetime,
) -> Filled:
    cells = parent.viable_cells
    return fill(
        lot=lot,
        kind=kind,
        amount=amount,
        place=parent.place,
        at=at,
        unit=parent.unit,
        draws=[Draw(parent, amount)],
        how=how,
        viable_cells=(cells * amount / parent.amount).to_integral_value() if cells is not None else None,
        viability=parent.viability,
        expires_at=parent.expires_at,
    )
