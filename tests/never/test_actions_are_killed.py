"""An action that is killed in the middle leaves nothing; one that is killed after its commit leaves all of it.

Sixteen kinds of action are killed before their statements, one by one, right before the commit and right after.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.processes

WRITES = {
    "sign_certificate": ["certificate.signed"],
    "release_lot": ["lot.released"],
    "hand_over": ["container.handed_over"],
    "complete_time_out": ["time_out.completed"],
    "cancel_time_out": ["time_out.cancelled"],
    "give_dose": ["dose.given"],
    "register_patient": ["patient.registered"],
    "consent_to_course": ["consent.given", "course.consented"],
    "book_chain": ["visits.booked"],
    "collect_tissue": ["tissue.collected"],
    "print_label": ["label.printed"],
    "apply_label": ["label.applied"],
    "do_step": ["batch.step_done"],
    "withdraw_consent": ["consent.withdrawn"],
    "divide_for_course": ["lot.divided", "lot.set_aside"],
    "merge_patients": ["patient.merged"],
}


@pytest.fixture(scope="module")
def killed(world_of_this_file: dict[str, str]) -> dict[str, Any]:
    """What was left of each action after each of its deaths."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.never.driver", "crash"],
        env=world_of_this_file,
        cwd=world_of_this_file["PYTHONPATH"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("action", WRITES)
def test_an_action_killed_before_its_commit_leaves_nothing(killed: dict[str, Any], action: str) -> None:
    said = killed["actions"][action]
    assert said["points"] > min(said["statements"], 8)
    assert said["not as before"] == []


@pytest.mark.parametrize("action", WRITES)
def test_an_action_killed_after_its_commit_leaves_all_of_it(killed: dict[str, Any], action: str) -> None:
    assert killed["actions"][action]["written"] == WRITES[action]


def test_every_action_was_killed(killed: dict[str, Any]) -> None:
    assert list(killed["actions"]) == list(WRITES)


def test_nothing_is_found_wrong_after_all_these_deaths(killed: dict[str, Any]) -> None:
    assert killed["findings"] == []


def test_without_a_transaction_half_a_hand_over_is_left_and_found(killed: dict[str, Any]) -> None:
    left = killed["without a transaction"]
    assert not left["as before"]
    assert [line.rpartition(": ")[2] for line in left["findings"]] == [
        "the table and the ledger do not agree"
    ]
