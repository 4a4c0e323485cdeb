"""What an intake says about candidacy, and whether it still holds at the moment asked about."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stroma.candidacy.domain import codes
from stroma.candidacy.domain.codes import CodeSet, Match
from stroma.candidacy.domain.findings import Finding, findings
from stroma.patients.domain.intake import (
    IntakeCondition,
    IntakeMeasurement,
    IntakeMedication,
    IntakeTreatment,
    PatientIntake,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERSON = PatientIntake("Okafor", ("Ada",), date(1980, 3, 2), "female")


def condition(
    code: str,
    display: str = "",
    *,
    onset: date | None = date(2026, 1, 2),
    abated: date | None = None,
    active: bool = True,
) -> PatientIntake:
    entry = IntakeCondition(codes.SNOMED_CT, code, display, onset, abated, is_active=active)
    return replace(PERSON, conditions=(entry,))


def medication(
    display: str, *, code: str = "", active: bool = True, started: date | None = date(2025, 6, 1)
) -> PatientIntake:
    return replace(
        PERSON, medications=(IntakeMedication(codes.RXNORM, code, display, started, is_active=active),)
    )


def measurement(code: str, value: str, unit: str, days_ago: float, *, value_code: str = "") -> PatientIntake:
    amount = value if value_code or not value[:1].isdigit() else Decimal(value)
    measured_at = AT - timedelta(days=days_ago)
    entry = IntakeMeasurement(codes.LOINC, code, "", amount, unit, measured_at, value_code)
    return replace(PERSON, measurements=(entry,))


def found(intake: PatientIntake) -> dict[str, tuple[object, bool]]:
    """Everything found beside the age: value and whether it is current."""
    return {
        name: (f.value, f.is_current) for name, f in findings(intake, at=AT).items() if name != "age_years"
    }


def test_a_record_without_entries_says_only_the_age() -> None:
    assert findings(PERSON, at=AT) == {
        "age_years": Finding("age_years", 45, "Patient, birth date", AT.date())
    }


def test_a_finding_carries_the_entry_it_rests_on() -> None:
    finding = findings(condition("72892002", "Normal pregnancy"), at=AT)["is_pregnant_or_breastfeeding"]
    text = "Condition 72892002 Normal pregnancy, active since 2026-01-02"
    assert finding == Finding("is_pregnant_or_breastfeeding", True, text, date(2026, 1, 2))  # noqa: FBT003


def test_age_is_that_at_death_and_uncertain_without_a_full_birth_date() -> None:
    died = replace(PERSON, deceased=True, deceased_at=datetime(2000, 3, 2, tzinfo=UTC))
    assert {name: f.value for name, f in findings(died, at=AT).items()} == {
        "age_years": 20,
        "is_deceased": True,
    }
    assert findings(replace(PERSON, birth_date_is_partial=True), at=AT)["age_years"].is_current is False


PREGNANT, CANCER, INFECTED = "is_pregnant_or_breastfeeding", "has_cancer", "has_active_infection"


@pytest.mark.parametrize(
    ("intake", "expected"),
    [
        pytest.param(condition("72892002"), {PREGNANT: (True, True)}, id="pregnant"),
        pytest.param(
            condition("72892002", onset=date(2024, 1, 2)),
            {PREGNANT: (True, False)},
            id="pregnancy left open for years",
        ),
        pytest.param(condition("72892002", abated=date(2026, 2, 1)), {}, id="pregnancy ended"),
        pytest.param(condition("72892002", active=False), {}, id="pregnancy resolved, no date"),
        pytest.param(
            condition("72892002", onset=date(2026, 5, 1)), {}, id="begins later than the moment asked about"
        ),
        pytest.param(
            condition("126906006", onset=date(2003, 7, 12)), {CANCER: (True, True)}, id="cancer, active"
        ),
        pytest.param(
            condition("254837009", onset=date(2019, 1, 1), abated=date(2022, 1, 1), active=False),
            {CANCER: (True, True)},
            id="cancer within five years",
        ),
        pytest.param(
            condition("254837009", onset=date(2010, 1, 1), abated=date(2015, 1, 1), active=False),
            {},
            id="cancer long ago",
        ),
        pytest.param(
            condition("162573006", "Suspected lung cancer (situation)"),
            {CANCER: (True, False)},
            id="suspected",
        ),
        pytest.param(condition("", "Family history of breast cancer"), {}, id="a relative's cancer"),
        pytest.param(
            condition("", "History of malignant melanoma"), {CANCER: (True, False)}, id="history of cancer"
        ),
        pytest.param(
            medication("1 ML DOCEtaxel 20 MG/ML Injection"), {CANCER: (True, True)}, id="chemotherapy"
        ),
        pytest.param(
            medication("0.25 ML Leuprolide Acetate"), {CANCER: (True, False)}, id="given for cancer and else"
        ),
        pytest.param(condition("301011002"), {INFECTED: (True, True)}, id="infection"),
        pytest.param(
            condition("233604007", onset=date(2016, 4, 10)),
            {INFECTED: (True, False)},
            id="infection left open",
        ),
        pytest.param(
            condition("26929004", onset=date(2020, 1, 18)),
            {"has_capacity_to_consent": (False, True)},
            id="Alzheimer",
        ),
        pytest.param(
            condition("69896004"), {"has_inflammatory_arthritis": (True, True)}, id="rheumatoid arthritis"
        ),
        pytest.param(
            condition("", "Hemophilia A"), {"has_bleeding_disorder": (True, True)}, id="bleeding, by words"
        ),
        pytest.param(
            condition("", "HIV disease"), {"is_immunosuppressed": (True, True)}, id="immune disease"
        ),
        pytest.param(
            condition("278860009", onset=date(2025, 8, 15)), {"pain_months": (6, True)}, id="low back pain"
        ),
        pytest.param(
            condition("82423001", onset=date(2025, 3, 1)),
            {"pain_months": (12, False)},
            id="pain, place unknown",
        ),
        pytest.param(
            medication("Warfarin Sodium 5 MG Oral Tablet"),
            {"takes_anticoagulant": (True, True)},
            id="warfarin",
        ),
        pytest.param(
            medication("", code="309362"), {"takes_anticoagulant": (True, True)}, id="clopidogrel by code"
        ),
        pytest.param(medication("apixaban 5 MG", active=False), {}, id="stopped anticoagulant"),
        pytest.param(medication("heparin sodium 10 UNT/ML lock flush"), {}, id="heparin that rinses a line"),
        pytest.param(
            medication("methotrexate 2.5 MG"), {"is_immunosuppressed": (True, True)}, id="immunosuppressant"
        ),
        pytest.param(medication("tacrolimus 0.001 MG/MG Topical Ointment"), {}, id="on the skin only"),
        pytest.param(
            medication("Tramadol 50 MG"), {"takes_high_dose_opioid": (True, False)}, id="opioid, dose unknown"
        ),
        pytest.param(
            medication("prednisone 5 MG"),
            {"weeks_since_steroid": (0, True), "is_immunosuppressed": (True, False)},
            id="steroid now",
        ),
        pytest.param(
            medication("prednisone 5 MG", active=False, started=date(2026, 2, 1)),
            {"weeks_since_steroid": (4, False)},
            id="steroid ended some time",
        ),
    ],
)
def test_conditions_and_medicines(intake: PatientIntake, expected: dict[str, tuple[object, bool]]) -> None:
    assert found(intake) == expected


@pytest.mark.parametrize(
    ("intake", "expected"),
    [
        pytest.param(
            measurement("72514-3", "6", "{score}", 30), {"pain_nrs": (6.0, True)}, id="pain, still fresh"
        ),
        pytest.param(
            measurement("72514-3", "6", "{score}", 30.1), {"pain_nrs": (6.0, False)}, id="pain, a month old"
        ),
        pytest.param(measurement("72514-3", "60", "{score}", 1), {}, id="no 0 to 10 score"),
        pytest.param(measurement("72514-3", "6", "{score}", -1), {}, id="later than the moment asked about"),
        pytest.param(
            measurement("718-7", "141", "g/L", 180), {"hemoglobin_g_dl": (14.1, True)}, id="another unit"
        ),
        pytest.param(measurement("718-7", "8.7", "mmol/L", 1), {}, id="a unit we do not convert"),
        pytest.param(
            measurement("777-3", "250", "10*3/uL", 181),
            {"platelets_per_nl": (250.0, False)},
            id="old platelets",
        ),
        pytest.param(measurement("777-3", "<5", "10*3/uL", 1), {}, id="below the limit of the method"),
        pytest.param(measurement("4548-4", "8.4", "%", 3), {"hba1c_percent": (8.4, True)}, id="HbA1c"),
        pytest.param(
            measurement("39156-5", "31", "kg/m2", 366), {"bmi": (31.0, False)}, id="old body mass index"
        ),
        pytest.param(
            measurement("72166-2", "", "", 9, value_code="449868002"), {"smokes": (True, True)}, id="smoker"
        ),
        pytest.param(
            measurement("72166-2", "", "", 9, value_code="8517006"), {"smokes": (False, True)}, id="ex-smoker"
        ),
        pytest.param(measurement("72166-2", "", "", 9, value_code="266927001"), {}, id="smoking unknown"),
        pytest.param(
            measurement("82810-3", "", "", 9, value_code="77386006"),
            {PREGNANT: (True, True)},
            id="pregnancy test",
        ),
        pytest.param(
            measurement("82810-3", "", "", 9, value_code="60001007"), {}, id="not pregnant, may breastfeed"
        ),
    ],
)
def test_measurements(intake: PatientIntake, expected: dict[str, tuple[object, bool]]) -> None:
    assert {
        k: (pytest.approx(v) if isinstance(v, float) else v, c) for k, (v, c) in found(intake).items()
    } == expected


def test_body_mass_index_is_worked_out_from_weight_and_height() -> None:
    weight, height = measurement("29463-7", "80", "kg", 10), measurement("8302-2", "2", "m", 700)
    intake = replace(PERSON, measurements=(*weight.measurements, *height.measurements))
    assert found(intake) == {"bmi": (20.0, True)}


def test_earlier_operations_and_injections() -> None:
    treatments = (
        IntakeTreatment(codes.CPT, "63030", "", date(2015, 5, 5)),
        IntakeTreatment("", "", "Lumbar epidural steroid injection", date(2026, 1, 1)),
        IntakeTreatment("", "", "Lumbar epidural steroid injection", date(2026, 2, 1)),
    )
    expected = {"prior_lumbar_surgery": (True, True), "weeks_since_steroid": (4, True)}
    assert found(replace(PERSON, treatments=treatments)) == expected


def test_the_newest_value_speaks_and_a_current_reason_against_goes_first() -> None:
    old, new = measurement("72514-3", "8", "{score}", 20), measurement("72514-3", "3", "{score}", 2)
    assert found(replace(PERSON, measurements=(*new.measurements, *old.measurements))) == {
        "pain_nrs": (3.0, True)
    }
    left_open, now = condition("72892002", onset=date(2020, 1, 1)), condition("72892002")
    both = replace(PERSON, conditions=(*now.conditions, *left_open.conditions))
    assert found(both) == {PREGNANT: (True, True)}


def test_an_unconfirmed_condition_is_asked_about() -> None:
    suspected = replace(condition("69896004").conditions[0], is_confirmed=False)
    assert found(replace(PERSON, conditions=(suspected,))) == {"has_inflammatory_arthritis": (True, False)}


@pytest.mark.parametrize(
    ("wanted", "system", "code", "display", "expected"),
    [
        (codes.CANCER, codes.ICD_10_CM, "C50.911", "", Match.CODE),
        (codes.CANCER, codes.SNOMED_CT, "C50", "", None),  # a code counts in its own system only
        (codes.CANCER, "", "", "Malignant neoplasm, not otherwise specified", Match.WORDS),
        (codes.CANCER, "", "", "Screening for cancer", None),
        (codes.ACTIVE_INFECTION, codes.ICD_10_CM, "B94.9", "Sequelae of infection", None),
        (codes.BLEEDING_DISORDER, codes.ICD_10_CM, "D68.59", "Primary thrombophilia", None),
        (codes.LOW_BACK_PAIN, codes.ICD_10_CM, "M54.50", "", Match.CODE),
        (codes.PREGNANCY, "", "", "Ectopic pregnancy", None),
    ],
)
def test_how_an_entry_belongs_to_a_set(
    wanted: CodeSet, system: str, code: str, display: str, expected: Match | None
) -> None:
    assert wanted.match(system, code, display) == expected
