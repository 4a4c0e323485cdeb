"""What must never become of the two people that a patient's account takes, written straight into the database."""

import pytest
from django.db import IntegrityError, transaction

from stroma.clinic.models import RoleAssignment, Signature, User
from stroma.patients.models import AccountGiven, Consent
from tests.never.account_rows import a_void, an_account, an_attestation
from tests.never.trial import Case, Write, ids, refused_by_its_guard_alone
from tests.never.world import World


def said_by_who_gave_it(world: World) -> Write:
    given = an_account(world)
    return lambda: an_attestation(world, given, "coordinator")


def said_by_whose_it_is(world: World) -> Write:
    given = an_account(world)
    return lambda: an_attestation(world, given, attested_by=given.account)


def said_alone_though_others_could(world: World) -> Write:
    given = an_account(world)
    return lambda: an_attestation(world, given, "coordinator", is_alone=True)


def said_twice(world: World) -> Write:
    given = an_account(world)
    an_attestation(world, given)
    return lambda: an_attestation(world, given, "nurse2", number=2)


def said_of_another_address(world: World) -> Write:
    given = an_account(world)
    return lambda: an_attestation(world, given, email="other@example.org")


def said_of_no_address(world: World) -> Write:
    given = an_account(world)
    User.objects.filter(pk=given.account_id).update(email="")
    return lambda: an_attestation(world, given, email="")


def an_attested_address_changed(world: World) -> Write:
    given = an_account(world)
    an_attestation(world, given)
    return lambda: User.objects.filter(pk=given.account_id).update(email="other@example.org")


def signed_with_an_account_that_nobody_attested(world: World) -> Write:
    return signing(world, an_account(world))


def signed_with_an_account_whose_attestation_is_void(world: World) -> Write:
    given = an_account(world)
    a_void(world, an_attestation(world, given))
    return signing(world, given)


def signing(world: World, given: AccountGiven) -> Write:
    course = world.consented
    RoleAssignment.objects.create(
        user=given.account, site=course.site, role="PATIENT", active_from=world.house.now
    )
    signature = Signature.objects.create(
        site=course.site,
        signer=given.account,
        printed_name="A Patient",
        role="PATIENT",
        meaning="APPROVAL",
        document_kind="consent",
        document_id=course.id,
        document_digest="a" * 64,
        method="SIMULATED",
        signed_at=world.at,
    )
    return lambda: Consent.objects.create(
        site=course.site,
        patient=course.patient,
        protocol=course.protocol,
        text_version="1",
        text_digest="a" * 64,
        language="en",
        method="ELECTRONIC",
        given_at=world.at,
        signature=signature,
    )


CASES = [
    Case("patients_attestation_takes_two", said_by_who_gave_it),
    Case("patients_attestation_takes_two", said_by_whose_it_is),
    Case("patients_attestation_alone_where_nobody_else", said_alone_though_others_could),
    Case("patients_attestation_one_is_live", said_twice),
    Case("patients_attestation_of_its_address", said_of_another_address),
    Case("patients_attestation_of_its_address", said_of_no_address),
    Case("patients_attested_address_stands", an_attested_address_changed),
    Case("patients_consent_by_an_attested_account", signed_with_an_account_that_nobody_attested),
    Case("patients_consent_by_an_attested_account", signed_with_an_account_whose_attestation_is_void),
]


def test_an_attestation_has_its_number_once(world: World) -> None:
    given = an_account(world)
    a_void(world, an_attestation(world, given))
    with pytest.raises(IntegrityError), transaction.atomic():
        an_attestation(world, given, number=1)
    assert an_attestation(world, given, number=2).number == 2


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_must_never_become_of_a_patients_account_is_refused(world: World, case: Case) -> None:
    refused_by_its_guard_alone(case, world)
