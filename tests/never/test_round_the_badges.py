"""What must never become of staff badges, and of hand-overs and boxes where they are shown, written by no action."""

import pytest
from django.db import IntegrityError, transaction

from stroma.clinic.models import Badge, Site
from stroma.custody.models import HandOver, Shipment
from tests.never.rows import a_scan, a_shipment
from tests.never.trial import Case, Write, ids, refused_by_its_guard_alone
from tests.never.what_actions_take import a_badge, revoked
from tests.never.world import World


def a_second_badge(world: World) -> Write:
    a_badge(world)
    return lambda: a_badge(world, number=2)


def a_badge_out_of_turn(world: World) -> Write:
    revoked(world, a_badge(world))
    return lambda: a_badge(world, number=3)


def handed_over_without_the_badge(world: World) -> Write:
    a_badge(world, "nurse")
    return handing_over(world, None)


def handed_over_with_a_colleagues_badge(world: World) -> Write:
    return handing_over(world, a_badge(world, "nurse2"))


def handed_over_with_a_revoked_badge(world: World) -> Write:
    badge = a_badge(world, "nurse")
    revoked(world, badge)
    return handing_over(world, badge)


def handed_over_with_the_badge_of_another_site(world: World) -> Write:
    elsewhere = Site.objects.create(name="Elsewhere", facility_number="A9998", opened_at=world.at)
    return handing_over(world, a_badge(world, "nurse", site=elsewhere))


def handing_over(world: World, badge: Badge | None) -> Write:
    clinic, scan = world.house.clinic, a_scan(world, world.ready_dose, "hand_over")
    return lambda: HandOver.objects.create(
        material=world.ready_dose,
        from_place=clinic.place("PROC-1"),
        to_place=clinic.place("LAB-1"),
        received_by=world.house.person("nurse"),
        badge=badge,
        scan=scan,
        handed_over_at=world.at,
    )


def opened_without_the_badge(world: World) -> Write:
    a_badge(world, "nurse")
    return opening(world, None)


def opened_with_a_colleagues_badge(world: World) -> Write:
    return opening(world, a_badge(world, "nurse2"))


def opened_with_a_revoked_badge(world: World) -> Write:
    badge = a_badge(world, "nurse")
    revoked(world, badge)
    return opening(world, badge)


def opened_with_the_badge_of_another_site(world: World) -> Write:
    elsewhere = Site.objects.create(name="Elsewhere", facility_number="A9998", opened_at=world.at)
    return opening(world, a_badge(world, "nurse", site=elsewhere))


def opening(world: World, badge: Badge | None) -> Write:
    by, rows = world.house.person("nurse"), Shipment.objects.filter(pk=a_shipment(world).pk)
    return lambda: rows.update(seal_read="S-1", opened_at=world.at, opened_by=by, opening_badge=badge)


CASES = [
    Case("clinic_badge_one_is_live", a_second_badge),
    Case("clinic_badge_one_is_live", a_badge_out_of_turn),
    Case("custody_handover_shows_a_badge", handed_over_without_the_badge),
    Case("custody_handover_badge_is_the_receivers", handed_over_with_a_colleagues_badge),
    Case("custody_handover_badge_is_the_receivers", handed_over_with_a_revoked_badge),
    Case("custody_handover_badge_is_the_receivers", handed_over_with_the_badge_of_another_site),
    Case("custody_shipment_opening_shows_a_badge", opened_without_the_badge),
    Case("custody_shipment_badge_is_the_openers", opened_with_a_colleagues_badge),
    Case("custody_shipment_badge_is_the_openers", opened_with_a_revoked_badge),
    Case("custody_shipment_badge_is_the_openers", opened_with_the_badge_of_another_site),
]


def test_a_code_is_given_out_once_for_ever_and_a_number_once_for_each_person(world: World) -> None:
    first = a_badge(world)
    revoked(world, first)
    for facts in ({"part": "nurse", "code": first.code}, {"number": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            a_badge(world, **facts)  # type: ignore[arg-type]  # of the one or the other
    assert Badge.objects.count() == 1


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_must_never_become_of_a_badge_is_refused(world: World, case: Case) -> None:
    refused_by_its_guard_alone(case, world)
