"""A thing is registered under a kind that a protocol of the site asks for, or knowingly under another."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from stroma.processing.actions import (
    EquipmentKept,
    NotRegistered,
    ReagentReceived,
    add_equipment,
    receive_reagent,
)
from stroma.processing.models import Equipment, ReagentLot
from stroma.processing.register_queries import kinds_asked
from stroma.simulation.clinic import SimulatedClinic
from tests.lots_on_the_way import collected, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> SimulatedClinic:
    """One that has adopted the protocol of the concentrate."""
    clinic = a_clinic()
    collected(clinic)
    return clinic


def received(clinic: SimulatedClinic, kind: str, **facts: Any) -> ReagentLot:
    at = timezone.now()
    lot = ReagentReceived(kind, "Medium", "Maker", "7", "GM-7", at + timedelta(days=30), **facts)
    return receive_reagent(site=clinic.site, received=lot, by=clinic.person("technologist"), at=at)


def test_a_kind_that_no_protocol_asks_for_is_refused_with_the_list(clinic: SimulatedClinic) -> None:
    with pytest.raises(NotRegistered) as refused:
        received(clinic, "grwoth_medium")
    [blocker] = refused.value.blockers
    assert blocker.code == "kind_not_asked_for"
    assert "wash solution" in blocker.values["asked_kinds"]
    with pytest.raises(NotRegistered):
        add_equipment(
            site=clinic.site,
            kept=EquipmentKept("wash_solution", "A reagent's kind", "X-1"),
            by=clinic.person("technologist"),
            at=timezone.now(),
        )
    assert not ReagentLot.objects.filter(code="GM-7").exists()


def test_a_kind_is_taken_where_a_protocol_asks_for_it_or_knowingly_none_does(clinic: SimulatedClinic) -> None:
    assert received(clinic, kinds_asked(clinic.site).reagents[0]).pk
    other = ReagentReceived(
        "dye", "Dye", "M", "8", "DY-8", timezone.now() + timedelta(days=9), used_by_no_protocol=True
    )
    at, by = timezone.now(), clinic.person("technologist")
    assert receive_reagent(site=clinic.site, received=other, by=by, at=at).kind == "dye"


def test_the_form_offers_the_kinds_and_asks_which_other_one(clinic: SimulatedClinic) -> None:
    client, address = signed_in(clinic.person("technologist")), "/processing/equipment/add/"
    offered = [value for value, _words in client.get(address).context["form"].fields["kind"].choices]
    assert offered == ["", *kinds_asked(clinic.site).equipment, "OTHER"]
    told = {"name": "Centrifuge 9", "code": "EQ-9"}
    for kind in ({"kind": "centrifugue"}, {"kind": "OTHER"}, {"kind": "OTHER", "other_kind": "No Kind"}, {}):
        assert client.post(address, told | kind).status_code == 422
    assert client.post(address, told | {"kind": "centrifuge"}).status_code == 302
    more = {"name": "Scale", "code": "SC-9", "kind": "OTHER", "other_kind": "scale"}
    assert client.post(address, more).status_code == 302
    kinds = Equipment.objects.filter(code__in=["EQ-9", "SC-9"]).order_by("code")
    assert list(kinds.values_list("kind", flat=True)) == ["centrifuge", "scale"]
