"""The Synthea records on the whole way: who is a candidate, and what stops those who are not.

The expectation is the data's own manifest: who has died, who has cancer, a blood thinner or dementia.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stroma.candidacy.domain.sheet import AnswerSheet
from stroma.candidacy.examples import example_answers
from stroma.fhir.bundle import read_bundle
from stroma.protocols.library import shipped_protocol
from stroma.simulation.walk import Walk, WalkRequest, WalkResult

CHECKOUT = Path(__file__).resolve().parents[2]
FHIR = Path(os.environ.get("STROMA_REAL_DATA", CHECKOUT / "../shared/data")) / "fhir"
START = datetime(2026, 6, 1, 14, tzinfo=UTC)

pytestmark = [pytest.mark.real_data, pytest.mark.django_db]

DEAD, CANCER, DEMENTIA = "deceased", "cancer", "capacity"
THINNED = "anticoagulant_hold_plan_missing"
# Ordinary care asks less: a cancer elsewhere or a blood thinner is no reason against medicine for the back.
RECORDS: list[tuple[str, set[str], set[str]]] = [
    ("synthea_2019/Abdul_Koepp", set(), set()),
    ("synthea_2019/Adan_Portillo", {DEMENTIA, THINNED}, {DEMENTIA}),
    ("synthea_2019/Blaine_Schroeder", set(), set()),
    ("synthea_2019/Chadwick_Von", {DEAD, CANCER, THINNED}, {DEAD}),
    ("synthea_2019/Danae_Kshlerin", set(), set()),
    ("synthea_2019/Donnell_Green", set(), set()),
    ("synthea_2019/Francine_Veum", set(), set()),
    ("synthea_2019/Harland_DuBuque", {DEAD, THINNED}, {DEAD}),
    ("synthea_2019/Jacki_Feil", set(), set()),
    ("synthea_2019/Jessi_Parisian", set(), set()),
    ("synthea_2019/Oswaldo_Mante", set(), set()),
    ("synthea_2019/Quintin_Parker", set(), set()),
    ("synthea_2023/Milagros256_Hills818", {DEAD, DEMENTIA, THINNED}, {DEAD, DEMENTIA}),
]


def walked(record: str, protocol_id: str, told: AnswerSheet | None = None) -> WalkResult:
    shipped = shipped_protocol(protocol_id)
    reading = read_bundle(FHIR / f"{record}.json.gz")
    request = WalkRequest(
        protocol=shipped,
        intake=reading.intake,
        intake_source=f"fhir:{reading.digest}",
        told=told or AnswerSheet(),
        told_source="test",
        assumed=example_answers(shipped.protocol.indication),
        assumed_source="example",
        seed=1,
        start=START,
    )
    return Walk(request, tell=lambda step: None).run()


@pytest.mark.parametrize(("record", "cells", "medicine"), RECORDS, ids=[r[0] for r in RECORDS])
@pytest.mark.parametrize("protocol_id", ["disc-marrow-concentrate", "medication"])
def test_a_record_completes_or_is_stopped_for_the_reasons_in_its_manifest(
    record: str, cells: set[str], medicine: set[str], protocol_id: str
) -> None:
    expected = medicine if protocol_id == "medication" else cells
    result = walked(record, protocol_id)
    assert {blocker.code for blocker in result.blockers} == expected
    assert result.outcome == ("stopped" if expected else "completed")
    assert [blocker.code for blocker in result.blockers if not blocker.source] == []
    last = result.steps[-1]["action"]
    assert last == ("candidacy.decided" if expected else "registry.extracted")


def test_a_hold_plan_and_a_physiatrists_reason_let_a_patient_go_on() -> None:
    told = AnswerSheet(
        answers={"has_anticoagulant_hold_plan": True},
        overrides={DEMENTIA: "His court-appointed guardian consents with him."},
    )
    result = walked("synthea_2019/Adan_Portillo", "disc-marrow-expanded", told)
    assert (result.outcome, result.blockers) == ("completed", [])


@pytest.mark.parametrize("given", ["plan", "reason"])
def test_one_of_the_two_is_not_enough(given: str) -> None:
    plan = AnswerSheet(answers={"has_anticoagulant_hold_plan": True})
    reason = AnswerSheet(overrides={DEMENTIA: "His guardian consents."})
    result = walked("synthea_2019/Adan_Portillo", "disc-marrow-expanded", plan if given == "plan" else reason)
    assert [blocker.code for blocker in result.blockers] == [DEMENTIA if given == "plan" else THINNED]


def test_nobody_is_overridden_back_to_life() -> None:
    told = AnswerSheet(
        answers={"is_deceased": False, "has_cancer": False, "has_anticoagulant_hold_plan": True},
        overrides={DEAD: "He feels well.", CANCER: "He feels well."},
    )
    result = walked("synthea_2019/Chadwick_Von", "disc-marrow-concentrate", told)
    assert {blocker.code for blocker in result.blockers} == {DEAD, CANCER}
