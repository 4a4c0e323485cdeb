"""Adverse events: severity and seriousness apart, and the clocks of the authorities."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stroma.follow_up.domain.adverse_events import (
    LEGAL_BASES,
    AdverseEvent,
    RelatedTo,
    Relation,
    Seriousness,
    adverse_event_cautions,
    adverse_event_problems,
    reporting_deadline,
)

AT = datetime(2026, 5, 1, tzinfo=UTC)
DISCITIS = AdverseEvent(
    ctcae_grade=3,
    seriousness=frozenset({Seriousness.HOSPITAL_STAY}),
    related_to=RelatedTo.INJECTION,
    relation=Relation.PROBABLE,
    is_expected=False,
    onset_at=AT - timedelta(days=3),
)


@pytest.mark.parametrize(
    ("legal_basis", "change", "days"),
    [
        ("US_351_IND", {}, 15),
        ("US_351_IND", {"seriousness": frozenset({Seriousness.LIFE_THREATENING})}, 7),
        ("US_351_IND", {"seriousness": frozenset({Seriousness.DEATH}), "ctcae_grade": 5}, 7),
        ("US_351_IND", {"is_expected": True}, None),
        ("US_351_IND", {"relation": Relation.UNLIKELY}, None),
        ("US_351_IND", {"seriousness": frozenset()}, None),
        ("US_361", {}, None),
        ("US_361", {"communicable_disease_suspected": True}, 15),
        ("US_361", {"communicable_disease_suspected": True, "is_expected": True}, 15),
        ("EU_HOSPITAL_EXEMPTION", {}, 15),
        ("EU_HOSPITAL_EXEMPTION", {"seriousness": frozenset()}, None),
        ("US_PRACTICE_OF_MEDICINE", {}, None),
        ("STANDARD_CARE", {}, None),
    ],
)
def test_the_clock_depends_on_the_legal_basis(
    legal_basis: str, change: dict[str, object], days: int | None
) -> None:
    duty = reporting_deadline(replace(DISCITIS, **change), legal_basis)  # type: ignore[arg-type]
    assert (duty.days if duty else None) == days


def test_a_duty_says_its_source_and_that_it_is_not_confirmed() -> None:
    duty = reporting_deadline(DISCITIS, "US_351_IND")
    assert duty is not None
    assert (duty.source, duty.confirmed) == ("21 CFR 312.32 (clinical.md §5.3, general knowledge)", False)


def test_the_clock_starts_when_the_site_learns_of_the_event() -> None:
    duty = reporting_deadline(DISCITIS, "US_351_IND")
    assert duty is not None
    assert duty.due_at(AT) == datetime(2026, 5, 16, tzinfo=UTC)


def test_a_legal_basis_that_no_protocol_can_name_is_refused() -> None:
    with pytest.raises(ValueError, match="no legal basis"):
        reporting_deadline(DISCITIS, "MOON")


def test_every_legal_basis_of_the_protocol_has_an_answer() -> None:
    from typing import get_args

    from stroma.protocols.domain.schema import Legal

    assert frozenset(get_args(Legal.model_fields["basis"].annotation)) == LEGAL_BASES


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"ctcae_grade": 0}, ["grade_unknown"]),
        ({"ctcae_grade": 5}, ["grade_and_death_differ"]),
        ({"seriousness": frozenset({Seriousness.DEATH})}, ["grade_and_death_differ"]),
        ({"related_to": RelatedTo.NONE}, ["relation_without_cause"]),
        ({"relation": Relation.UNRELATED}, ["relation_without_cause"]),
        ({"related_to": RelatedTo.NONE, "relation": Relation.UNRELATED}, []),
        ({"onset_at": AT + timedelta(hours=1)}, ["onset_in_the_future"]),
        ({"ended_at": AT - timedelta(days=4)}, ["end_before_onset"]),
        (
            {"ctcae_grade": 6, "onset_at": AT + timedelta(days=1), "ended_at": AT + timedelta(hours=1)},
            ["grade_unknown", "onset_in_the_future", "end_before_onset", "end_in_the_future"],
        ),
    ],
)
def test_what_cannot_be_is_named_all_at_once(change: dict[str, object], expected: list[str]) -> None:
    problems = adverse_event_problems(replace(DISCITIS, **change), at=AT)  # type: ignore[arg-type]
    assert [problem.code for problem in problems] == expected


@pytest.mark.parametrize(
    ("grade", "seriousness", "expected"),
    [
        (3, frozenset(), []),
        (1, frozenset({Seriousness.HOSPITAL_STAY}), []),
        (4, frozenset({Seriousness.HOSPITAL_STAY}), ["grade_4_not_life_threatening"]),
        (2, frozenset({Seriousness.LIFE_THREATENING}), ["life_threatening_below_grade_4"]),
        (4, frozenset({Seriousness.LIFE_THREATENING}), []),
    ],
)
def test_severity_and_seriousness_are_two_things(
    grade: int, seriousness: frozenset[Seriousness], expected: list[str]
) -> None:
    event = replace(DISCITIS, ctcae_grade=grade, seriousness=seriousness)
    assert [caution.code for caution in adverse_event_cautions(event)] == expected
    assert adverse_event_problems(event, at=AT) == []
