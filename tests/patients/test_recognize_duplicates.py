"""When two intakes are likely the same person, and why."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.patients.domain.intake import (
    Agreement,
    IntakeContact,
    IntakeIdentifier,
    PatientIntake,
    duplicate_reasons,
    likelihood_of_same_person,
)

ADA = PatientIntake("García López", ("María José", "Ana"), date(1980, 3, 4), "female")
STRONG = ["family_name", "given_name", "birth_date", "sex"]


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, STRONG, id="the same"),
        pytest.param({"family_name": "GARCIA-LOPEZ"}, STRONG, id="accents, case and hyphen"),
        pytest.param({"given_names": ("Maria-Jose",)}, STRONG, id="second name left out"),
        pytest.param(
            {"given_names": ("M.",)},
            ["family_name", "given_name (weak)", "birth_date", "sex"],
            id="initial for the full name",
        ),
        pytest.param(
            {"family_name": "García"},
            ["family_name (weak)", "given_name", "birth_date", "sex"],
            id="one half of a double name",
        ),
        pytest.param(
            {"birth_date": date(1980, 4, 3)},
            ["family_name", "given_name", "birth_date (weak)", "sex"],
            id="day and month swapped",
        ),
        pytest.param(
            {"birth_date": date(1990, 3, 4)},
            ["family_name", "given_name", "birth_date (weak)", "sex"],
            id="one digit typed wrong",
        ),
        pytest.param({"sex": "male"}, STRONG[:3], id="sex typed wrong"),
        pytest.param({"birth_date": date(1991, 3, 4)}, [], id="another birth date"),
        pytest.param({"given_names": ("Lucía",)}, [], id="a sister"),
        pytest.param({"given_names": ("M",), "birth_date": date(1980, 4, 3)}, [], id="two weak agreements"),
        pytest.param({"family_name": "Smith"}, [], id="married, nothing else known"),
    ],
)
def test_what_is_asked_about(change: dict[str, object], reasons: list[str]) -> None:
    assert duplicate_reasons(ADA, replace(ADA, **change)) == reasons  # type: ignore[arg-type]


def test_a_shared_identifier_is_enough_but_only_of_the_same_register() -> None:
    one = replace(ADA, identifiers=(IntakeIdentifier("http://hl7.org/fhir/sid/us-ssn", "999-22-1962", "SS"),))
    other = PatientIntake(
        "Nowak",
        ("Jan",),
        date(1950, 1, 1),
        "male",
        identifiers=(IntakeIdentifier("http://hl7.org/fhir/sid/us-ssn", "999221962"),),
    )
    assert duplicate_reasons(one, other) == ["identifier"]
    elsewhere = replace(other, identifiers=(IntakeIdentifier("https://clinic.example.org", "999-22-1962"),))
    assert duplicate_reasons(one, elsewhere) == []


def test_a_married_name_is_asked_about_when_the_telephone_agrees() -> None:
    phone = (IntakeContact("phone", "+1 202 555 0146"),)
    married = replace(ADA, family_name="Smith", contacts=(IntakeContact("phone", "+12025550146"),))
    assert duplicate_reasons(replace(ADA, contacts=phone), married) == [
        "given_name",
        "birth_date",
        "sex",
        "contact",
    ]


def test_a_shared_address_says_nothing() -> None:
    home = (IntakeContact("address", "1 Example Street"),)
    a, b = replace(ADA, contacts=home), replace(ADA, family_name="Smith", contacts=home)
    assert duplicate_reasons(a, b) == []


def test_swapped_names_agree_weakly_and_are_not_enough_alone() -> None:
    a = PatientIntake("Nguyen", ("Linh",), date(1980, 3, 4), "female")
    b = PatientIntake("Linh", ("Nguyễn",), date(1980, 3, 4), "unknown")
    assert likelihood_of_same_person(a, b) == (
        Agreement("family_name", "weak"),
        Agreement("given_name", "weak"),
        Agreement("birth_date", "strong"),
    )
    assert duplicate_reasons(a, b) == []


def test_empty_names_never_agree() -> None:
    nameless = PatientIntake("", (), date(1980, 3, 4), "unknown")
    assert likelihood_of_same_person(nameless, nameless) == (Agreement("birth_date", "strong"),)


NAMES = st.sampled_from(
    ["", "García", "Garcia López", "LOPEZ", "G", "Ana", "A.", "Ørsted", "O'Neil", "-"]
) | st.text(max_size=6)
INTAKES = st.builds(
    PatientIntake,
    family_name=NAMES,
    given_names=st.lists(NAMES, max_size=2).map(tuple),
    birth_date=st.dates(date(1979, 1, 1), date(1981, 12, 31)),
    sex=st.sampled_from(["female", "male", "other", "unknown"]),
    identifiers=st.lists(
        st.builds(IntakeIdentifier, st.sampled_from(["", "a", "b"]), st.sampled_from(["1", "2", "-"])),
        max_size=2,
    ).map(tuple),
    contacts=st.lists(
        st.builds(IntakeContact, st.sampled_from(["phone", "email", "address"]), st.sampled_from(["1", "2"])),
        max_size=2,
    ).map(tuple),
    birth_date_is_partial=st.booleans(),
)


@given(INTAKES, INTAKES)
def test_the_order_of_the_two_makes_no_difference(a: PatientIntake, b: PatientIntake) -> None:
    assert likelihood_of_same_person(a, b) == likelihood_of_same_person(b, a)
    assert duplicate_reasons(a, b) == duplicate_reasons(b, a)


@given(INTAKES, st.sampled_from(["García López", "Ørsted", "O'Neil", "de la Cruz", "Weiß"]))
def test_case_and_hyphens_never_matter(intake: PatientIntake, family_name: str) -> None:
    plain = replace(intake, family_name=family_name)
    shouted = replace(intake, family_name=family_name.replace(" ", "-").upper())
    assert likelihood_of_same_person(plain, shouted) == likelihood_of_same_person(plain, plain)
