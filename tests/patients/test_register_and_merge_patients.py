"""Registering, recognizing and merging records, in the database."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site, User
from stroma.ledger.models import Entry
from stroma.patients.actions import LikelyDuplicate, NotMergeable, merge_patients, register_patient
from stroma.patients.domain.intake import (
    IntakeCondition,
    IntakeContact,
    IntakeIdentifier,
    IntakeMedication,
    PatientIntake,
)
from stroma.patients.models import Condition, Identifier, Medication, Patient
from stroma.patients.queries import (
    intake_of,
    patient_with_identifier,
    patient_with_record_number,
    records_merged_into,
)
from stroma.protocols.domain.problem import BadInput
from tests.factories import NOW, a_site, a_user

pytestmark = pytest.mark.django_db

BACK_PAIN = IntakeCondition(
    "http://snomed.info/sct", "279039007", "Low back pain", date(2019, 5, 1), None, is_active=True
)
WARFARIN = IntakeMedication(
    "http://www.nlm.nih.gov/research/umls/rxnorm", "855332", "Warfarin", date(2020, 1, 1), is_active=True
)
OLGA = PatientIntake(
    family_name="Lindqvist",
    given_names=("Olga", "Maria"),
    birth_date=date(1971, 3, 9),
    sex="female",
    identifiers=(IntakeIdentifier("urn:example:hospital", "4711", "MR"),),
    contacts=(IntakeContact("phone", "555-0142"),),
    conditions=(BACK_PAIN,),
    medications=(WARFARIN,),
)


@pytest.fixture
def site() -> Site:
    return a_site()


@pytest.fixture
def clerk(site: Site) -> User:
    return a_user(site, Role.COORDINATOR)


def register(
    site: Site, clerk: User, intake: PatientIntake = OLGA, minutes: int = 0, **how: object
) -> Patient:
    return register_patient(
        site=site,
        intake=intake,
        by=clerk,
        at=NOW + timedelta(minutes=minutes),
        **how,  # type: ignore[arg-type]
    )


def test_what_was_handed_in_is_what_the_rules_are_given_back(site: Site, clerk: User) -> None:
    found = intake_of(register(site, clerk))
    assert found == replace(OLGA, language="en")


def test_a_known_identifier_is_the_same_person_and_adds_only_what_is_new(site: Site, clerk: User) -> None:
    first = register(site, clerk)
    second = register(
        site, clerk, replace(OLGA, conditions=(BACK_PAIN, replace(BACK_PAIN, code="73595000"))), 5
    )
    assert second == first
    assert sorted(Condition.objects.values_list("code", flat=True)) == ["279039007", "73595000"]
    assert Medication.objects.count() == 1
    actions = Entry.objects.filter(action__startswith="patient.").order_by("sequence")
    assert list(actions.values_list("action", flat=True)) == ["patient.registered", "patient.updated"]


def test_a_medicine_that_a_later_intake_knows_as_ended_is_no_longer_taken(site: Site, clerk: User) -> None:
    register(site, clerk)
    register(site, clerk, replace(OLGA, medications=()), 5)  # says nothing of it
    assert list(Medication.objects.values_list("is_active", flat=True)) == [True]
    ended = replace(WARFARIN, is_active=False)
    register(site, clerk, replace(OLGA, medications=(ended, WARFARIN)), 10)  # an old and a new prescription
    assert Medication.objects.filter(is_active=True).count() == 1
    patient = register(site, clerk, replace(OLGA, medications=(ended,)), 15)
    assert [medication.is_active for medication in intake_of(patient).medications] == [False, False]
    assert '"medications_ended":1' in Entry.objects.latest("sequence").text


def test_the_ledger_names_nobody(site: Site, clerk: User) -> None:
    register(site, clerk)
    text = Entry.objects.get(action="patient.registered").text
    text = re.sub(r"[0-9a-f]{32,}", "", text)  # a digest may hold the four digits of a year by chance
    assert [
        word for word in ("Lindqvist", "Olga", "1971", "4711", "555-0142", "Warfarin") if word in text
    ] == []


@pytest.mark.parametrize(
    ("intake", "asked"),
    [
        (replace(OLGA, identifiers=()), True),
        (replace(OLGA, identifiers=(), family_name="Berg"), True),
        (replace(OLGA, identifiers=(), family_name="Berg", contacts=()), False),
        (replace(OLGA, identifiers=(), birth_date=date(1980, 12, 12)), False),
    ],
    ids=["all the same", "married, same telephone", "married, no telephone", "born another day"],
)
def test_somebody_very_like_a_known_patient_is_asked_about(
    site: Site, clerk: User, intake: PatientIntake, asked: bool
) -> None:
    known = register(site, clerk)
    if asked:
        with pytest.raises(LikelyDuplicate) as refused:
            register(site, clerk, intake, 5)
        assert [b.values["record"] for b in refused.value.blockers] == [known.record_number]
    else:
        assert register(site, clerk, intake, 5) != known
    assert Patient.objects.count() == (1 if asked else 2)


def test_the_person_named_as_the_same_is_the_same(site: Site, clerk: User) -> None:
    known = register(site, clerk)
    assert register(site, clerk, replace(OLGA, identifiers=()), 5, same_person=known) == known
    assert Patient.objects.count() == 1


def test_an_unusable_intake_tells_every_fault_and_nobody_is_written(site: Site, clerk: User) -> None:
    with pytest.raises(BadInput) as refused:
        register(site, clerk, replace(OLGA, family_name=" ", given_names=(), birth_date=date(2999, 1, 1)))
    assert [p.code for p in refused.value.problems] == [
        "family_name_missing",
        "given_name_missing",
        "birth_date_in_future",
    ]
    assert "2999" not in str(refused.value)
    assert Patient.objects.count() == 0


def test_a_technologist_registers_nobody(site: Site) -> None:
    with pytest.raises(NotAuthorized):
        register(site, a_user(site, Role.TECHNOLOGIST))


def test_a_death_that_becomes_known_stays_known(site: Site, clerk: User) -> None:
    died = datetime(2026, 1, 1, tzinfo=UTC)
    register(site, clerk, replace(OLGA, deceased=True, deceased_at=died))
    patient = register(site, clerk, OLGA, 5)
    patient.refresh_from_db()
    assert (patient.is_deceased, patient.deceased_at) == (True, died)


def test_a_merge_leaves_one_record_that_every_old_number_leads_to(site: Site, clerk: User) -> None:
    first = register(site, clerk)
    second = register(
        site, clerk, replace(OLGA, given_names=("Ólga",), identifiers=()), 5, is_new_person=True
    )
    third = register(
        site,
        clerk,
        replace(OLGA, identifiers=(IntakeIdentifier("urn:example:insurer", "X-9", "NH"),)),
        10,
        is_new_person=True,
    )
    merge = {"reason": "the same person", "by": clerk}
    merge_patients(duplicate=third, survivor=second, at=NOW + timedelta(minutes=15), **merge)  # type: ignore[arg-type]
    merge_patients(duplicate=second, survivor=first, at=NOW + timedelta(minutes=20), **merge)  # type: ignore[arg-type]

    assert patient_with_record_number(site, third.record_number) == first
    insurer = replace(OLGA, identifiers=(IntakeIdentifier("urn:example:insurer", "X-9"),))
    assert patient_with_identifier(site, insurer) == first
    assert {i.patient_id for i in Identifier.objects.all()} == {first.id}
    assert [p.id for p in records_merged_into(first)] == [second.id, third.id]
    assert register(site, clerk, insurer, 25) == first


@pytest.mark.parametrize(
    ("case", "codes"),
    [
        ("itself", ["merge_with_itself"]),
        ("another site", ["merge_across_sites"]),
        ("merged before", ["merged_already"]),
        ("no reason", ["reason_missing"]),
    ],
)
def test_records_that_cannot_be_merged_stay_as_they_are(
    site: Site, clerk: User, case: str, codes: list[str]
) -> None:
    first = register(site, clerk)
    second = register(site, clerk, replace(OLGA, identifiers=()), 5, is_new_person=True)
    elsewhere = a_site()
    duplicate = {
        "itself": first,
        "another site": register(elsewhere, a_user(elsewhere, Role.COORDINATOR), minutes=6),
    }.get(case, second)
    reason = "" if case == "no reason" else "the same"
    if case == "merged before":
        merge_patients(
            duplicate=second, survivor=first, reason="the same", by=clerk, at=NOW + timedelta(minutes=7)
        )
    before = Entry.objects.count()
    with pytest.raises(NotMergeable) as refused:
        merge_patients(
            duplicate=duplicate, survivor=first, reason=reason, by=clerk, at=NOW + timedelta(minutes=8)
        )
    assert [b.code for b in refused.value.blockers] == codes
    assert Entry.objects.count() == before
