"""Storage, transport, look-back, parts and pools: the rules by themselves, from the tables a clinician reads."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.clinic.domain.badges import BadgeShown
from stroma.clinic.domain.roles import Role
from stroma.custody.domain.hand_over import may_receive, undo_blockers
from stroma.custody.domain.look_back import Received, look_back_tasks
from stroma.custody.domain.parts import Container, pool_blockers, split_blockers
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.domain.storage import ToStore, UnitKind, storage_blockers
from stroma.custody.domain.transport import (
    DEFAULT_LIMITS,
    Limits,
    Packed,
    Reading,
    journey_of,
    log_blockers,
    opening_blockers,
    packing_blockers,
    read_log,
    reading_blockers,
    tightest,
)
from stroma.custody.messages import LOOK_BACK_TASKS, MESSAGES
from stroma.protocols.domain.problem import BadInput
from tests.spec_tables import SpecCase, line_of, spec_cases

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize("case", spec_cases("transport.txt"), ids=line_of)
def test_a_log_is_judged_as_the_table_says(case: SpecCase) -> None:
    readings = [
        Reading(NINE + timedelta(minutes=int(minute)), Decimal(value))
        for minute, value in (one.split("=") for one in case.listed("readings"))
    ]
    limits = Limits(Decimal(2), Decimal(8), int(case["allowed"]), "test")
    journey = journey_of(readings, limits)
    assert (str(journey.minutes_outside), journey.is_excursion) == (
        case["outside"],
        case["excursion"] == "yes",
    )


@pytest.mark.parametrize("case", spec_cases("look_back.txt"), ids=line_of)
def test_what_to_do_for_a_recipient_is_as_the_table_says(case: SpecCase) -> None:
    received = Received(*(int(case[name]) for name in ("given", "held", "in quarantine", "discarded")))
    assert look_back_tasks(received) == case.listed("to do")
    assert set(case.listed("to do")) <= LOOK_BACK_TASKS.keys()


@pytest.mark.parametrize("case", spec_cases("storage.txt"), ids=line_of)
def test_a_container_is_stored_as_the_table_says(case: SpecCase) -> None:
    blockers = storage_blockers(
        ToStore(
            state=MaterialState.HELD if case["container"] == "held" else MaterialState.USED_UP,
            is_frozen=case["cold"] == "frozen",
            was_thawed=case["cold"] == "thawed",
            place=case["place"],
            unit_place=case["stands in"],
            unit_kind=UnitKind(case["unit"]),
            occupied_by="A9999 26 000001 A0" if case["position"] == "taken" else "",
            freezes=case["does"] == "frozen",
        )
    )
    assert [one.code for one in blockers] == case.listed("refused because")


def test_every_fault_of_a_log_is_said_with_its_line() -> None:
    text = "\n".join(
        [
            "time,temperature_c",
            "2026-03-02T09:00:00+00:00,4.0",
            "nine o'clock,4.0",
            "2026-03-02T09:10:00,4.0",
            "2026-03-02T09:20:00+00:00,warm",
            "2026-03-02T09:20:00+00:00,400",
            "2026-03-02T08:00:00+00:00,4.0",
            "2026-03-02T10:00:00Z,5.25",
        ]
    )
    with pytest.raises(BadInput) as faulty:
        read_log(text, file="logger.csv")
    assert [(one.code, one.file, one.line) for one in faulty.value.problems] == [
        ("log_time", "logger.csv", 3),
        ("log_time", "logger.csv", 4),
        ("log_temperature", "logger.csv", 5),
        ("log_temperature", "logger.csv", 6),
        ("log_goes_back", "logger.csv", 7),
    ]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["log_column_missing", "log_column_missing"]),
        ("time,celsius\n", ["log_column_missing"]),
        ("time,temperature_c\n", ["log_too_short"]),
        ("time,temperature_c\n2026-03-02T09:00:00Z,4\n", ["log_too_short"]),
        ("time,temperature_c\n2026-03-02T09:00:00Z\n", ["log_temperature"]),
        ("time,temperature_c\n" + "x" * 200_000 + ",4\n", ["log_unreadable"]),
        ("time,temperature_c\n0001-01-01T00:00:00+14:00,4\n2026-03-02T09:00:00Z,4\n", ["log_time"]),
        ("time,temperature_c\n2025-03-01T09:00:00Z,4\n2026-03-03T09:00:00Z,4\n", ["log_too_long"]),
    ],
)
def test_a_log_that_says_nothing_is_refused(text: str, codes: list[str]) -> None:
    with pytest.raises(BadInput) as faulty:
        read_log(text, file="logger.csv")
    assert [one.code for one in faulty.value.problems] == codes


@pytest.mark.parametrize(
    ("celsius", "kept", "is_excursion"),
    [("8", "8.0", False), ("8.00", "8.00", False), ("8.04", "8.04", True), ("1.96", "1.96", True)],
)
def test_a_reading_is_judged_before_it_is_rounded(celsius: str, kept: str, is_excursion: bool) -> None:
    text = f"time,temperature_c\n2026-03-02T09:00:00Z,5\n2026-03-02T09:10:00Z,{celsius}\n"
    readings = read_log(text, file="logger.csv")
    assert str(readings[1].temperature_c) == kept
    assert journey_of(readings, DEFAULT_LIMITS["refrigerated"]).is_excursion is is_excursion


def test_a_log_that_does_not_cover_the_journey_is_refused() -> None:
    readings = [Reading(NINE, Decimal(4)), Reading(NINE + timedelta(hours=1), Decimal(4))]
    early, late = NINE - timedelta(minutes=1), NINE + timedelta(minutes=61)
    assert [b.code for b in log_blockers(readings, sealed_at=early, opened_at=late)] == [
        "log_begins_late",
        "log_ends_early",
    ]
    assert log_blockers(readings, sealed_at=NINE, opened_at=NINE + timedelta(hours=1)) == []


def test_a_box_travels_under_the_tightest_limits_of_what_is_in_it() -> None:
    both = tightest([DEFAULT_LIMITS["room_temperature"], Limits(Decimal(18), Decimal(30), 10, "protocol")])
    assert (both.minimum_c, both.maximum_c, both.minutes_outside) == (Decimal(18), Decimal(25), 0)
    assert "protocol" in both.source


@pytest.mark.parametrize(
    ("scanned", "is_open", "codes"),
    [
        ("S-1", False, []),
        ("S-2", False, ["seal_mismatch"]),
        ("s-1", False, ["seal_mismatch"]),
        ("", False, ["seal_not_scanned"]),
        ("S-1", True, ["box_opened_already"]),
    ],
)
def test_a_box_is_opened_by_its_own_seal_once(scanned: str, is_open: bool, codes: list[str]) -> None:
    found = opening_blockers(seal="S-1", scanned=scanned, is_open=is_open)
    assert [one.code for one in found] == codes


ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"is_open": False}, ["box_still_sealed"]),
        ({"newest": ONE}, ["log_read_already"]),
        ({"newest": ONE, "corrects": ONE, "reason": "another box's logger"}, []),
        ({"newest": ONE, "corrects": ONE}, ["reason_missing"]),
        ({"newest": OTHER, "corrects": ONE, "reason": "an old page"}, ["log_not_the_newest"]),
        ({"newest": ONE, "corrects": ONE, "is_known": True, "reason": "again"}, ["log_is_the_same"]),
    ],
)
def test_a_log_is_read_once_and_another_in_its_place_for_a_reason(
    facts: dict[str, Any], codes: list[str]
) -> None:
    first: dict[str, Any] = {
        "is_open": True,
        "newest": None,
        "corrects": None,
        "is_known": False,
        "reason": "",
    }
    found = reading_blockers(**first | facts)
    assert [one.code for one in found] == codes
    assert {one.code for one in found} <= MESSAGES.keys() | {"reason_missing"}


@pytest.mark.parametrize(
    ("badge", "is_asked_for", "codes"),
    [
        (BadgeShown.NONE, False, []),
        (BadgeShown.NONE, True, ["badge_not_scanned"]),
        (BadgeShown.THEIRS, True, []),
        (BadgeShown.OF_SOMEBODY_ELSE, True, ["badge_of_somebody_else"]),
        (BadgeShown.OF_SOMEBODY_ELSE, False, ["badge_of_somebody_else"]),
        (BadgeShown.REVOKED, True, ["badge_revoked"]),
    ],
)
def test_who_opens_a_box_shows_their_own_badge(
    badge: BadgeShown, is_asked_for: bool, codes: list[str]
) -> None:
    found = opening_blockers(
        seal="S-1", scanned="S-1", is_open=False, badge=badge, badge_asked_for=is_asked_for
    )
    assert [one.code for one in found] == codes
    wrong_seal = opening_blockers(
        seal="S-1", scanned="S-2", is_open=False, badge=badge, badge_asked_for=is_asked_for
    )
    assert [one.code for one in wrong_seal] == ["seal_mismatch", *codes]


def test_every_reason_not_to_pack_has_its_sentence() -> None:
    wrong = Packed("B", is_held=False, in_quarantine=True, in_sealed_box=True, is_stored=True)
    found = packing_blockers([wrong], from_place="A", to_place="A", seal="", is_under_way=True)
    assert len(found) == 8
    assert {one.code for one in found} <= MESSAGES.keys()
    empty = packing_blockers([], from_place="A", to_place="B", seal="S", is_under_way=False)
    assert [one.code for one in empty] == ["box_empty"]


def container(**facts: object) -> Container:
    values: dict[str, object] = {
        "lot": "one",
        "kind": "CULTURE",
        "unit": "mL",
        "state": MaterialState.HELD,
        "remaining": Decimal(10),
    }
    return Container(**(values | facts))  # type: ignore[arg-type]  # as named above


@pytest.mark.parametrize(
    ("containers", "allowed", "state", "codes"),
    [
        ([container(), container()], True, LotState.IN_PROCESS, []),
        ([container(), container()], False, LotState.IN_PROCESS, ["pooling_not_allowed"]),
        ([container()], True, LotState.IN_PROCESS, ["pool_needs_two"]),
        ([container(), container(lot="two")], True, LotState.IN_PROCESS, ["pool_of_two_lots"]),
        ([container(), container(kind="TISSUE")], True, LotState.IN_PROCESS, ["pool_of_two_kinds"]),
        ([container(), container()], True, LotState.RELEASED, ["lot_not_in_process"]),
        (
            [container(), container(in_quarantine=True)],
            True,
            LotState.IN_PROCESS,
            ["container_in_quarantine"],
        ),
        (
            [container(), container(state=MaterialState.USED_UP)],
            True,
            LotState.IN_PROCESS,
            ["container_not_held"],
        ),
    ],
)
def test_lots_are_never_pooled_and_containers_only_where_allowed(
    containers: list[Container], allowed: bool, state: LotState, codes: list[str]
) -> None:
    assert [one.code for one in pool_blockers(containers, allowed=allowed, lot_state=state)] == codes


@given(st.lists(st.decimals("0.001", "6", places=3), min_size=1, max_size=6))
def test_parts_never_hold_more_than_the_container(amounts: list[Decimal]) -> None:
    refused = split_blockers(container(), amounts, lot_state=LotState.IN_PROCESS)
    assert bool(refused) == (sum(amounts) > 10)


@pytest.mark.parametrize(
    ("role", "kind", "to_patient", "may"),
    [
        (Role.NURSE, "PROCEDURE_ROOM", True, True),
        (Role.TECHNOLOGIST, "PROCEDURE_ROOM", True, False),
        (Role.TECHNOLOGIST, "INCUBATOR", False, True),
        (Role.NURSE, "INCUBATOR", False, False),
        (Role.NURSE, "LABORATORY", False, True),
        (Role.COORDINATOR, "LABORATORY", False, False),
    ],
)
def test_a_container_is_received_by_who_has_a_part_there(
    role: Role, kind: str, to_patient: bool, may: bool
) -> None:
    assert may_receive({role}, place_kind=kind, to_patient=to_patient) is may


def test_only_the_last_hand_over_is_taken_back_and_with_a_reason() -> None:
    fine = undo_blockers(is_newest=True, is_undone=False, is_undo=False, reason="wrong shelf")
    worst = undo_blockers(is_newest=False, is_undone=False, is_undo=True, reason=" ")
    assert fine == []
    assert [one.code for one in worst] == ["hand_over_not_the_last", "undo_of_an_undo", "reason_missing"]
