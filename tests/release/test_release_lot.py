"""A lot leaves quarantine only when nothing stands against it; every reason is given, with its weight."""

import csv
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.custody.domain.states import LotState
from stroma.protocols.domain.blocker import Weight, stopping
from stroma.protocols.domain.problem import BadInput
from stroma.protocols.domain.schema import Donor, SpecificationLimit
from stroma.release.domain.decision import (
    DonorEligibility,
    LabelCount,
    LotEvidence,
    ReleaseKind,
    late_failures,
    release_blockers,
    release_kind,
)
from stroma.release.domain.specification import Result, Verdict, judge, specification_blockers
from tests.spec_tables import SpecCase, line_of, spec_cases

REAL_DATA = Path(os.environ.get("STROMA_REAL_DATA", Path(__file__).parents[2] / "../shared/data"))
AT = datetime(2026, 4, 1, 10, tzinfo=UTC)


def limit(code: str, **fields: object) -> SpecificationLimit:
    return SpecificationLimit.model_validate(
        {"code": code, "attribute": code, "kind": "number", "source": "test specification"} | fields
    )


SPECIFICATION = [
    limit("viability", minimum=0.70, unit="fraction", exception_allowed=True),
    limit("cd73", minimum=0.95, unit="fraction"),
    limit("cd90", minimum=0.95, unit="fraction"),
    limit("cd105", minimum=0.95, unit="fraction"),
    limit("cd45", maximum=0.02, unit="fraction"),
    limit("endotoxin", maximum=0.5, unit="EU/mL"),
    limit("mycoplasma", kind="absence"),
    limit("sterility", kind="absence"),
    limit("appearance", kind="pass"),
    limit("sterility_final", kind="absence", due="final"),
]
COLUMNS = {
    "viability": "0.85",
    "CD73": "0.98",
    "CD90": "0.98",
    "CD105": "0.98",
    "CD45": "0.01",
    "endotoxin": "<0.05",
    "mycoplasma": "not detected",
    "sterility": "no growth",
    "appearance": "pass",
    "final": "pending",
}
GOOD = LotEvidence(
    judgements=(),
    state=LotState.QUARANTINE,
    expires_at=AT + timedelta(hours=24),
    donor=Donor.AUTOLOGOUS,
    donor_eligibility=DonorEligibility.NOT_REQUIRED,
    labels=LabelCount(containers=2, printed=2, applied=2),
    investigated=frozenset(one.code for one in SPECIFICATION),
    exception_basis="decided for one patient",
)
DONOR_LOT = {"donor": Donor.ALLOGENEIC}
FACTS: dict[str, dict[str, object]] = {
    "": {},
    "expired": {"expires_at": AT - timedelta(seconds=1)},
    "expires now": {"expires_at": AT},
    "no expiry": {"expires_at": None},
    "not in quarantine": {"state": LotState.RELEASED},
    "consent withdrawn": {"consent_withdrawn": True},
    "course stopped": {"course_stopped": True},
    "harvest not done": {"incomplete_steps": ("harvest",)},
    "label not applied": {"labels": LabelCount(containers=2, printed=2, applied=1)},
    "spare label destroyed": {"labels": LabelCount(containers=2, printed=3, applied=2, destroyed=1)},
    "spare label lost": {"labels": LabelCount(containers=2, printed=3, applied=2)},
    "no trial on file": {"authorization_required": True},
    "investigation open": {"open_investigations": frozenset({"viability"})},
    "not investigated": {"investigated": frozenset()},
    "no exceptions": {"exception_basis": ""},
    "trial on file": {"authorization_required": True, "authorization_in_force": True},
    "donor eligible": DONOR_LOT | {"donor_eligibility": DonorEligibility.ELIGIBLE},
    "donor tests incomplete": DONOR_LOT | {"donor_eligibility": DonorEligibility.INCOMPLETE},
    "donor never tested": DONOR_LOT | {"donor_eligibility": DonorEligibility.NOT_REQUIRED},
    "donor ineligible": DONOR_LOT | {"donor_eligibility": DonorEligibility.INELIGIBLE},
    "donor excepted": DONOR_LOT | {"donor_eligibility": DonorEligibility.EXCEPTION},
}


def result(code: str, text: str, at: datetime | None = None) -> Result:
    try:
        return Result(code, value=float(text), at=at)
    except ValueError:
        return Result(code, text=text, at=at)


