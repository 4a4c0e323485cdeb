"""Every reason about links, training, reports of wrong tries and closed accounts, each by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stroma.clinic.domain.attempts import clearing_blockers
from stroma.clinic.domain.competence import (
    Skill,
    Training,
    asking_blockers,
    training_blockers,
    withdrawing_blockers,
)
from stroma.clinic.domain.inviting import WAITS_FOR, confirming_blockers, showing_blockers
from stroma.clinic.domain.roles import Role, authority_blockers

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONFIRMED_NOW: dict[str, Any] = {
    "asked_at": NOW,
    "is_asker": False,
    "is_oneself": False,
    "is_confirmed": False,
    "works_here": True,
    "at": NOW,
}
SHOWN_NOW: dict[str, Any] = {
    "asked_at": NOW,
    "is_asker": True,
    "is_confirmed": True,
    "is_shown": False,
    "works_here": True,
    "at": NOW,
}
SKILL = next(iter(Skill))
ASKED_FOR_NOW: dict[str, Any] = {
    "is_needed": True,
    "is_needed_now": False,
    "competent_people": 9,
    "reason": "as the plan says",
}


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"works_here": False}, ["person_not_here"]),
        ({"is_asker": True}, ["link_asked_by_oneself"]),
        ({"is_oneself": True}, ["link_for_oneself"]),
        ({"is_confirmed": True}, ["link_confirmed_before"]),
        ({"at": NOW + WAITS_FOR}, ["link_asked_too_long_ago"]),
    ],
)
def test_a_link_is_confirmed_by_another_in_time_and_once(facts: dict[str, Any], codes: list[str]) -> None:
    assert [one.code for one in confirming_blockers(**CONFIRMED_NOW | facts)] == codes


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"works_here": False}, ["person_not_here"]),
        ({"is_asker": False}, ["link_asked_by_another"]),
        ({"is_confirmed": False}, ["link_not_confirmed"]),
        ({"is_shown": True}, ["link_shown_before"]),
        ({"at": NOW + WAITS_FOR}, ["link_asked_too_long_ago"]),
    ],
)
def test_a_link_is_shown_once_to_who_asked_for_it(facts: dict[str, Any], codes: list[str]) -> None:
    assert [one.code for one in showing_blockers(**SHOWN_NOW | facts)] == codes


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"is_needed": False, "is_needed_now": True}, []),
        ({"is_needed_now": True}, ["competence_asked_already"]),
        ({"reason": " "}, ["reason_missing"]),
    ],
)
def test_a_training_is_asked_for_once_and_with_a_reason(facts: dict[str, Any], codes: list[str]) -> None:
    assert [one.code for one in asking_blockers(SKILL, **ASKED_FOR_NOW | facts)] == codes


def test_what_is_cleared_or_taken_back_has_a_reason_and_is_so_once() -> None:
    for is_done, reason, rules in (
        (False, "done with", ([], [])),
        (False, " ", (["reason_missing"], ["reason_missing"])),
        (True, "done with", (["attempts_cleared_before"], ["competence_withdrawn_before"])),
    ):
        cleared = clearing_blockers(is_cleared=is_done, reason=reason)
        withdrawn = withdrawing_blockers(is_withdrawn=is_done, reason=reason)
        assert tuple([one.code for one in found] for found in (cleared, withdrawn)) == rules


def test_a_closed_account_may_do_nothing() -> None:
    role = [Role.QUALITY]
    assert authority_blockers(role, role, is_active=True, at=NOW) == []
    found = authority_blockers(role, role, is_active=False, at=NOW)
    assert [one.code for one in found] == ["account_closed"]


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"works_here": False}, ["person_not_here"]),
        ({"is_oneself": True}, ["competence_of_oneself"]),
        ({"procedure": " "}, ["competence_unnamed"]),
        ({"trained_by": " "}, ["competence_trainer_missing"]),
        ({"at": NOW - timedelta(days=1)}, ["competence_in_the_future"]),
    ],
)
def test_a_record_of_training_says_by_whom_and_for_what(facts: dict[str, Any], codes: list[str]) -> None:
    told: dict[str, Any] = {
        "procedure": "SOP-7",
        "trained_by": "Dr. Bell",
        "is_oneself": False,
        "works_here": True,
        "at": NOW,
    }
    training = Training(skill=SKILL, trained_at=NOW, valid_until=None, withdrawn_at=None)
    assert [one.code for one in training_blockers(training, **told | facts)] == codes
