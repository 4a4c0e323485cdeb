"""A certificate is signed by two competent people, each with a fresh credential, for what is shown now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stroma.clinic.domain.roles import Role
from stroma.release.domain.signing import FRESH_FOR, Credential, Signature, signature_blockers

AT = datetime(2026, 4, 1, 10, tzinfo=UTC)
DIGEST = "9f" * 32
ROLES = (Role.PHYSIATRIST, Role.QUALITY)
PHYSICIAN = Signature(
    signer="staff-1",
    role=Role.PHYSIATRIST,
    is_competent=True,
    credential=Credential.PASSKEY,
    credential_checked_at=AT - timedelta(minutes=1),
    signed_at=AT,
    document_digest=DIGEST,
)
QUALITY = replace(PHYSICIAN, signer="staff-2", role=Role.QUALITY, credential=Credential.PASSWORD)


def codes(*signatures: Signature, simulated: bool = False) -> list[str]:
    blockers = signature_blockers(
        signatures, document_digest=DIGEST, roles_needed=ROLES, at=AT, simulated=simulated
    )
    assert all(blocker.source for blocker in blockers)
    return [blocker.code for blocker in blockers]


def test_two_people_in_the_two_roles_have_signed() -> None:
    assert codes(PHYSICIAN, QUALITY) == []


def test_nobody_has_signed() -> None:
    assert codes() == ["signature_missing", "signature_missing"]


def test_one_person_does_not_sign_for_two() -> None:
    assert codes(PHYSICIAN, replace(QUALITY, signer="staff-1")) == ["one_person_signed_for_two"]


def test_a_third_signature_heals_the_second_one_of_the_same_person() -> None:
    assert codes(PHYSICIAN, replace(QUALITY, signer="staff-1"), QUALITY) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"document_digest": "00" * 32}, ["signed_document_changed", "signature_missing"]),
        ({"is_competent": False}, ["signer_not_competent", "signature_missing"]),
        ({"credential": Credential.SESSION}, ["credential_is_no_signature", "signature_missing"]),
        ({"credential": Credential.SIMULATED}, ["credential_is_no_signature", "signature_missing"]),
        ({"role": Role.COORDINATOR}, ["signature_missing"]),
        (
            {"credential_checked_at": AT - FRESH_FOR - timedelta(seconds=1)},
            ["credential_not_fresh", "signature_missing"],
        ),
        ({"credential_checked_at": AT + timedelta(seconds=1)}, ["credential_not_fresh", "signature_missing"]),
        (
            {
                "signed_at": AT + timedelta(seconds=1),
                "credential_checked_at": AT,
            },
            ["signed_in_the_future", "signature_missing"],
        ),
    ],
)
def test_a_signature_that_does_not_hold_says_why_and_does_not_count(
    change: dict[str, object], expected: list[str]
) -> None:
    assert codes(PHYSICIAN, replace(QUALITY, **change)) == expected  # type: ignore[arg-type]


def test_a_simulated_signature_counts_in_a_simulated_database_only() -> None:
    pretended = [replace(one, credential=Credential.SIMULATED) for one in (PHYSICIAN, QUALITY)]
    assert codes(*pretended, simulated=True) == []
    assert codes(*pretended) == ["credential_is_no_signature"] * 2 + ["signature_missing"] * 2


def test_a_credential_checked_five_minutes_ago_is_still_fresh() -> None:
    assert codes(PHYSICIAN, replace(QUALITY, credential_checked_at=AT - FRESH_FOR)) == []
