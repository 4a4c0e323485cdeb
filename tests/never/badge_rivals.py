"""Rivals at a badge: two are given to one person at once, one is revoked while it is shown."""

from stroma.clinic.actions import badges
from stroma.clinic.models import Badge
from stroma.custody.actions import hand_over, hand_overs, open_box, transport
from stroma.custody.models import Shipment
from tests.never.meanwhile import done_after, slowly
from tests.never.rivalry import Rivalry
from tests.never.rows import a_shipment
from tests.never.world import World


def _give(world: World) -> object:
    return badges.issue_badge(
        site=world.house.clinic.site,
        person=world.house.person("nurse"),
        by=world.house.clinic.administrator,
        at=world.at,
    )


def _live_badges(world: World) -> int:
    return Badge.objects.filter(person=world.house.person("nurse"), revocation=None).count()


@slowly
def _revoke(world: World) -> object:
    badge = Badge.objects.get()
    return badges.revoke_badge(badge=badge, reason="lost", by=world.house.clinic.administrator, at=world.at)


def _carry_back_with_it(world: World) -> object:
    place = world.house.clinic.place("LAB-1")
    scans = {
        **world.house.scans(world.recipient_dose),
        "place": place.code,
        "badge": Badge.objects.get().code,
    }
    nurse = world.house.person("nurse")
    return hand_over(material=world.recipient_dose, to_place=place, scans=scans, by=nurse, at=world.at)


def _seal_a_box_for_them(world: World) -> None:
    _give(world)
    a_shipment(world)


def _open_it_with_it(world: World) -> object:
    scans = {"seal": "S-1", "badge": Badge.objects.get().code}
    nurse = world.house.person("nurse")
    return open_box(shipment=Shipment.objects.get(), scans=scans, by=nurse, at=world.at)


CASES = {
    "badge": Rivalry(
        rivals=2,
        act=_give,
        count=_live_badges,
        tables=("clinic_badge",),
        look=(badges, "issuing_blockers"),
    ),
    "revoked badge": Rivalry(
        rivals=2,
        act=_carry_back_with_it,
        arrange=_give,
        is_between=True,
        other=_revoke,
        count=done_after("badge.revoked", "container.handed_over"),
        tables=("custody_handover",),
        look=(hand_overs, "hand_over_blockers"),
    ),
    "revoked badge at a box": Rivalry(
        rivals=2,
        act=_open_it_with_it,
        arrange=_seal_a_box_for_them,
        is_between=True,
        other=_revoke,
        count=done_after("badge.revoked", "box.opened"),
        tables=("custody_shipment",),
        look=(transport, "opening_blockers"),
    ),
}
