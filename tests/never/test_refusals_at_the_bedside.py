"""The same through the actions: a refusal lists every reason at once, and writes nothing but what is meant to stay.

What stays is the scan that was refused, with an entry of its own. The codes are compared as a whole, so that a reason
that is lost or added fails here.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from stroma.courses.actions import consent_to_course
from stroma.custody.actions import (
    HandOverRefused,
    NotEligible,
    divide_for_course,
    hand_over,
    record_donor_test,
)
from stroma.custody.models import Label, Material, Scan
from stroma.injection.actions import (
    DoseRefused,
    NotCancelled,
    TimeOutStopped,
    cancel_time_out,
    complete_time_out,
    give_dose,
)
from stroma.injection.domain.time_out import Spot
from stroma.ledger.models import Entry
from stroma.patients.domain.consenting import Place
from stroma.patients.models import Consent
from stroma.release.actions import record_result
from tests.never.refusals import REFUSED_SCAN, codes_of, stop_the_course
from tests.never.rows import a_dose
from tests.never.world import World


def recall(world: World) -> None:
    """A culture that grows after the release."""
    record_result(
        lot=world.ready_lot,
        code="sterility_final",
        text="growth",
        method="culture",
        by=world.house.person("quality"),
        at=world.house.later(),
    )


def time_out(world: World, **changes: object) -> Callable[[], object]:
    values = {
        "course": world.ready,
        "material": world.ready_dose,
        "spot": world.house.spot(world.ready),
        "scans": {} if "scans" in changes else world.house.scans(world.ready_dose),
        "second_person": world.house.person("nurse"),
        "by": world.house.person("physiatrist"),
        "at": world.at,
    } | changes
    return lambda: complete_time_out(**values)  # type: ignore[arg-type]  # the cases mix types


def dose(world: World, **changes: object) -> Callable[[], object]:
    values = {
        "time_out": world.ready_time_out,
        "volume_ml": world.ready_dose.amount,
        "guidance": "fluoroscopy",
        "by": world.house.person("physiatrist"),
        "at": world.at,
    } | changes
    return lambda: give_dose(**values)  # type: ignore[arg-type]  # the cases mix types


def cancelling(world: World, **changes: object) -> Callable[[], object]:
    values = {
        "time_out": world.ready_time_out,
        "scans": {}
        if "scans" in changes
        else {"container": world.house.scans(world.ready_dose)["container"]},
        "reason": "the patient felt unwell",
        "seen_whole": True,
        "witness": world.house.person("physiatrist"),
        "by": world.house.person("nurse"),
        "at": world.at,
    } | changes
    return lambda: cancel_time_out(**values)  # type: ignore[arg-type]  # the cases mix types


def test_no_dose_is_given_after_its_time_out_was_cancelled(world: World) -> None:
    cancelling(world)()
    entry = Entry.objects.get(action="time_out.cancelled")
    assert "unwell" not in entry.text
    assert codes_of(DoseRefused, dose(world)) == ["time_out_cancelled"]
    again = time_out(world)()
    assert again is not None


def test_a_cancelled_time_out_no_longer_holds_up_another_container(world: World) -> None:
    sample = Material.objects.get(lot=world.ready_lot, kind=Material.Kind.SAMPLE)
    cancelling(world)()
    assert codes_of(TimeOutStopped, time_out(world, material=sample), kept=REFUSED_SCAN) == [
        "container_mismatch",
        "container_is_no_dose",
        "container_not_labeled",
    ]


def test_a_time_out_is_not_cancelled_alone_nor_without_its_whole_container(world: World) -> None:
    act = cancelling(world, scans={}, seen_whole=False, witness=world.house.person("nurse"))
    assert codes_of(NotCancelled, act, kept=REFUSED_SCAN) == [
        "container_not_scanned",
        "container_not_seen_whole",
        "time_out_alone",
    ]


def test_a_time_out_is_not_cancelled_on_the_scan_of_another_donation(world: World) -> None:
    scans = {"container": world.house.scans(world.recipient_dose)["container"]}
    assert codes_of(NotCancelled, cancelling(world, scans=scans), kept=REFUSED_SCAN) == ["donation_mismatch"]


def test_a_time_out_is_not_cancelled_on_the_scan_of_another_container_of_its_donation(world: World) -> None:
    before, division, after = world.house.scans(world.ready_dose)["container"].rpartition(
        world.ready_dose.division
    )
    scans = {"container": f"{before}Z9{after}"}
    assert division
    assert codes_of(NotCancelled, cancelling(world, scans=scans), kept=REFUSED_SCAN) == ["container_mismatch"]


def test_a_time_out_is_cancelled_once(world: World) -> None:
    cancelling(world)()
    assert codes_of(NotCancelled, cancelling(world), kept=REFUSED_SCAN) == ["time_out_cancelled"]


def test_a_time_out_whose_dose_is_on_record_is_not_cancelled(world: World) -> None:
    dose(world)()
    assert codes_of(NotCancelled, cancelling(world), kept=REFUSED_SCAN) == [
        "time_out_used",
        "container_not_held",
    ]


def test_a_time_out_for_a_container_that_is_empty(world: World) -> None:
    dose(world)()
    assert codes_of(TimeOutStopped, time_out(world), kept=REFUSED_SCAN) == [
        "container_not_held",
        "given_already",
    ]


def test_a_time_out_for_everything_wrong_at_once(world: World) -> None:
    scans = world.house.scans(world.recipient_dose)
    recall(world)
    stop_the_course(world)
    Label.objects.filter(material=world.ready_dose).update(state=Label.State.DESTROYED)
    spot = replace(world.house.spot(world.ready), level="L1-L2")
    act = time_out(
        world,
        spot=spot,
        scans=scans,
        second_person=world.house.person("physiatrist"),
        at=world.ready_dose.expires_at,
    )
    assert codes_of(TimeOutStopped, act, kept=REFUSED_SCAN) == [
        "wristband_mismatch",
        "donation_mismatch",
        "lot_not_released",
        "container_not_labeled",
        "container_expired",
        "course_not_open",
        "consent_missing",
        "time_out_alone",
    ]


def test_a_time_out_without_any_scan(world: World) -> None:
    act = time_out(world, scans={})
    assert codes_of(TimeOutStopped, act, kept=REFUSED_SCAN) == [
        "wristband_not_scanned",
        "container_not_scanned",
    ]


def test_a_time_out_with_scans_that_nobody_can_read(world: World) -> None:
    act = time_out(world, scans={"container": "]C0~~", "wristband": "]C0~~"})
    assert codes_of(TimeOutStopped, act, kept=REFUSED_SCAN) == [
        "scan_unreadable",
        "scan_unreadable",
        "wristband_not_scanned",
        "container_not_scanned",
    ]


def test_a_time_out_with_another_container_of_the_same_donation(world: World) -> None:
    sample = Material.objects.get(lot=world.ready_lot, kind=Material.Kind.SAMPLE)
    act = time_out(world, material=sample)
    assert codes_of(TimeOutStopped, act, kept=REFUSED_SCAN) == [
        "container_mismatch",
        "container_is_no_dose",
        "container_not_labeled",
        "other_time_out_open",
    ]


def test_a_time_out_for_another_patient(world: World) -> None:
    act = time_out(world, course=world.consented)
    assert codes_of(TimeOutStopped, act, kept=REFUSED_SCAN) == [
        "wristband_mismatch",
        "lot_of_another_course",
        "cells_of_somebody_else",
    ]


def test_a_time_out_on_the_other_side(world: World) -> None:
    spot = world.house.spot(world.ready)
    level = "L1-L2" if spot.level != "L1-L2" else "L2-L3"
    act = time_out(world, spot=Spot(spot.target, level, spot.side))
    assert codes_of(TimeOutStopped, act, kept=REFUSED_SCAN) == ["place_not_consented"]


def test_a_refused_scan_stays_with_its_reasons_and_its_entry(world: World) -> None:
    with pytest.raises(TimeOutStopped):
        time_out(world, scans={})()
    scan = Scan.objects.filter(material=world.ready_dose).latest("scanned_at")
    assert (scan.is_go, scan.blockers) == (False, ["wristband_not_scanned", "container_not_scanned"])
    assert Entry.objects.latest("sequence").action == "scan.refused"


def test_a_dose_for_everything_that_changed_since_the_time_out(world: World) -> None:
    recall(world)
    stop_the_course(world)
    Label.objects.filter(material=world.ready_dose).update(state=Label.State.DESTROYED)
    act = dose(world, volume_ml=Decimal(99), at=world.ready_dose.expires_at)
    assert codes_of(DoseRefused, act) == [
        "container_expired",
        "course_not_open",
        "consent_missing",
        "lot_not_released",
        "container_not_labeled",
        "container_holds_less",
        "volume_out_of_range",
    ]


def test_a_dose_at_a_place_that_a_later_consent_leaves_out(world: World) -> None:
    house = world.house
    spot = house.spot(world.ready)
    level = "L1-L2" if spot.level != "L1-L2" else "L2-L3"
    consent_to_course(
        course=world.ready,
        places=[Place(spot.target, level, spot.side)],
        language="en",
        method=Consent.Method.SIMULATED,
        by=house.person("nurse"),
        at=house.later(),
    )
    assert codes_of(DoseRefused, dose(world)) == ["place_not_consented_any_more"]


def test_a_dose_of_a_donor_whose_late_test_is_reactive(world: World) -> None:
    house = world.house
    record_donor_test(
        donor=world.bank.donor,
        agent="HCV",
        method="NAT",
        result="REACTIVE",
        sampled_at=house.now,
        by=house.person("nurse"),
        at=house.later(),
    )
    act = dose(world, time_out=world.recipient_time_out, volume_ml=world.recipient_dose.amount)
    assert codes_of(DoseRefused, act) == ["cells_of_somebody_else"]


def test_a_dose_before_its_time_out(world: World) -> None:
    act = dose(world, at=world.ready_time_out.completed_at - timedelta(seconds=1))
    assert codes_of(DoseRefused, act) == ["time_out_missing"]


def test_a_dose_given_twice(world: World) -> None:
    dose(world)()
    assert codes_of(DoseRefused, dose(world)) == ["given_already", "container_holds_less"]


def test_a_place_injected_twice(world: World) -> None:
    a_dose(world, world.ready_time_out)
    again = time_out(world)
    assert codes_of(TimeOutStopped, again, kept=REFUSED_SCAN) == ["given_already"]


def test_a_hand_over_to_the_wrong_bedside(world: World) -> None:
    recall(world)
    place = world.house.clinic.place("PROC-1")
    scans = {**world.house.scans(world.recipient_dose), "place": "LAB-1"}
    act = partial(
        hand_over,
        material=world.ready_dose,
        to_place=place,
        scans=scans,
        to_patient=True,
        by=world.house.person("nurse"),
        at=world.ready_dose.expires_at,  # type: ignore[arg-type]  # it has one
    )
    assert codes_of(HandOverRefused, act, kept=REFUSED_SCAN) == [
        "donation_mismatch",
        "place_mismatch",
        "wristband_mismatch",
        "lot_not_released",
        "container_expired",
    ]


def test_a_result_that_fails_after_release_calls_the_lot_back_with_its_parts(world: World) -> None:
    house = world.house
    record_result(
        lot=world.bank,
        code="sterility_final",
        text="growth",
        method="culture",
        by=house.person("quality"),
        at=house.later(),
    )
    world.bank.refresh_from_db()
    part = world.recipient_dose.lot
    part.refresh_from_db()
    assert (world.bank.state, part.state) == ("QUARANTINE", "QUARANTINE")
    called = Entry.objects.filter(action="lot.called_back")
    assert called.count() == 2
    assert codes_of(
        DoseRefused, dose(world, time_out=world.recipient_time_out, volume_ml=world.recipient_dose.amount)
    ) == ["lot_not_released"]


def test_a_donors_test_that_turns_reactive_stops_every_dose(world: World) -> None:
    house, donor = world.house, world.bank.donor
    record_donor_test(
        donor=donor,
        agent="HCV",
        method="NAT",
        result="REACTIVE",
        sampled_at=house.now,
        by=house.person("nurse"),
        at=house.later(),
    )
    act = time_out(
        world,
        course=world.recipient,
        material=world.recipient_dose,
        spot=house.spot(world.recipient),
        scans=house.scans(world.recipient_dose),
    )
    assert codes_of(TimeOutStopped, act, kept=REFUSED_SCAN) == ["cells_of_somebody_else"]
    stored = Material.objects.filter(lot=world.bank, kind=Material.Kind.STORED, state="HELD").earliest(
        "division"
    )
    divide = partial(
        divide_for_course,
        material=stored,
        amount=stored.remaining,
        course=world.recipient,
        place=house.clinic.place("LAB-1"),
        expires_at=stored.expires_at,
        by=house.person("technologist"),
        at=world.at,
    )
    assert codes_of(NotEligible, divide) == ["donor_not_determined"]
