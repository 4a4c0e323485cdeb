"""Rivals at a badge: two are given to one person at once, and one is revoked while it is shown at a hand-over."""

from stroma.clinic.actions import badges
from stroma.clinic.models import Badge
from stroma.custody.actions import hand_over, hand_overs
from tests.never.meanwhile import done_after, slowly
from tests.never.rivalry import Rivalry
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
}
