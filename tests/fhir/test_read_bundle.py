"""Reading one patient's FHIR file: what is taken over, left out with a note, or refused, and where."""

import copy
import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stroma.fhir import json_source
from stroma.fhir.bundle import BundleReading, read_bundle
from stroma.fhir.example import example_bundle
from stroma.patients.domain.intake import IntakeContact, IntakeMeasurement, IntakeMedication
from stroma.protocols.domain.problem import BadInput

TODAY = date(2026, 11, 20)
PATIENT_URL = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [
        {"use": "maiden", "family": "Quux"},
        {"use": "official", "family": "Zyzzyva", "given": ["Odalys"]},
    ],
    "gender": "female",
    "birthDate": "1971-12-19",
    "telecom": [
        {"system": "phone", "value": "+1 202 555 0146"},
        {"system": "fax", "value": "+1 202 555 0147"},
    ],
    "identifier": [{"system": "https://register.example.org", "value": "77"}],
}
ABOUT = {"subject": {"reference": PATIENT_URL}}
PAIN = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3", "display": "Pain"}]},
    **ABOUT,
    "effectiveDateTime": "2026-11-01T09:30:00.123-05:00",
    "valueQuantity": {"value": 6, "code": "{score}"},
}
CONDITION = {"resourceType": "Condition", "code": {"text": "Low back pain"}, **ABOUT}


