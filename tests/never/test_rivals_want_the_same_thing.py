"""Real processes that want the same thing at the same moment: one gets it.

Each case is run again with its keepers switched off, alone and together: any one of them is enough, and without all of
them the thing that must never happen does happen, so that the test would notice.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.processes


def rivals(environment: dict[str, str], case: str, off: str = "") -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.never.driver", "rivals", case, off],
        env=environment,
        cwd=environment["PYTHONPATH"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("case", "gets", "others"),
    [
        ("step", "done", {"step_already_done"}),
        ("correction", "done", {"value_corrected_already"}),
        ("dose", "done", {"given_already,container_holds_less"}),
        ("release", "done", {"lot_not_in_quarantine"}),
        ("signature", "done", {"signed_already"}),
        ("container", "done", {"container_state_does_not_allow"}),
        ("badge", "done", {"badge_live_already"}),
        ("attestation", "done", {"account_attested_before"}),
    ],
)
def test_one_gets_it_and_the_other_is_told_why(
    own_world: dict[str, str], case: str, gets: str, others: set[str]
) -> None:
    after = rivals(own_world, case)
    assert after["outcomes"].count(gets) == 1
    assert set(after["outcomes"]) - {gets} <= others
    assert (after["count"], after["findings"]) == (1, [])


@pytest.mark.parametrize(
    ("case", "reasons"),
    [
        ("collection of a course that ends", "course_not_open,consent_missing"),
        ("step of a course that ends", "course_not_open,consent_missing"),
        ("booking of a course that ends", "booking_course_not_open,booking_consent_withdrawn"),
        ("signature for a course that ends", "consent_withdrawn,course_stopped"),
        ("release for a course that ends", "consent_withdrawn,course_stopped"),
        ("withdrawal", "consent_missing"),
        ("call", "lot_not_released"),
        ("donor", "cells_of_somebody_else"),
        ("revoked badge", "badge_revoked"),
        ("revoked badge at a box", "badge_revoked"),
        ("address that changes", "account_not_attested"),
        ("cancelling", "time_out_cancelled"),
        (
            "held result",
            "appearance_pending,appearance_held,"
            "signed_document_changed,signed_document_changed,signature_missing,signature_missing",
        ),
        (
            "held count of the parent",
            "cpd_pending,cpd_held,"
            "signed_document_changed,signed_document_changed,signature_missing,signature_missing",
        ),
    ],
)
def test_who_comes_while_another_has_written_and_not_committed_waits_and_is_told_of_it(
    own_world: dict[str, str], case: str, reasons: str
) -> None:
    after = rivals(own_world, case)
    assert after == {"outcomes": sorted(["done", reasons]), "count": 0, "findings": []}


def test_two_time_outs_of_one_dose_at_once_give_it_once(own_world: dict[str, str]) -> None:
    after = rivals(own_world, "time-outs of one dose")
    assert after["outcomes"].count("done") == after["count"] == 1
    before_the_dose, behind_it = "given_already,container_holds_less", "container_not_held,given_already"
    assert set(after["outcomes"]) - {"done"} <= {before_the_dose, behind_it}
    assert after["findings"] == []


def test_two_containers_have_no_time_out_for_one_place_at_once(own_world: dict[str, str]) -> None:
    after = rivals(own_world, "time-outs for one place")
    assert (after["outcomes"], after["count"]) == (["done", "other_time_out_open"], 1)


def test_two_who_skip_a_step_are_both_refused(own_world: dict[str, str]) -> None:
    after = rivals(own_world, "skipped step")
    assert (after["count"], after["findings"]) == (0, [])
    assert ["step_out_of_order" in outcome for outcome in after["outcomes"]] == [True, True]


def test_two_who_want_one_position_do_not_both_get_it(own_world: dict[str, str]) -> None:
    after = rivals(own_world, "position")
    assert after["outcomes"].count("done") == after["count"] == 1
    assert set(after["outcomes"]) - {"done"} <= {"position_is_taken"}


def test_two_who_split_six_of_ten_make_one_part(own_world: dict[str, str]) -> None:
    after = rivals(own_world, "split")
    assert sorted(after["outcomes"]) == ["container_holds_less", "done"]
    assert after["count"] == 1


def test_eight_desks_that_register_one_person_make_one_record(own_world: dict[str, str]) -> None:
    after = rivals(own_world, "person")
    assert after == {"outcomes": ["done"] * 8, "count": 1, "findings": []}


def test_eight_donations_get_eight_numbers(own_world: dict[str, str]) -> None:
    after = rivals(own_world, "donation number")
    assert (after["outcomes"], after["count"]) == (["done"] * 8, 0)


@pytest.mark.parametrize(
    ("case", "off", "count"),
    [
        ("step", "database", 1),
        ("step", "lock", 1),
        ("step", "lock,database", 2),
        ("skipped step", "database", 0),
        ("skipped step", "rule", 0),
        ("skipped step", "rule,database", 1),
        ("correction", "database", 1),
        ("correction", "lock", 1),
        ("correction", "lock,database", 2),
        ("dose", "database", 1),
        ("dose", "rule", 1),
        ("dose", "lock", 1),
        ("dose", "rule,database", 2),
        ("dose", "lock,database", 2),
        ("release", "lock", 1),
        ("release", "lock,database", 2),
        ("badge", "lock", 1),
        ("badge", "lock,database", 2),
        ("attestation", "lock", 1),
        ("attestation", "lock,database", 2),
        ("address that changes", "lock", 0),
        ("address that changes", "lock,database", 1),
        ("revoked badge", "lock", 0),
        ("revoked badge", "lock,database", 1),
        ("revoked badge at a box", "lock", 0),
        ("revoked badge at a box", "lock,database", 1),
        ("held result", "lock", 0),
        ("held result", "lock,database", 1),
        ("held count of the parent", "lock", 0),
        ("held count of the parent", "lock,database", 1),
        ("signature", "lock,database", 2),
        ("position", "lock", 1),
        ("position", "lock,database", 2),
        ("split", "lock", 1),
        ("split", "lock,database", 2),
        ("container", "lock", 1),
        ("withdrawal", "lock", 0),
        ("withdrawal", "lock,database", 1),
        ("call", "lock", 0),
        ("call", "lock,database", 1),
        ("donor", "lock", 0),
        ("donor", "lock,database", 1),
        ("cancelling", "lock", 0),
        ("cancelling", "lock,database", 1),
        ("time-outs of one dose", "rule", 1),
        ("time-outs of one dose", "rule,database", 2),
        ("time-outs for one place", "lock", 2),
        ("label", "", 1),
        ("label", "lock", 1),
        ("label", "lock,database", 2),
        ("place", "", 1),
        ("place", "lock,database", 2),
        ("container", "lock,database", 2),
        ("collection of a course that ends", "lock", 1),
        ("step of a course that ends", "lock", 1),
        ("booking of a course that ends", "lock", 1),
        ("signature for a course that ends", "lock", 1),
        ("release for a course that ends", "lock", 1),
    ],
)
def test_each_keeper_is_enough_and_without_them_it_happens(
    own_world: dict[str, str], case: str, off: str, count: int
) -> None:
    assert rivals(own_world, case, off)["count"] == count


@pytest.mark.parametrize("case", ["person", "donation number"])
def test_without_lock_and_keys_there_are_two_of_what_is_one(own_world: dict[str, str], case: str) -> None:
    least = {"person": 2, "donation number": 1}[case]
    assert rivals(own_world, case, "lock,database")["count"] >= least