@pytest.mark.parametrize("case", spec_cases("release.txt"), ids=line_of)
def test_every_case_of_the_table_is_decided_as_it_says(case: SpecCase) -> None:
    results = [
        result("sterility_final" if column == "final" else column.lower(), case.get(column, good))
        for column, good in COLUMNS.items()
    ]
    evidence = replace(GOOD, judgements=tuple(judge(SPECIFICATION, results)), **FACTS[case.get("fact")])  # type: ignore[arg-type]
    blockers = release_blockers(evidence, at=AT)
    assert [blocker.code for blocker in blockers] == case.listed("blockers")
    heaviest = next((weight for weight in Weight if any(b.weight is weight for b in blockers)), None)
    assert (heaviest.value.lower() if heaviest else "") == case.get("weight")
    assert all(blocker.source for blocker in blockers)


def test_a_failed_result_carries_its_value_and_its_limit() -> None:
    [judgement] = judge([SPECIFICATION[0]], [Result("viability", 0.64)])
    [blocker] = specification_blockers([judgement])
    assert dict(blocker.values) == {
        "attribute": "viability",
        "unit": "fraction",
        "wording": "specification_below_limit",
        "result": 0.64,
        "minimum": 0.70,
        "maximum": None,
    }
    assert blocker.source == "test specification"


def test_a_lot_without_a_specification_is_not_released() -> None:
    assert [blocker.code for blocker in release_blockers(GOOD, at=AT)] == ["specification_missing"]


def test_an_exception_lifts_only_what_the_protocol_allows() -> None:
    failed = judge(SPECIFICATION[:2], [Result("viability", 0.64), Result("cd73", 0.5)])
    blockers = release_blockers(replace(GOOD, judgements=tuple(failed)), at=AT)
    left = stopping(blockers, overridden={"viability_below_limit", "cd73_below_limit"})
    assert [blocker.code for blocker in left] == ["cd73_below_limit"]


def test_a_missing_result_is_pending_at_release_and_not_due_afterwards() -> None:
    assert [j.verdict for j in judge(SPECIFICATION[-3:], [])] == [
        Verdict.PENDING,
        Verdict.PENDING,
        Verdict.NOT_DUE,
    ]


@pytest.mark.parametrize(
    ("viability", "final", "expected"),
    [
        ("0.85", "no growth", ReleaseKind.FULL),
        ("0.85", "pending", ReleaseKind.CONDITIONAL),
        ("0.64", "no growth", ReleaseKind.EXCEPTION),
        ("0.64", "pending", ReleaseKind.EXCEPTION),
    ],
)
def test_a_release_says_what_it_rests_on(viability: str, final: str, expected: ReleaseKind) -> None:
    results = [result("viability", viability), result("sterility_final", final)]
    assert release_kind(judge([SPECIFICATION[0], SPECIFICATION[-1]], results)) is expected


def test_growth_after_use_is_urgent_and_says_what_to_do() -> None:
    [blocker] = late_failures(judge(SPECIFICATION, [Result("sterility_final", text="growth")]))
    assert (blocker.code, blocker.weight) == ("sterility_final_detected", Weight.URGENT)
    assert blocker.values["actions"][:2] == ("notify_physician", "call_patient")


def test_a_better_repeat_does_not_undo_a_result_that_is_not_met() -> None:
    counts = [result("viability", "0.82", at=AT), result("viability", "0.64", at=AT - timedelta(hours=1))]
    [judgement] = judge([SPECIFICATION[0]], counts)
    assert (judgement.verdict, judgement.result) == (Verdict.NOT_MET, counts[1])


def test_the_repeat_decides_once_the_first_was_found_invalid_and_the_first_stays_in_sight() -> None:
    first = replace(result("viability", "0.64", at=AT - timedelta(hours=1)), is_invalid=True)
    repeat = result("viability", "0.82", at=AT)
    [judgement] = judge([SPECIFICATION[0]], [repeat, first])
    assert (judgement.verdict, judgement.result, judgement.superseded) == (Verdict.MET, repeat, (first,))
    [blocker] = specification_blockers([judgement])
    assert (blocker.code, blocker.weight) == ("viability_repeated", Weight.CAUTION)


def test_an_invalid_result_alone_leaves_the_line_open() -> None:
    [judgement] = judge([SPECIFICATION[0]], [replace(result("viability", "0.64"), is_invalid=True)])
    assert (judgement.verdict, judgement.result) == (Verdict.PENDING, None)