def bundle(*resources: dict[str, Any], patient: dict[str, Any] = PATIENT) -> dict[str, Any]:
    entries = [{"fullUrl": PATIENT_URL, "resource": patient}, *({"resource": r} for r in resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., BundleReading]:
    def write_and_read(tree: Any, name: str = "record.json") -> BundleReading:
        path = tmp_path / name
        path.write_text(tree if isinstance(tree, str) else json.dumps(tree, indent=1), encoding="utf-8")
        return read_bundle(path)

    return write_and_read


@pytest.fixture
def problems(read: Callable[..., BundleReading]) -> Callable[..., list[tuple[str, str]]]:
    def refused(tree: Any, name: str = "record.json") -> list[tuple[str, str]]:
        with pytest.raises(BadInput) as caught:
            read(tree, name)
        return [(problem.code, problem.place) for problem in caught.value.problems]

    return refused


Read = Callable[..., BundleReading]
Problems = Callable[..., list[tuple[str, str]]]


def test_the_person_is_taken_over_with_the_official_name(read: Read) -> None:
    intake = read(bundle()).intake
    assert (intake.family_name, intake.given_names) == ("Zyzzyva", ("Odalys",))
    assert (intake.birth_date, intake.sex, intake.deceased) == (date(1971, 12, 19), "female", False)
    assert intake.contacts == (IntakeContact("phone", "+1 202 555 0146"),)


def test_a_single_patient_is_read_alone(read: Read) -> None:
    reading = read(PATIENT)
    assert (reading.intake.family_name, dict(reading.resource_counts)) == ("Zyzzyva", {"Patient": 1})


def test_a_measurement_keeps_its_zone_its_unit_and_every_digit(read: Read) -> None:
    exact = {**PAIN, "valueQuantity": {"value": "SIX", "code": "{score}"}}
    text = json.dumps(bundle(exact)).replace('"SIX"', "6.10000000000000001")
    assert read(text).intake.measurements == (
        IntakeMeasurement(
            "http://loinc.org",
            "72514-3",
            "Pain",
            Decimal("6.10000000000000001"),
            "{score}",
            datetime(2026, 11, 1, 9, 30, 0, 123000, tzinfo=timezone(timedelta(hours=-5))),
        ),
    )


def test_components_and_coded_answers_and_comparators_are_kept(read: Read) -> None:
    answer = {"coding": [{"system": "http://snomed.info/sct", "code": "8517006", "display": "Former smoker"}]}
    pressure = {
        "code": {"text": "Systolic"},
        "valueQuantity": {"value": 120, "unit": "mmHg", "code": "mm[Hg]"},
    }
    resources = (
        {**PAIN, "valueQuantity": {"value": 5, "comparator": "<"}},
        {k: v for k, v in PAIN.items() if k != "valueQuantity"} | {"valueCodeableConcept": answer},
        {k: v for k, v in PAIN.items() if k != "valueQuantity"} | {"component": [pressure]},
    )
    kept = [(m.display, m.value, m.unit, m.value_code) for m in read(bundle(*resources)).intake.measurements]
    assert kept == [
        ("Pain", "<5", "", ""),
        ("Pain", "Former smoker", "", "8517006"),
        ("Systolic", Decimal(120), "mm[Hg]", ""),
    ]


def test_partial_dates_give_their_first_day_and_a_note(read: Read) -> None:
    patient = {**PATIENT, "birthDate": "1971-12"}
    reading = read(
        bundle(
            {**CONDITION, "onsetDateTime": "2019"},
            {**PAIN, "effectiveDateTime": "2026-11-01"},
            patient=patient,
        )
    )
    assert (reading.intake.birth_date, reading.intake.birth_date_is_partial) == (date(1971, 12, 1), True)
    assert reading.intake.conditions[0].onset == date(2019, 1, 1)
    assert reading.intake.measurements[0].measured_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert reading.notes == (
        "Bundle.entry[0].resource.birthDate: only the month is given; read as its first day.",
        "Bundle.entry[1].resource.onsetDateTime: only the year is given; read as its first day.",
    )


@pytest.mark.parametrize(
    ("resource", "note"),
    [
        ({**PAIN, "status": "entered-in-error"}, "left out: its status is entered-in-error."),
        ({**PAIN, "status": "preliminary"}, "left out: its status is preliminary."),
        (
            {**CONDITION, "verificationStatus": {"coding": [{"code": "entered-in-error"}]}},
            "left out: it is marked entered-in-error.",
        ),
        (
            {**CONDITION, "verificationStatus": {"coding": [{"code": "refuted"}]}},
            "left out: it is marked refuted.",
        ),
        ({"resourceType": "Procedure", "status": "not-done", **ABOUT}, "left out: it is marked not-done."),
        (
            {
                "resourceType": "MedicationRequest",
                "status": "active",
                "intent": "order",
                "doNotPerform": True,
                **ABOUT,
            }
            | {"medicationCodeableConcept": {"text": "Aspirin"}},
            "left out: it says that the medicine must not be given.",
        ),
        ({**PAIN, "subject": {"reference": "Device/1"}}, "left out: it is not about a patient."),
        ({k: v for k, v in PAIN.items() if k != "subject"}, "left out: it does not say whom it is about."),
    ],
)
def test_what_does_not_hold_is_left_out_with_a_note(read: Read, resource: dict[str, Any], note: str) -> None:
    reading = read(bundle(resource))
    intake = reading.intake
    assert (intake.measurements, intake.conditions, intake.treatments, intake.medications) == ((), (), (), ())
    assert reading.notes == (f"Bundle.entry[1].resource: {note}",)


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": PATIENT_URL},
        {"reference": "Patient/p1"},
        {"reference": "Patient/p1/_history/2"},
        {"reference": "Patient?identifier=https://register.example.org|77"},
        {"identifier": {"system": "https://register.example.org", "value": "77"}},
    ],
)
def test_every_way_of_pointing_at_the_patient_is_understood(read: Read, reference: dict[str, Any]) -> None:
    assert len(read(bundle({**PAIN, "subject": reference})).intake.measurements) == 1


def test_a_medicine_named_in_another_entry_is_found(read: Read) -> None:
    medicine = {"resourceType": "Medication", "id": "m1", "code": {"text": "Warfarin"}}
    order = {"resourceType": "MedicationRequest", "status": "on-hold", "intent": "order", **ABOUT}
    reading = read(bundle(medicine, {**order, "medicationReference": {"reference": "Medication/m1"}}))
    assert reading.intake.medications == (IntakeMedication("", "", "Warfarin", None, is_active=True),)
    assert reading.notes == ("Bundle.entry[2].resource.status: is on-hold; the medicine counts as current.",)


