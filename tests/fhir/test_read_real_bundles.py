"""The Synthea records and HL7's examples: what each one says, and why the others are refused.

The expectation is that of the data's own manifest (conditions, deaths and active medicines of note), not of a
former run: pregnancies of these records had all ended, and "Chronic pain" does not say where.
"""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stroma.candidacy.domain.findings import findings
from stroma.fhir.bundle import read_bundle
from stroma.protocols.domain.problem import BadInput

CHECKOUT = Path(__file__).resolve().parents[2]
FHIR = Path(os.environ.get("STROMA_REAL_DATA", CHECKOUT / "../shared/data")) / "fhir"
AT = datetime(2021, 6, 1, tzinfo=UTC)

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(
        not FHIR.is_dir(), reason="the real data is not here; set STROMA_REAL_DATA to its folder"
    ),
]

DEAD, CANCER, THINNED, DEMENTIA = (
    "is_deceased",
    "has_cancer",
    "takes_anticoagulant",
    "has_capacity_to_consent",
)

# File, year of birth, entries, pain scores (LOINC 72514-3), and what speaks against treatment at this moment.
RECORDS = [
    ("synthea_2019/Abdul_Koepp", 1956, 180, 10, set()),
    ("synthea_2019/Adan_Portillo", 1937, 253, 10, {THINNED, DEMENTIA}),
    ("synthea_2019/Blaine_Schroeder", 1968, 355, 10, set()),
    ("synthea_2019/Chadwick_Von", 1938, 893, 20, {DEAD, CANCER, THINNED}),
    ("synthea_2019/Danae_Kshlerin", 1964, 510, 13, set()),
    ("synthea_2019/Donnell_Green", 1936, 673, 12, set()),
    ("synthea_2019/Francine_Veum", 1988, 561, 27, set()),
    ("synthea_2019/Harland_DuBuque", 1938, 523, 44, {DEAD, THINNED}),
    ("synthea_2019/Jacki_Feil", 1968, 257, 8, set()),
    ("synthea_2019/Jessi_Parisian", 1988, 329, 4, set()),
    ("synthea_2019/Oswaldo_Mante", 1954, 700, 15, set()),
    ("synthea_2019/Quintin_Parker", 1971, 339, 9, set()),
    ("synthea_2023/Milagros256_Hills818", 1928, 1451, 14, {DEAD, THINNED, DEMENTIA}),
]


@pytest.mark.parametrize(
    ("name", "born", "entries", "pain_scores", "against"), RECORDS, ids=[r[0] for r in RECORDS]
)
def test_each_record_says_what_its_manifest_says(
    name: str, born: int, entries: int, pain_scores: int, against: set[str]
) -> None:
    reading = read_bundle(FHIR / f"{name}.json.gz")
    intake = reading.intake
    assert (intake.birth_date.year, sum(reading.resource_counts.values())) == (born, entries)
    assert sum(m.code == "72514-3" for m in intake.measurements) == pain_scores
    assert reading.notes == ()
    current = {n: f for n, f in findings(intake, at=AT).items() if f.is_current}
    speaks_against = {n for n, f in current.items() if f.value is (n != DEMENTIA)}
    assert speaks_against == against


@pytest.mark.parametrize(("name", "at"), [("Francine_Veum", "2020-06-20"), ("Jessi_Parisian", "2017-07-25")])
def test_a_pregnancy_is_found_while_it_lasted(name: str, at: str) -> None:
    intake = read_bundle(FHIR / f"synthea_2019/{name}.json.gz").intake
    assert findings(intake, at=datetime.fromisoformat(at).replace(tzinfo=UTC))[
        "is_pregnant_or_breastfeeding"
    ].is_current


def test_the_source_of_a_finding_is_the_entry_itself() -> None:
    found = findings(read_bundle(FHIR / "synthea_2019/Adan_Portillo.json.gz").intake, at=AT)
    assert (found[THINNED].source_text, found[DEMENTIA].source_text) == (
        "Medication 855332 Warfarin Sodium 5 MG Oral Tablet, active since 1995-09-02",
        "Condition 26929004 Alzheimer's disease (disorder), active since 2020-01-18",
    )


REFUSED = [
    ("synthea_2019/hospitalInformation1559319163815.json.gz", {"no_patient": 1}),
    ("synthea_2019/practitionerInformation1559319163815.json.gz", {"no_patient": 1}),
    (
        "bad/Bundle-BatchWithDuplicatedItems.json",
        {"entry_writes_nothing": 6, "repeated_entry": 2, "several_patients": 1},
    ),
    ("bad/Bundle-TransactionWithInvalidBundleEntry.json", {"json_syntax": 1}),
    ("bad/Import-InvalidPatient.ndjson", {"wrong_suffix": 1}),
    ("bad/InvalidObservation.json", {"wrong_resource_type": 1, "element_unknown": 1, "element_invalid": 1}),
    ("r4_examples/Bundle-bundle-transaction.json", {"entry_writes_nothing": 4, "several_patients": 1}),
    ("r4_examples/Bundle-lipids.json", {"no_patient": 1}),
    ("r4_examples/Bundle-micro.json", {"no_patient": 1}),
    ("r4_examples/Patient-pat1.json", {"birth_date_missing": 1}),
]


@pytest.mark.parametrize(("name", "expected"), REFUSED, ids=[r[0] for r in REFUSED])
def test_a_file_without_one_patient_is_refused_for_the_right_reasons(
    name: str, expected: dict[str, int]
) -> None:
    with pytest.raises(BadInput) as caught:
        read_bundle(FHIR / name)
    codes = [problem.code for problem in caught.value.problems]
    assert {code: codes.count(code) for code in codes} == expected


def test_a_syntax_fault_is_named_with_its_line() -> None:
    with pytest.raises(BadInput) as caught:
        read_bundle(FHIR / "bad/Bundle-TransactionWithInvalidBundleEntry.json")
    assert [problem.line for problem in caught.value.problems] == [39]  # as the manifest says


@pytest.mark.parametrize(
    ("name", "born"),
    [("Patient-example", "1974-12-25"), ("Patient-f001", "1944-11-17"), ("Patient-glossy", "1932-09-24")],
)
def test_a_single_patient_of_the_standard_is_read(name: str, born: str) -> None:
    reading = read_bundle(FHIR / f"r4_examples/{name}.json")
    assert (reading.intake.birth_date.isoformat(), dict(reading.resource_counts)) == (born, {"Patient": 1})


def test_a_record_of_nine_hundred_entries_is_read_within_a_second_and_a_half() -> None:
    path = FHIR / "synthea_2019/Chadwick_Von.json.gz"
    read_bundle(path)  # the first reading also imports the models
    # Processor time, so that a busy machine does not fail the test.
    begun = time.process_time()
    read_bundle(path)
    assert time.process_time() - begun < 1.5