@pytest.mark.parametrize(
    ("value", "low", "high", "within_error", "codes"),
    [
        (0.80, 0.74, 0.86, "caution", []),
        (0.72, 0.66, 0.78, "caution", [("viability_within_error", Weight.CAUTION)]),
        (0.72, 0.66, 0.78, "block", [("viability_within_error", Weight.OVERRIDABLE)]),
        (0.72, 0.70, 0.78, "block", []),
        (0.68, 0.62, 0.74, "caution", [("viability_below_limit", Weight.OVERRIDABLE)]),
        (0.68, 0.62, 0.74, "block", [("viability_below_limit", Weight.OVERRIDABLE)]),
    ],
)
def test_a_limit_inside_the_interval_weighs_as_the_protocol_says(
    value: float, low: float, high: float, within_error: str, codes: list[tuple[str, Weight]]
) -> None:
    line = limit("viability", minimum=0.70, exception_allowed=True, within_error=within_error)
    blockers = specification_blockers(judge([line], [Result("viability", value, low=low, high=high)]))
    assert [(blocker.code, blocker.weight) for blocker in blockers] == codes


@pytest.mark.parametrize(
    ("text", "verdict", "codes"),
    [
        ("0.85", Verdict.PENDING, ["viability_pending", "viability_held"]),
        ("0.64", Verdict.NOT_MET, ["viability_below_limit", "viability_held"]),
    ],
)
def test_a_held_result_stops_the_lot_and_hides_no_failure(
    text: str, verdict: Verdict, codes: list[str]
) -> None:
    [judgement] = judge([SPECIFICATION[0]], [replace(result("viability", text), is_held=True)])
    assert judgement.verdict is verdict
    blockers = specification_blockers([judgement])
    assert [blocker.code for blocker in blockers] == codes
    assert blockers[-1].weight is Weight.HARD


def test_a_later_negative_does_not_undo_a_growth() -> None:
    results = [
        result("sterility", "growth", at=AT - timedelta(days=2)),
        result("sterility", "no growth", at=AT),
    ]
    [judgement] = judge([SPECIFICATION[7]], results)
    assert (judgement.verdict, judgement.result) == (Verdict.NOT_MET, results[0])


def test_every_fault_of_the_results_is_named_at_once() -> None:
    results = [
        Result("cd19", 0.01),
        Result("viability", 85.0),
        Result("endotoxin", 0.1, unit="EU/kg"),
        Result("cd73", text="fine"),
        Result("cd90", float("nan")),
        Result("sterility", text="probably"),
        Result("appearance", 1.0),
    ]
    with pytest.raises(BadInput) as raised:
        judge(SPECIFICATION, results)
    assert [(problem.place, problem.code) for problem in raised.value.problems] == [
        ("results[0]", "result_unknown"),
        ("results[1]", "result_not_a_fraction"),
        ("results[2]", "result_in_another_unit"),
        ("results[3]", "result_not_a_number"),
        ("results[4]", "result_not_a_number"),
        ("results[4]", "result_not_a_fraction"),
        ("results[5]", "result_not_a_known_word"),
        ("results[6]", "result_not_a_known_word"),
    ]


@given(st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_a_better_viability_is_never_judged_worse(one: float, other: float) -> None:
    low, high = sorted([one, other])
    verdicts = [judge([SPECIFICATION[0]], [Result("viability", value)])[0].verdict for value in (low, high)]
    assert verdicts != [Verdict.MET, Verdict.NOT_MET]


def published_doses() -> list[dict[str, str]]:
    path = REAL_DATA / "msc_culture" / "published_release_8_doses.csv"
    if not path.is_file():
        pytest.skip("the published release results are not beside this checkout; set STROMA_REAL_DATA")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def doses_against(limits: list[SpecificationLimit]) -> list[list[str]]:
    """The blockers of each published dose, under its column names."""
    names = {one.code: one.code for one in limits}
    return [
        [
            b.code
            for b in specification_blockers(
                judge(limits, [result(code, row[code].lower()) for code in names])
            )
        ]
        for row in published_doses()
    ]


@pytest.mark.real_data
def test_eight_doses_that_were_given_meet_the_isct_limits() -> None:
    """J Transl Med 2020, doi 10.1186/s12967-020-02568-6, table 2; limits of clinical.md 1.1, 1.7 [SCRT20]."""
    limits = [
        limit("viability_pct", minimum=85, unit="%"),
        *(limit(f"{marker}_pct", minimum=95, unit="%") for marker in ("cd73", "cd90", "cd105")),
        limit("negative_markers_pct", maximum=2, unit="%"),
        limit("microbial_fungal", kind="absence"),
        limit("mycoplasma", kind="absence"),
        limit("endotoxin_eu_per_ml", maximum=0.5, unit="EU/mL"),
    ]
    assert doses_against(limits) == [[]] * 8


@pytest.mark.real_data
def test_one_of_the_eight_doses_fails_where_ninety_percent_viability_is_asked() -> None:
    """The limit of [WJCC23] for frozen cells, clinical.md 1.7; the last dose of the table has 89 %."""
    limits = [limit("viability_pct", minimum=90, unit="%")]
    assert doses_against(limits) == [[]] * 7 + [["viability_pct_below_limit"]]
