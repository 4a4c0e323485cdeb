"""Hand-overs: what was scanned, and the answer."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.badge_queries import look_at_badge
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Badge, Place, Site, User
from stroma.clinic.queries import roles_of
from stroma.custody.containers import (
    badge_held,
    chains_of,
    end_stay,
    is_held_back,
    is_in_sealed_box,
    log_is_missing,
)
from stroma.custody.domain.fold import container_moved
from stroma.custody.domain.hand_over import (
    Expected,
    hand_over_blockers,
    may_receive,
    still_awaited,
    undo_blockers,
)
from stroma.custody.domain.reading import NOT_TOLD, Readings, readings_as_facts
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models import (
    HandOver,
    HandOverUndo,
    Lot,
    Material,
    Scan,
    ScanReading,
)
from stroma.custody.queries import is_labeled, read_scans
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import Recorded, action
from stroma.protocols.domain.blocker import Blocker, Refused

HANDLERS = (Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST)
SCANS = ("container", "place", "wristband", "badge")
"""Everything that may be scanned at a hand-over, in the order in which it is asked for."""


class HandOverRefused(Recorded, Refused):
    """The container does not change hands. The scan and the reasons stay on record."""


class HandOverNotUndone(Refused):
    """The hand-over stays as it is."""


@action
def hand_over(
    *,
    material: Material,
    to_place: Place,
    scans: Mapping[str, str],
    readings: Readings = NOT_TOLD,
    to_patient: bool = False,
    by: User,
    at: datetime,
) -> HandOver:
    """Take a container to another place, when every scan agrees with what is expected.

    ``scans`` are raw: ``container`` (the label), ``place`` (where it is taken to), at the bedside ``wristband``, and
    ``badge`` where ``by``, who receives it, has a live one at this site; ``readings`` says how each was read. A refusal
    raises HandOverRefused with every reason; the scans are kept either way.
    """
    lot = material.lot
    authorize(by, *HANDLERS, site=lot.site, at=at)
    # Not joined with its place: PostgreSQL finds no row when the place has changed while this one waited.
    material = rows_to_change(Material.objects).get(pk=material.pk)
    blockers, badge = _judged(material, to_place, scans, site=lot.site, to_patient=to_patient, by=by, at=at)
    scan = keep_scan(material, "hand_over", scans, blockers, readings, by=by, at=at)
    if blockers:
        raise HandOverRefused(blockers)
    from_place = material.place
    # Written before the container moves: the guard of its place asks for it.
    handed = HandOver.objects.create(
        material=material,
        from_place=from_place,
        to_place=to_place,
        received_by=by,
        badge=badge,
        scan=scan,
        handed_over_at=at,
    )
    changes = end_stay(material, by=by, at=at)
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
            **({"badge": badge.id} if badge else {}),
            **readings_as_facts(readings),
            "custody": [*changes, container_moved(material.id, from_place.id, to_place.id)],
        },
    )
    return handed


@action
def stop_wrong_hand_over(
    *,
    material: Material,
    to_place: Place,
    scans: Mapping[str, str],
    readings: Readings = NOT_TOLD,
    to_patient: bool = False,
    by: User,
    at: datetime,
) -> None:
    """Stop a hand-over whose scans until now are wrong already; where none is, nothing is written.

    Everything as in :func:`hand_over`, but that scans may be missing: they are still to come. HandOverRefused says what
    is wrong, and what was scanned is kept as there.
    """
    site = material.lot.site
    authorize(by, *HANDLERS, site=site, at=at)
    material = rows_to_change(Material.objects).get(pk=material.pk)
    awaited = still_awaited(SCANS, scans)
    blockers, _badge = _judged(
        material, to_place, scans, site=site, awaited=awaited, to_patient=to_patient, by=by, at=at
    )
    if blockers:
        keep_scan(material, "hand_over", scans, blockers, readings, by=by, at=at)
        raise HandOverRefused(blockers)


def _judged(
    material: Material,
    to_place: Place,
    scans: Mapping[str, str],
    *,
    site: Site,
    awaited: Collection[str] = frozenset(),
    to_patient: bool,
    by: User,
    at: datetime,
) -> tuple[list[Blocker], Badge | None]:
    """Every reason against the hand-over, and the badge that was shown where it is theirs."""
    asked_for = badge_held(by, site)
    shown, badge = look_at_badge(scans.get("badge"), receiver=by, site=site)
    # After whatever was waited for, so that it is the lot as it stands now.
    lot = material.lot = Lot.objects.select_related("site", "course__patient").get(pk=material.lot_id)
    expected = Expected(
        din=lot.din,
        division=material.division,
        place_code=to_place.code,
        state=MaterialState(material.state),
        lot_state=LotState(lot.state),
        expires_at=material.expires_at,
        label_applied=is_labeled(material),
        wristband=lot.course.patient.record_number if lot.course else None,
        receiver_may=may_receive(
            roles_of(by, lot.site, at=at), place_kind=to_place.kind, to_patient=to_patient
        ),
        badge_asked_for=asked_for is not None,
        in_quarantine=is_held_back(material),
        in_sealed_box=is_in_sealed_box(material),
        transport="LOG_MISSING" if log_is_missing(material) else "NONE",
    )
    scanned, unreadable = read_scans(scans)
    scanned = replace(scanned, badge=shown)
    found = hand_over_blockers(expected, scanned, to_patient=to_patient, at=at, awaited=awaited)
    return [*unreadable, *found], badge


@action
def undo_hand_over(
    *,
    handed: HandOver,
    scans: Mapping[str, str],
    readings: Readings = NOT_TOLD,
    reason: str,
    by: User,
    at: datetime,
) -> HandOverUndo:
    """Take the newest hand-over of a container back, with the reason: scan it at the place where it came from.

    Nothing is erased: the way back is a hand-over of its own. A dose is not taken back from the bedside this way by
    anybody but those who may receive it there.
    """
    lot = handed.material.lot
    authorize(by, *HANDLERS, site=lot.site, at=at)
    newest = HandOver.objects.filter(material=handed.material).order_by("handed_over_at", "id").last()
    blockers = undo_blockers(
        is_newest=newest is not None and newest.pk == handed.pk,
        is_undone=HandOverUndo.objects.filter(hand_over=handed).exists(),
        is_undo=HandOverUndo.objects.filter(back=handed).exists(),
        reason=reason,
    )
    if blockers:
        raise HandOverNotUndone(blockers)
    back = hand_over(
        material=handed.material, to_place=handed.from_place, scans=scans, readings=readings, by=by, at=at
    )
    undo = HandOverUndo.objects.create(hand_over=handed, back=back, undone_by=by, undone_at=at)
    record(
        "container.hand_over_undone",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"hand_over": handed.id, "back": back.id, "container": handed.material_id},
        sealed={"reason": reason},
    )
    return undo


def keep_scan(
    material: Material,
    purpose: str,
    raw: Mapping[str, str],
    blockers: list[Blocker],
    readings: Readings = NOT_TOLD,
    *,
    by: User,
    at: datetime,
) -> Scan:
    """Keep what was scanned, how it was read, and what the answer was. A refused scan gets an entry of its own."""
    scan = Scan.objects.create(
        site=material.lot.site,
        purpose=purpose,
        raw=dict(raw),
        material=material,
        place=material.place,
        is_go=not blockers,
        blockers=[blocker.code for blocker in blockers],
        scanned_by=by,
        scanned_at=at,
    )
    ScanReading.objects.bulk_create(
        ScanReading(scan=scan, name=name, means=one.means.value, scanner=one.scanner, photo_id=one.photo)
        for name, one in readings.items()
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
                **readings_as_facts(readings),
            },
        )
    return scan
