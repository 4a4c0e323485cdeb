"""Each reason of custody's rules, given for exactly what it is about: a rule that lost one fails here."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from stroma.clinic.domain.badges import BadgeShown
from stroma.custody.domain.eligibility import Relation, recipient_blockers
from stroma.custody.domain.hand_over import hand_over_blockers
from stroma.custody.domain.one_scan import Code, one_scan
from stroma.custody.domain.parts import Container, split_blockers
from stroma.custody.domain.states import (
    LotState,
    MaterialState,
    lot_transition_blockers,
    material_transition_blockers,
    quarantine_blockers,
)
from tests.custody.right_hand_over import AT, EXPECTED, SCANNED, codes


@pytest.mark.parametrize(
    ("expected", "scanned", "reasons"),
    [
        ({}, {}, []),
        ({}, {"din": None, "division": None}, ["container_not_scanned"]),
        ({}, {"din": "A999926000002"}, ["donation_mismatch"]),
        ({}, {"division": "B0"}, ["container_mismatch"]),
        ({}, {"place_code": None}, ["place_not_scanned"]),
        ({}, {"place_code": "LAB-1"}, ["place_mismatch"]),
        ({}, {"wristband": None}, ["wristband_not_scanned"]),
        ({}, {"wristband": "P0000002"}, ["wristband_mismatch"]),
        ({"state": MaterialState.USED_UP}, {}, ["container_not_held"]),
        ({"label_applied": False}, {}, ["container_not_labeled"]),
        ({"receiver_may": False}, {}, ["person_not_expected"]),
        ({"badge_asked_for": True}, {}, ["badge_not_scanned"]),
        ({"badge_asked_for": True}, {"badge": BadgeShown.THEIRS}, []),
        ({}, {"badge": BadgeShown.THEIRS}, []),
        ({}, {"badge": BadgeShown.UNREADABLE}, ["badge_unreadable"]),
        ({}, {"badge": BadgeShown.UNKNOWN}, ["badge_unknown"]),
        ({}, {"badge": BadgeShown.REVOKED}, ["badge_revoked"]),
        ({"badge_asked_for": True}, {"badge": BadgeShown.OF_ANOTHER_SITE}, ["badge_of_another_site"]),
        ({"badge_asked_for": True}, {"badge": BadgeShown.OF_SOMEBODY_ELSE}, ["badge_of_somebody_else"]),
        ({"in_sealed_box": True}, {}, ["container_in_sealed_box"]),
        ({"in_quarantine": True}, {}, ["container_in_quarantine"]),
        ({"transport": "LOG_MISSING"}, {}, ["transport_log_missing"]),
        ({"lot_state": LotState.QUARANTINE}, {}, ["lot_not_released"]),
        ({"expires_at": AT}, {}, ["container_expired"]),
    ],
)
def test_a_hand_over_to_the_bedside_stops_for_exactly_what_is_wrong(
    expected: dict[str, Any], scanned: dict[str, Any], reasons: list[str]
) -> None:
    found = hand_over_blockers(
        replace(EXPECTED, **expected), replace(SCANNED, **scanned), to_patient=True, at=AT
    )
    assert codes(found) == reasons


@pytest.mark.parametrize(
    ("relation", "state", "is_patient", "may_be_used", "reasons"),
    [
        (Relation.AUTOLOGOUS, LotState.RELEASED, True, False, []),
        (Relation.AUTOLOGOUS, LotState.RELEASED, False, True, ["cells_of_somebody_else"]),
        (Relation.AUTOLOGOUS, LotState.QUARANTINE, True, True, ["parent_not_released"]),
        (Relation.ALLOGENEIC, LotState.RELEASED, False, False, ["donor_not_determined"]),
        (Relation.ALLOGENEIC, LotState.RELEASED, False, True, []),
    ],
)
def test_a_part_is_set_aside_only_for_whom_it_may_be_given_to(
    relation: Relation, state: LotState, is_patient: bool, may_be_used: bool, reasons: list[str]
) -> None:
    found = recipient_blockers(
        relation=relation, parent_state=state, donor_is_patient=is_patient, may_be_used=may_be_used
    )
    assert codes(found) == reasons


def test_a_state_that_does_not_follow_is_refused_with_its_reason() -> None:
    assert codes(lot_transition_blockers(LotState.REJECTED, LotState.RELEASED)) == [
        "lot_state_does_not_allow"
    ]
    assert codes(material_transition_blockers(MaterialState.DISCARDED, MaterialState.HELD)) == [
        "container_state_does_not_allow"
    ]
    assert codes(lot_transition_blockers(LotState.QUARANTINE, LotState.RELEASED)) == []
    assert codes(material_transition_blockers(MaterialState.HELD, MaterialState.DISCARDED)) == []


def test_nothing_is_taken_from_a_container_in_quarantine() -> None:
    assert codes(quarantine_blockers(is_held_back=True)) == ["container_in_quarantine"]
    assert codes(quarantine_blockers(is_held_back=False)) == []


def test_a_photo_is_a_scan_only_when_it_shows_one_thing() -> None:
    whole, other = Code("Data Matrix", "=A=B", is_matrix=True), Code("Data Matrix", "=C", is_matrix=True)
    part, stranger = Code("Code 128", "=A", is_matrix=False), Code("Code 128", "=D", is_matrix=False)
    assert one_scan([whole, part]) == ("=A=B", [])
    assert one_scan([part]) == ("=A", [])
    assert [
        codes(one_scan(seen)[1]) for seen in ([], [whole, other], [whole, stranger], [part, stranger])
    ] == [
        ["photo_without_code"],
        ["photo_of_several_codes"],
        ["photo_of_several_codes"],
        ["photo_of_several_codes"],
    ]


def test_a_part_has_an_amount_and_not_more_than_there_is() -> None:
    container = Container("lot", "TISSUE", "mL", MaterialState.HELD, Decimal(10))

    def codes_for(*amounts: int) -> list[str]:
        wanted = [Decimal(amount) for amount in amounts]
        return codes(split_blockers(container, wanted, lot_state=LotState.IN_PROCESS))

    assert codes_for(4, 6) == []
    assert codes_for() == ["part_without_amount"]
    assert codes_for(4, 0) == ["part_without_amount"]
    assert codes_for(4, 7) == ["container_holds_less"]
