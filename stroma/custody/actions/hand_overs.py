"""Hand-overs: what was scanned, and the answer."""

from collections.abc import Mapping
from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place, User
from stroma.custody.containers import chains_of
from stroma.custody.domain.fold import container_moved
from stroma.custody.domain.hand_over import Expected, hand_over_blockers
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models import (
    HandOver,
    Label,
    Lot,
    Material,
    Scan,
)
from stroma.custody.queries import read_scans
from stroma.ledger.record import record
from stroma.ledger.transaction import Recorded, action
from stroma.protocols.domain.blocker import Blocker, Refused


class HandOverRefused(Recorded, Refused):
    """The container does not change hands. The scan and the reasons stay on record."""


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
