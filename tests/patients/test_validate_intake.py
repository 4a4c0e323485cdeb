"""What makes an intake unusable; the texts never repeat what was entered."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from stroma.patients.domain.intake import (
    IntakeCondition,
    IntakeIdentifier,
    IntakeMeasurement,
    IntakeTreatment,
    PatientIntake,
    validate_intake,
)

TODAY = date(2026, 11, 20)
SOUND = PatientIntake("Okafor", ("Ada",), date(1980, 5, 4), "female")


def codes_and_places(intake: PatientIntake) -> list[tuple[str, str]]:
    return [(problem.code, problem.place) for problem in validate_intake(intake, today=TODAY)]


def test_a_sound_intake_has_no_problem() -> None:
    assert codes_and_places(SOUND) == []


def test_every_problem_is_found_at_once() -> None:
    intake = replace(
        SOUND,
        family_name=" ",
        given_names=(),
        birth_date=date(2026, 11, 21),
        deceased_at=datetime(2026, 11, 30, tzinfo=UTC),
        identifiers=(IntakeIdentifier("https://register.example.org", ""),),
    )
    assert codes_and_places(intake) == [
        ("family_name_missing", "family_name"),
        ("given_name_missing", "given_names"),
        ("birth_date_in_future", "birth_date"),
        ("deceased_contradicts", "deceased"),
        ("deceased_in_future", "deceased_at"),
        ("identifier_empty", "identifiers[0].value"),
    ]


def test_nobody_dies_before_being_born_or_lives_for_two_centuries() -> None:
    died = replace(SOUND, deceased=True, deceased_at=datetime(1980, 5, 3, tzinfo=UTC))
    assert codes_and_places(died) == [("deceased_before_birth", "deceased_at")]
    assert codes_and_places(replace(SOUND, birth_date=date(1826, 1, 1))) == [
        ("birth_date_too_old", "birth_date")
    ]


def test_nothing_ends_before_it_begins_and_every_time_has_a_zone() -> None:
    intake = replace(
        SOUND,
        conditions=(IntakeCondition("", "", "Cough", date(2020, 2, 2), date(2020, 2, 1), is_active=False),),
        treatments=(IntakeTreatment("", "", "Therapy", date(2020, 2, 2), date(2020, 2, 1)),),
        measurements=(IntakeMeasurement("", "", "Weight", Decimal(70), "kg", datetime(2020, 1, 1)),),  # noqa: DTZ001
    )
    assert codes_and_places(intake) == [
        ("abated_before_onset", "conditions[0].abated"),
        ("ended_before_begun", "treatments[0].end"),
        ("time_without_zone", "measurements[0].measured_at"),
    ]


def test_no_problem_repeats_a_name_or_a_birth_date() -> None:
    intake = PatientIntake("", ("Grażyna",), date(2031, 7, 9), "female")
    texts = " ".join(str(problem) for problem in validate_intake(intake, today=TODAY))
    assert [secret for secret in ("Grażyna", "2031", "07-09") if secret in texts] == []
