"""Each scan is judged as it comes in, by the rule that judges all of them in the end: no more strictly, no later."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.clinic.domain.badges import BadgeShown
from stroma.custody.domain.hand_over import Expected, Scanned, hand_over_blockers, still_awaited
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.domain.transport import opening_blockers
from stroma.injection.domain.time_out import Spot, TimeOutFacts, time_out_blockers
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.spine import Side, Target
from tests.custody import right_hand_over
from tests.custody.right_hand_over import AT, SCANNED, codes

HERE = Spot(Target.DISC_NUCLEUS, "L4-L5", Side.MIDLINE)
EXPECTED = replace(right_hand_over.EXPECTED, badge_asked_for=True)
RIGHT = replace(SCANNED, badge=BadgeShown.THEIRS)
FACTS = TimeOutFacts(
    wristband_scanned="P0000001",
    wristband_expected="P0000001",
    din_scanned="A999926000001",
    division_scanned="A0",
    din_expected="A999926000001",
    division_expected="A0",
    lot_is_for_this_course=True,
    donor_is_patient_or_eligible=True,
    lot_released=True,
    container_held=True,
    container_is_dose=True,
    container_labeled=True,
    expires_at=AT + timedelta(hours=1),
    course_open=True,
    consent_valid=True,
    consented_spots=(HERE,),
    spot=HERE,
    two_people=True,
    given_already=False,
    other_time_out_open=False,
)
ORDER = ("container", "place", "wristband", "badge")
BEDSIDE_ORDER = ("wristband", "container")


def until(scanned: Scanned, came: int) -> Scanned:
    """What is known of the scans when only the first ``came`` of them were made."""
    unmade = {
        "container": {"din": None, "division": None},
        "place": {"place_code": None},
        "wristband": {"wristband": None},
        "badge": {"badge": BadgeShown.NONE},
    }
    fields = {name: value for scan in ORDER[came:] for name, value in unmade[scan].items()}
    return replace(scanned, **fields)  # type: ignore[arg-type]  # each value is of its own field's kind


@pytest.mark.parametrize(
    ("wrong", "came", "reasons"),
    [
        ({}, 1, []),
        ({}, 2, []),
        ({}, 3, []),
        ({"din": "A999926000002"}, 1, ["donation_mismatch"]),
        ({"division": "B0"}, 1, ["container_mismatch"]),
        ({"din": None, "division": None}, 1, ["container_not_scanned"]),
        ({"place_code": "LAB-1"}, 1, []),
        ({"place_code": "LAB-1"}, 2, ["place_mismatch"]),
        ({"wristband": "P0000002"}, 2, []),
        ({"wristband": "P0000002"}, 3, ["wristband_mismatch"]),
        ({"badge": BadgeShown.REVOKED}, 3, []),
        ({"badge": BadgeShown.REVOKED}, 4, ["badge_revoked"]),
        ({"badge": BadgeShown.NONE}, 4, ["badge_not_scanned"]),
    ],
)
def test_a_wrong_scan_is_wrong_as_soon_as_it_came_and_not_before(
    wrong: dict[str, object], came: int, reasons: list[str]
) -> None:
    scanned = until(replace(RIGHT, **wrong), came)  # type: ignore[arg-type]  # as above
    found = hand_over_blockers(EXPECTED, scanned, to_patient=True, at=AT, awaited=ORDER[came:])
    assert codes(found) == reasons


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"lot_state": LotState.QUARANTINE}, "lot_not_released"),
        ({"expires_at": AT}, "container_expired"),
        ({"state": MaterialState.USED_UP}, "container_not_held"),
        ({"receiver_may": False}, "person_not_expected"),
        ({"in_sealed_box": True}, "container_in_sealed_box"),
    ],
)
def test_what_no_scan_can_mend_stops_at_the_first_one(state: dict[str, object], reason: str) -> None:
    expected = replace(EXPECTED, **state)  # type: ignore[arg-type]  # as above
    found = hand_over_blockers(expected, until(RIGHT, 1), to_patient=True, at=AT, awaited=ORDER[1:])
    assert codes(found) == [reason]


scans = st.builds(
    Scanned,
    st.sampled_from([None, EXPECTED.din, "A999926000002"]),
    st.sampled_from([None, EXPECTED.division, "B0"]),
    st.sampled_from([None, EXPECTED.place_code, "LAB-1"]),
    st.sampled_from([None, EXPECTED.wristband, "P0000002"]),
    st.sampled_from(BadgeShown),
)
expectations = st.builds(
    replace,
    st.just(EXPECTED),
    state=st.sampled_from(MaterialState),
    lot_state=st.sampled_from(LotState),
    expires_at=st.sampled_from([None, AT, AT + timedelta(hours=1)]),
    label_applied=st.booleans(),
    receiver_may=st.booleans(),
    badge_asked_for=st.booleans(),
    in_quarantine=st.booleans(),
    in_sealed_box=st.booleans(),
    transport=st.sampled_from(["NONE", "LOG_MISSING"]),
)


@given(expected=expectations, scanned=scans, to_patient=st.booleans(), came=st.integers(0, len(ORDER)))
def test_what_is_wrong_so_far_is_wrong_in_the_end_and_is_all_that_right_scans_would_leave(
    expected: Expected, scanned: Scanned, to_patient: bool, came: int
) -> None:
    def judged(what: Scanned, awaited: tuple[str, ...] = ()) -> list[Blocker]:
        return hand_over_blockers(expected, what, to_patient=to_patient, at=AT, awaited=awaited)

    so_far = judged(until(scanned, came), ORDER[came:])
    in_the_end = judged(scanned)
    assert [one for one in in_the_end if one in so_far] == so_far
    assert so_far == judged(_rest_right(scanned, came))


def _rest_right(scanned: Scanned, came: int) -> Scanned:
    """The first ``came`` scans as they were, and the right one for each that follows."""
    right = {
        "container": {"din": RIGHT.din, "division": RIGHT.division},
        "place": {"place_code": RIGHT.place_code},
        "wristband": {"wristband": RIGHT.wristband},
        "badge": {"badge": RIGHT.badge},
    }
    fields = {name: value for scan in ORDER[came:] for name, value in right[scan].items()}
    return replace(scanned, **fields)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("seal", "is_open", "reasons"),
    [
        ("S-1", False, []),
        ("S-2", False, ["seal_mismatch"]),
        ("", False, ["seal_not_scanned"]),
        ("S-1", True, ["box_opened_already"]),
    ],
)
def test_another_seal_stops_before_the_badge_is_asked_for(
    seal: str, is_open: bool, reasons: list[str]
) -> None:
    found = opening_blockers(
        seal="S-1", scanned=seal, is_open=is_open, badge_asked_for=True, awaited={"badge"}
    )
    assert codes(found) == reasons


CONTAINER_LATER = {"din_scanned": None, "division_scanned": None}


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({}, []),
        ({"wristband_scanned": "P0000002"}, ["wristband_mismatch"]),
        ({"wristband_scanned": None}, ["wristband_not_scanned"]),
        ({"course_open": False}, ["course_not_open"]),
        ({"consent_valid": False}, ["consent_missing"]),
        ({"consented_spots": ()}, ["place_not_consented"]),
        ({"second_is_competent": False}, ["second_not_competent"]),
        # Of the container in the hand nothing is known yet; another one may be right.
        ({"lot_released": False}, []),
        ({"container_held": False}, []),
        ({"expires_at": None}, []),
        ({"lot_is_for_this_course": False}, []),
        ({"donor_is_patient_or_eligible": False}, []),
        ({"container_labeled": False}, []),
        ({"container_is_dose": False}, []),
        ({"given_already": True}, []),
        ({"other_time_out_open": True}, []),
    ],
)
def test_a_wrong_wristband_stops_the_time_out_before_the_dose_is_scanned(
    facts: dict[str, object], reasons: list[str]
) -> None:
    told = replace(FACTS, **{**CONTAINER_LATER, **facts})  # type: ignore[arg-type]  # as above
    assert codes(time_out_blockers(told, at=AT, awaited={"container"})) == reasons
    in_the_end = codes(time_out_blockers(replace(told, din_scanned=FACTS.din_scanned), at=AT))
    assert set(reasons) <= set(in_the_end)


@given(
    facts=st.builds(
        replace,
        st.just(FACTS),
        wristband_scanned=st.sampled_from([None, "P0000001", "P0000002"]),
        din_scanned=st.sampled_from([None, FACTS.din_expected, "A999926000002"]),
        **{
            name: st.booleans()
            for name, kind in TimeOutFacts.__annotations__.items()
            if kind in {bool, "bool"}
        },
    ),
    came=st.integers(0, len(BEDSIDE_ORDER)),
)
def test_a_time_out_stops_for_nothing_early_that_would_have_gone(facts: TimeOutFacts, came: int) -> None:
    so_far = time_out_blockers(facts, at=AT, awaited=BEDSIDE_ORDER[came:])
    in_the_end = time_out_blockers(facts, at=AT)
    assert [one for one in in_the_end if one in so_far] == so_far
    if came == len(BEDSIDE_ORDER):
        assert so_far == in_the_end


def test_a_blank_scan_is_still_awaited() -> None:
    assert still_awaited(ORDER, {"container": "=A", "place": "  "}) == {"place", "wristband", "badge"}
