"""Rows about patients' accounts, written without any action."""

import uuid
from typing import Any

from stroma.clinic.models import User
from stroma.patients.models import AccountAttestation, AccountGiven, AttestationVoid, Patient
from tests.never.world import World


def an_account(world: World, by: str = "coordinator") -> AccountGiven:
    """An account that a colleague gave, of nobody in particular."""
    account = User.objects.create(
        uuid=uuid.uuid4(), username=f"account-{uuid.uuid4().hex[:8]}", name="A Patient", email="a@example.org"
    )
    return AccountGiven.objects.create(
        site=world.house.clinic.site, account=account, given_by=world.house.person(by), given_at=world.at
    )


def a_patient_with_account(world: World) -> Patient:
    """The patient who consented, with an account."""
    patient = world.consented.patient
    patient.user = an_account(world).account
    patient.save(update_fields=["user"])
    return patient


def an_attestation(
    world: World, given: AccountGiven, part: str = "nurse", **facts: Any
) -> AccountAttestation:
    """What a second person said of it."""
    values = {
        "number": 1,
        "email": given.account.email,
        "document": "PASSPORT",
        "attested_by": world.house.person(part),
        "attested_at": world.at,
    } | facts
    return AccountAttestation.objects.create(given=given, **values)


def a_void(world: World, said: AccountAttestation) -> AttestationVoid:
    """That it holds no more."""
    return AttestationVoid.objects.create(attestation=said, voided_by=said.given.account, voided_at=world.at)
