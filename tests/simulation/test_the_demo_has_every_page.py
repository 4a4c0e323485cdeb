"""The demo keeps a record for pages that an ordinary week seldom fills: storage, boxes, cytometry, visitors."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from stroma.custody.domain.states import LotState
from stroma.custody.models import Material, Shipment, ShipmentContent, StorageStay, StorageUnit
from stroma.follow_up.models import ProblemReport
from stroma.ledger.domain.entry import ChainKind
from stroma.ledger.models import Entry
from stroma.planning.models import Consultation
from stroma.processing.models import StepPhoto
from stroma.release.models import AssayResult, CytometryReading
from stroma.simulation import fleet
from stroma.simulation.cases import Case, Happens
from stroma.simulation.cytometer import MOVED

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
CASES = (
    Case("disc-marrow-concentrate", 47, Happens.SENT_IN_A_BOX),
    Case("disc-cord-donor", 60),
    Case("disc-marrow-expanded", 45, Happens.READ_BY_CYTOMETER),
    Case("disc-cord-donor", 5),
    Case("disc-marrow-expanded", 17),
)


@pytest.fixture
def clinic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sites and five patients."""
    monkeypatch.setattr(fleet, "some_cases", lambda _number: CASES)
    for _progress in fleet.make_fleet(now=NOW):
        pass


def test_each_of_these_pages_has_a_record(clinic: None) -> None:
    what_is_frozen_lies_in_the_tank()
    cultures_stand_on_shelves()
    one_box_arrived_and_one_is_on_its_way()
    one_lot_was_read_by_the_cytometer()
    assert {one.site.name for one in Consultation.objects.all()} == {"Alpharetta", "Atlanta"}
    assert all(one.starts_at > NOW for one in Consultation.objects.all())
    report = ProblemReport.objects.get(taken_up_at=None)
    assert report.reported_by == report.patient.user
    assert {photo.step.batch.closed_at for photo in StepPhoto.objects.all()} == {None}
    each_entry_joins_its_sites_chain()


def each_entry_joins_its_sites_chain() -> None:
    """Which is where ``present`` looks for the newest entry."""
    actions = set(Entry.objects.values_list("action", flat=True))
    assert len(actions) > 60
    assert set(Entry.objects.exclude(links__chain__kind=ChainKind.SITE).values_list("action")) == set()


def what_is_frozen_lies_in_the_tank() -> None:
    on_the_way = ShipmentContent.objects.filter(shipment__opened_at=None)
    frozen = Material.objects.filter(kind="STORED", state="HELD").exclude(
        pk__in=on_the_way.values("material")
    )
    lying = StorageStay.objects.filter(taken_out_at=None, position__unit__kind="TANK")
    assert frozen.count() > 1
    assert set(frozen) == {one.material for one in lying}
    given = StorageStay.objects.filter(material__state="USED_UP")
    assert given.exists()
    assert not given.filter(taken_out_at=None).exists()


def cultures_stand_on_shelves() -> None:
    cultures = Material.objects.filter(kind="CULTURE", state="HELD")
    lying = StorageStay.objects.filter(taken_out_at=None, position__unit__kind="INCUBATOR")
    assert cultures.exists()
    assert set(cultures) == {one.material for one in lying}
    shelves = [(one.position.unit_id, one.position.shelf) for one in lying]
    assert len(shelves) == len(set(shelves))
    assert StorageUnit.objects.count() == 4


def one_box_arrived_and_one_is_on_its_way() -> None:
    arrived = Shipment.objects.exclude(opened_at=None).get()
    log = arrived.logs.get()
    assert not log.is_excursion
    assert arrived.minimum_c < log.lowest_c < log.highest_c < arrived.maximum_c
    times = list(log.readings.order_by("read_at").values_list("read_at", flat=True))
    assert all(before < after for before, after in pairwise(times))
    assert times[0] <= arrived.sealed_at < arrived.opened_at <= times[-1]
    marrow = Material.objects.get(journeys__shipment=arrived)
    assert marrow.kind == "TISSUE"
    assert marrow.place.code == "LAB-1"
    assert Shipment.objects.filter(opened_at=None, sealed_at__gte=NOW).exists()


def one_lot_was_read_by_the_cytometer() -> None:
    first, moved = CytometryReading.objects.order_by("read_at")
    assert moved.follows == first
    assert moved.moved_gate == MOVED
    assert first.lot.state == LotState.RELEASED
    percent = [
        next(one["percent"] for one in row.populations if one["name"] == MOVED) for row in (first, moved)
    ]
    assert percent[1] < percent[0]
    recorded = AssayResult.objects.filter(lot=first.lot, code__startswith="id_")
    markers = recorded.filter(reading=moved)
    assert markers.count() == 8
    assert not recorded.filter(code__in=markers.values("code")).exclude(reading=moved).exists()
