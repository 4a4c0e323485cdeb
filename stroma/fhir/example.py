"""A patient record of our own making: a plausible adult with chronic low back pain, current to a given day.

For demonstrations, tests and the tutorial, so that nothing in the repository rests on other people's data.
The person is invented; numbers and addresses are of the ranges kept for examples (``example.org``, 555-01xx).
Identifiers are derived from fixed names, so the same day gives the same bundle.
"""

import uuid
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from stroma.candidacy.domain import codes

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://stroma.example.org/fhir/example")
_ZONE = timezone(timedelta(hours=-5))
_UCUM = "http://unitsofmeasure.org"
_PATIENT = f"urn:uuid:{uuid.uuid5(_NAMESPACE, 'patient')}"

AGE_YEARS = 46
PAIN_BEGAN_DAYS_AGO = 800
"""Somewhat more than two years: chronic, and within the trials' range (``clinical.md`` §3.1)."""

# Days before today, and the 0-10 pain score said then: a slow rise under ordinary treatment.
_PAIN = ((720, 4), (540, 5), (365, 6), (180, 6), (90, 7), (30, 6), (3, 7))

_RESULTS: tuple[tuple[int, str, str, float, str], ...] = (
    (20, codes.HEMOGLOBIN, "Hemoglobin [Mass/volume] in Blood", 14.1, "g/dL"),
    (20, codes.PLATELETS, "Platelets [#/volume] in Blood by Automated count", 246, "10*3/uL"),
    (20, codes.HEMOGLOBIN_A1C, "Hemoglobin A1c/Hemoglobin.total in Blood", 5.4, "%"),
    (20, codes.BODY_HEIGHT, "Body height", 168, "cm"),
    (20, codes.BODY_WEIGHT, "Body weight", 71.5, "kg"),
    (20, codes.BODY_MASS_INDEX, "Body mass index (BMI) [Ratio]", 25.3, "kg/m2"),
)


def example_bundle(*, today: date) -> dict[str, Any]:
    """A FHIR R4 transaction bundle that :func:`stroma.fhir.bundle.read_bundle` reads without a remark."""
    resources = [
        _patient(today),
        *_conditions(today),
        *_medicines(today),
        *_procedures(today),
        *_observations(today),
        _allergy(today),
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": [_entry(r) for r in resources]}


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    return {
        "fullUrl": f"urn:uuid:{resource['id']}",
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]},
    }


def _resource(resource_type: str, name: str, /, **elements: Any) -> dict[str, Any]:
    return {"resourceType": resource_type, "id": str(uuid.uuid5(_NAMESPACE, name)), **elements}


def _about(element: str = "subject") -> dict[str, Any]:
    return {element: {"reference": _PATIENT}}


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _status(kind: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{kind}", "code": code}]}


def _at(today: date, days_ago: int) -> str:
    return datetime.combine(today - timedelta(days=days_ago), time(9, 30), _ZONE).isoformat()


def _patient(today: date) -> dict[str, Any]:
    born = date(today.year - AGE_YEARS, 1, 1)  # so the age is the same on every day of the year
    return _resource(
        "Patient",
        "patient",
        identifier=[
            {
                "type": _concept(
                    "http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical record number"
                ),
                "system": "https://stroma.example.org/record-number",
                "value": "EX-000146",
            }
        ],
        active=True,
        name=[{"use": "official", "family": "Sandoval Reyes", "given": ["Elena", "Inés"]}],
        telecom=[
            {"system": "phone", "value": "+1 202 555 0146", "use": "mobile"},
            {"system": "email", "value": "elena.sandoval@example.org"},
        ],
        gender="female",
        birthDate=born.isoformat(),
        address=[{"line": ["146 Example Street"], "city": "Springfield", "country": "US"}],
        communication=[{"language": _concept("urn:ietf:bcp:47", "es", "Spanish"), "preferred": True}],
    )


def _conditions(today: date) -> list[dict[str, Any]]:
    known = (
        ("278860009", "Chronic low back pain (finding)", "active", PAIN_BEGAN_DAYS_AGO, None),
        ("444814009", "Viral sinusitis (disorder)", "resolved", 410, 396),
    )
    return [
        _resource(
            "Condition",
            f"condition {code}",
            clinicalStatus=_status("condition-clinical", clinical),
            verificationStatus=_status("condition-ver-status", "confirmed"),
            code=_concept(codes.SNOMED_CT, code, display),
            **_about(),
            onsetDateTime=_at(today, began),
            **({"abatementDateTime": _at(today, ended)} if ended is not None else {}),
            recordedDate=_at(today, began),
        )
        for code, display, clinical, began, ended in known
    ]


def _medicines(today: date) -> list[dict[str, Any]]:
    ordered = (
        ("849574", "Naproxen sodium 220 MG Oral Tablet", "stopped", 700),
        ("313782", "Acetaminophen 325 MG Oral Tablet", "active", 300),
    )
    return [
        _resource(
            "MedicationRequest",
            f"medication {code}",
            status=status,
            intent="order",
            medicationCodeableConcept=_concept(codes.RXNORM, code, display),
            **_about(),
            authoredOn=_at(today, days_ago),
        )
        for code, display, status, days_ago in ordered
    ]


def _procedures(today: date) -> list[dict[str, Any]]:
    # Supervised physical therapy for four months; the SNOMED CT code is general knowledge.
    return [
        _resource(
            "Procedure",
            "physical therapy",
            status="completed",
            code=_concept(codes.SNOMED_CT, "91251008", "Physical therapy procedure (regime/therapy)"),
            **_about(),
            performedPeriod={"start": _at(today, 420), "end": _at(today, 300)},
        )
    ]


def _observations(today: date) -> list[dict[str, Any]]:
    pain = "Pain severity - 0-10 verbal numeric rating [Score] - Reported"
    measured = [(days_ago, codes.PAIN_0_TO_10, pain, score, "{score}") for days_ago, score in _PAIN]
    numbers = [
        _observation(
            today,
            code,
            display,
            days_ago,
            valueQuantity={"value": value, "unit": unit, "system": _UCUM, "code": unit},
        )
        for days_ago, code, display, value, unit in (*measured, *_RESULTS)
    ]
    never = _concept(codes.SNOMED_CT, "266919005", "Never smoker")
    smoking = _observation(
        today, codes.TOBACCO_SMOKING_STATUS, "Tobacco smoking status NHIS", 20, valueCodeableConcept=never
    )
    return [*numbers, smoking]


def _observation(today: date, code: str, display: str, days_ago: int, **value: Any) -> dict[str, Any]:
    return _resource(
        "Observation",
        f"observation {code} {days_ago}",
        status="final",
        code=_concept(codes.LOINC, code, display),
        **_about(),
        effectiveDateTime=_at(today, days_ago),
        **value,
    )


def _allergy(today: date) -> dict[str, Any]:
    return _resource(
        "AllergyIntolerance",
        "allergy",
        clinicalStatus=_status("allergyintolerance-clinical", "active"),
        verificationStatus=_status("allergyintolerance-verification", "confirmed"),
        type="allergy",
        category=["medication"],
        code=_concept(codes.RXNORM, "7980", "penicillin G"),
        **_about("patient"),
        recordedDate=_at(today, 5000),
    )