def test_other_resources_are_counted_and_passed_over(read: Read) -> None:
    reading = read(bundle({"resourceType": "Claim", "nonsense": 1}, {"resourceType": "Claim"}))
    assert dict(reading.resource_counts) == {"Claim": 2, "Patient": 1}


def test_every_fault_is_named_with_its_place_and_line(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(
        '{"resourceType": "Bundle", "type": "history", "entry": [\n'
        '{"resource": {"resourceType": "Patient", "gender": "F",\n'
        '  "birthDate": "1971-02-30"}},\n'
        '{"resource": {"resourceType": "Observation",\n'
        '  "code": {"text": "x"}, "colour": "red",\n'
        '  "valueQuantity": {"value": "6"},\n'
        '  "valueString": "six"}}\n'
        "]}"
    )
    with pytest.raises(BadInput) as caught:
        read_bundle(path)
    assert [(p.line, p.code, p.place) for p in caught.value.problems] == [
        (1, "wrong_bundle_type", "Bundle.type"),
        (3, "element_invalid", "Bundle.entry[0].resource.birthDate"),
        (2, "code_outside_value_set", "Bundle.entry[0].resource.gender"),
        (5, "element_unknown", "Bundle.entry[1].resource.colour"),
        (4, "element_missing", "Bundle.entry[1].resource.status"),
        (6, "element_invalid", "Bundle.entry[1].resource.valueQuantity.value"),
        (7, "element_invalid", "Bundle.entry[1].resource.valueString"),
    ]
    assert {p.file for p in caught.value.problems} == {str(path)}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"name": "Zyzzyva"}, ("element_invalid", "Patient.name"), id="text for a list"),
        pytest.param(
            {"name": ['{"family": "Zyzzyva"}']}, ("element_invalid", "Patient.name[0]"), id="object as text"
        ),
        pytest.param({"birthDate": None}, ("birth_date_missing", "Patient.birthDate"), id="no birth date"),
        pytest.param(
            {"deceasedBoolean": "no"}, ("element_invalid", "Patient.deceasedBoolean"), id="word for a boolean"
        ),
        pytest.param(
            {"telecom": [{"system": "pigeon"}]},
            ("code_outside_value_set", "Patient.telecom[0].system"),
            id="code",
        ),
        pytest.param(
            {"deceasedDateTime": "2020-01-01T10:00:00"},
            ("element_invalid", "Patient.deceasedDateTime"),
            id="no zone",
        ),
    ],
)
def test_what_is_wrong_with_a_patient(
    problems: Problems, change: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert problems({**PATIENT, **change}) == [expected]


def test_no_patient_and_several_patients_are_refused(problems: Problems) -> None:
    nobody = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PAIN}]}
    assert problems(nobody) == [("no_patient", "Bundle.entry")]
    assert problems({"resourceType": "Bundle", "type": "batch"}) == [("no_patient", "Bundle.entry")]
    assert problems(bundle({**PATIENT, "id": "p2"})) == [("several_patients", "Bundle.entry")]


def test_a_reference_to_somebody_else_is_refused(problems: Problems) -> None:
    other = {**PAIN, "subject": {"reference": "Patient/p2"}}
    assert problems(bundle(PAIN, other)) == [("reference_unresolved", "Bundle.entry[2].resource.subject")]


def test_the_same_resource_twice_is_refused(problems: Problems) -> None:
    twice = {**PAIN, "id": "o1"}
    assert problems(bundle(twice, CONDITION, twice)) == [("repeated_entry", "Bundle.entry[3]")]


