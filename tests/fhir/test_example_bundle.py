"""Our own example is read without a remark and shows a candidate, on whatever day it is made."""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stroma.candidacy.domain.findings import findings
from stroma.fhir.bundle import read_bundle
from stroma.fhir.example import example_bundle
from stroma.patients.domain.intake import validate_intake


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_the_example_reads_back_as_a_candidate_on_any_day(tmp_path: Path, today: date) -> None:
    path = tmp_path / "example.json"
    path.write_text(json.dumps(example_bundle(today=today)))
    reading = read_bundle(path)
    assert reading.notes == ()
    assert validate_intake(reading.intake, today=today) == []
    found = findings(reading.intake, at=datetime.combine(today, time(18), UTC))
    assert {name: (f.value, f.is_current) for name, f in found.items()} == {
        "age_years": (46, True),
        "bmi": (25.3, True),
        "hba1c_percent": (5.4, True),
        "hemoglobin_g_dl": (14.1, True),
        "pain_months": (26, True),
        "pain_nrs": (7.0, True),
        "platelets_per_nl": (246.0, True),
        "smokes": (False, True),
    }


def test_the_same_day_gives_the_same_bundle() -> None:
    assert example_bundle(today=date(2026, 11, 20)) == example_bundle(today=date(2026, 11, 20))


def test_every_part_of_the_record_is_there(tmp_path: Path) -> None:
    path = tmp_path / "example.json"
    path.write_text(json.dumps(example_bundle(today=date(2026, 11, 20))))
    intake = read_bundle(path).intake
    assert [c.display for c in intake.conditions if c.is_active] == ["Chronic low back pain (finding)"]
    assert [m.display for m in intake.medications if m.is_active] == ["Acetaminophen 325 MG Oral Tablet"]
    assert [t.display for t in intake.treatments] == ["Physical therapy procedure (regime/therapy)"]
    assert [a.display for a in intake.allergies] == ["penicillin G"]
    assert intake.language == "es"