def test_an_entry_that_deletes_or_holds_nothing_is_refused(problems: Problems) -> None:
    tree = bundle()
    tree["entry"] += [
        {"request": {"method": "DELETE", "url": "Patient/p1"}},
        {"fullUrl": "urn:x"},
        7,
        {"resource": {}},
    ]
    assert problems(tree) == [
        ("entry_writes_nothing", "Bundle.entry[1].request.method"),
        ("entry_without_resource", "Bundle.entry[2]"),
        ("element_invalid", "Bundle.entry[3]"),
        ("wrong_resource_type", "Bundle.entry[4].resource"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[1]", "wrong_resource_type"),
        ('{"resourceType": "Questionnaire"}', "wrong_resource_type"),
        ('{"resourceType": "Patient",}', "json_syntax"),
        ('{"resourceType": "Patient", "x": NaN}', "json_number"),
        (
            '{"resourceType": "Patient", "birthDate": "1971-12-19",\n "birthDate": "1917-12-19"}',
            "json_repeated_name",
        ),
        ("[" * 200_000, "json_too_deep"),
    ],
)
def test_a_file_that_holds_no_patient_record_is_refused(problems: Problems, text: str, code: str) -> None:
    assert [found for found, _ in problems(text)] == [code]


def test_files_that_cannot_be_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, packed = tmp_path / "a.json", tmp_path / "b.json.gz"
    packed.write_bytes(b"not packed")
    (tmp_path / "c.json.gz").write_bytes(gzip.compress(b"{}" * 99)[:-9])
    (tmp_path / "d.json").write_bytes(b'{"resourceType": "\xff"}')
    (tmp_path / "e.ndjson").write_bytes(b"{}")
    (tmp_path / "f.json.gz").write_bytes(gzip.compress(b" " * 2_000))
    (tmp_path / "g.json").write_bytes(b" " * 2_000)
    monkeypatch.setattr(json_source, "MAX_BYTES", 1_000)
    codes = []
    for path in (plain, *sorted(tmp_path.iterdir())):
        with pytest.raises(BadInput) as caught:
            read_bundle(path)
        codes += [problem.code for problem in caught.value.problems]
    assert codes == [
        "not_readable",
        "not_gzip",
        "not_gzip",
        "not_utf8",
        "wrong_suffix",
        "too_large",
        "too_large",
    ]


def test_packed_and_plain_files_read_alike_and_the_digest_is_of_the_bytes_handed_in(tmp_path: Path) -> None:
    raw = b"\xef\xbb\xbf" + json.dumps(bundle(PAIN)).encode()
    (tmp_path / "a.json").write_bytes(raw)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(raw))
    plain, packed = read_bundle(tmp_path / "a.json"), read_bundle(tmp_path / "a.json.gz")
    assert packed.intake == plain.intake
    assert plain.digest == hashlib.sha256(raw).hexdigest()
    assert packed.digest == hashlib.sha256((tmp_path / "a.json.gz").read_bytes()).hexdigest()


JUNK = st.sampled_from(
    [None, True, 0, -1, 10**30, "", "Zyzzyva", "2019-13", "T", [], {}, [[]], [{}], [None], {"code": 5}]
)
EXAMPLE = json.loads(json.dumps(example_bundle(today=TODAY)).replace("Sandoval Reyes", "Zyzzyva"))


def places(node: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [p for key, below in items for p in ((*here, key), *places(below, (*here, key)))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(places(EXAMPLE)), junk=JUNK)
def test_whatever_stands_anywhere_the_file_is_read_or_refused_without_naming_the_person(
    tmp_path: Path, place: tuple[Any, ...], junk: Any
) -> None:
    tree = copy.deepcopy(EXAMPLE)
    holder = tree
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = junk
    path = tmp_path / "junk.json"
    path.write_text(json.dumps(tree))
    try:
        said = " ".join(read_bundle(path).notes)
    except BadInput as refusal:
        said = str(refusal)
    assert [secret for secret in ("Zyzzyva", "Elena", "1980-01-01") if secret in said] == []
