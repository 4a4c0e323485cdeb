"""The answers file, TOML or JSON: read whole, or refused with every fault at its file, key and line."""

import json

import pytest

from stroma.candidacy.domain.sheet import AnswerSheet, NamedPlace, read_answers
from stroma.candidacy.examples import example_text
from stroma.protocols.domain.problem import BadInput
from stroma.protocols.domain.schema import Indication
from stroma.protocols.domain.spine import Side

WHOLE = """\
indication = "facet_joint_pain"

[answers]
pain_nrs = 7
stenosis_grade = "mild"
smokes = true

[red_flags]
self_harm = false

[[places]]
level = "L4-L5"
side = "BOTH"

[[places]]
level = "L5-S1"
side = "LEFT"

[overrides]
capacity = "Her guardian consents."

[laboratory]
viability_percent = 61
mycoplasma = "detected"
"""
READ = AnswerSheet(
    indication=Indication.FACET_JOINT_PAIN,
    answers={"pain_nrs": 7, "stenosis_grade": "mild", "smokes": True},
    red_flags={"self_harm": False},
    places=(NamedPlace("L4-L5", Side.BOTH), NamedPlace("L5-S1", Side.LEFT)),
    overrides={"capacity": "Her guardian consents."},
    laboratory={"viability_percent": 61, "mycoplasma": "detected"},
)

NUMBER_OF_PAIN = "a number in NRS 0-10"
NOTHING = "nothing of this name is asked"

# Text; then for each fault: key, line, message.
BROKEN_TOML = [
    ("pain = 3\n", [("pain", 1, NOTHING)]),
    ("[answers]\npain = 3\n", [("answers.pain", 2, NOTHING)]),
    (
        "[answers]\nanticoagulant_without_hold_plan = false\n",
        [("answers.anticoagulant_without_hold_plan", 2, NOTHING)],
    ),
    ('[answers]\nsmokes = "no"\n', [("answers.smokes", 2, "answer true or false")]),
    ("[answers]\nsmokes = 0\n", [("answers.smokes", 2, "answer true or false")]),
    (
        '[answers]\nstenosis_grade = "huge"\n',
        [("answers.stenosis_grade", 2, "one of none, mild, moderate, severe")],
    ),
    ('[answers]\npain_nrs = "7"\n', [("answers.pain_nrs", 2, NUMBER_OF_PAIN)]),
    ("[answers]\npain_nrs = true\n", [("answers.pain_nrs", 2, NUMBER_OF_PAIN)]),
    ("[answers]\npain_nrs = nan\n", [("answers.pain_nrs", 2, NUMBER_OF_PAIN)]),
    ("[answers]\npain_months = inf\n", [("answers.pain_months", 2, "a number in mo")]),
    ("[answers]\npain_nrs = 2026-01-01\n", [("answers.pain_nrs", 2, NUMBER_OF_PAIN)]),
    ("[answers]\npain_nrs = 11\n", [("answers.pain_nrs", 2, "between 0 and 10 NRS 0-10")]),
    ("[answers]\npain_months = -1\n", [("answers.pain_months", 2, "at least 0 mo")]),
    ("[red_flags]\nfoot_drop = true\n", [("red_flags.foot_drop", 2, NOTHING)]),
    ('[red_flags]\nself_harm = "no"\n', [("red_flags.self_harm", 2, "answer true or false")]),
    (
        "answers = 3\nred_flags = []\n",
        [("answers", 1, "this is a table"), ("red_flags", 2, "this is a table")],
    ),
    (
        'indication = "headache"\n',
        [
            (
                "indication",
                1,
                "one of discogenic_low_back_pain, facet_joint_pain, sciatica_contained_herniation, low_back_pain",
            )
        ],
    ),
    ('places = "L4-L5"\n', [("places", 1, "a list of places, each with a level and a side")]),
    ('[[places]]\nlevel = "L9-L10"\n', [("places[0].level", 2, "a level such as L4-L5")]),
    ('[[places]]\nside = "LEFT"\n', [("places[0].level", 1, "a level such as L4-L5")]),
    ("[[places]]\nlevel = [4, 5]\n", [("places[0].level", 2, "a level such as L4-L5")]),
    (
        '[[places]]\nlevel = "L4-L5"\nside = "left"\n',
        [("places[0].side", 3, "MIDLINE, LEFT, RIGHT or BOTH")],
    ),
    (
        '[[places]]\nlevel = "L4-L5"\nside = "BOTH"\n[[places]]\nlevel = "L4-L5"\nside = "LEFT"\n',
        [("places[1]", 4, "this place is named before")],
    ),
    ('[overrides]\ncapacity = " "\n', [("overrides.capacity", 2, "the physiatrist's reason, in words")]),
    ("[overrides]\ncapacity = true\n", [("overrides.capacity", 2, "the physiatrist's reason, in words")]),
    ("[laboratory]\nlacks = 3\n", [("laboratory.lacks", 2, NOTHING)]),
    (
        "[laboratory]\nviability_percent = 101\n",
        [("laboratory.viability_percent", 2, "a number between 0 and 100")],
    ),
    ('[laboratory]\nmycoplasma = "maybe"\n', [("laboratory.mycoplasma", 2, "one of not detected, detected")]),
    (
        "[answers]\npain_nrs = 11\nsmokes = 1\n\n[laboratory]\nviability_percent = nan\n",
        [
            ("answers.pain_nrs", 2, "between 0 and 10 NRS 0-10"),
            ("answers.smokes", 3, "answer true or false"),
            ("laboratory.viability_percent", 6, "a number between 0 and 100"),
        ],
    ),
]


def faults_of(text: str, file: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(BadInput) as refused:
        read_answers(text, file=file)
    assert {problem.file for problem in refused.value.problems} == {file}
    return [(problem.place, problem.line, problem.message) for problem in refused.value.problems]


def test_a_whole_file_is_read() -> None:
    assert read_answers(WHOLE, file="answers.toml") == READ


def test_the_same_answers_are_read_from_json() -> None:
    told = {
        "indication": "facet_joint_pain",
        "answers": READ.answers,
        "red_flags": READ.red_flags,
        "places": [{"level": "L4-L5", "side": "BOTH"}, {"level": "L5-S1", "side": "LEFT"}],
        "overrides": READ.overrides,
        "laboratory": READ.laboratory,
    }
    assert read_answers(json.dumps(told), file="answers.json") == READ


def test_an_empty_file_tells_nothing() -> None:
    assert read_answers("", file="answers.toml") == AnswerSheet()
    assert read_answers("{}", file="answers.json") == AnswerSheet()


@pytest.mark.parametrize("indication", list(Indication))
def test_what_the_command_prints_can_be_handed_in_again(indication: Indication) -> None:
    assert read_answers(example_text(indication), file="mine.toml").indication is indication


@pytest.mark.parametrize(
    ("text", "faults"), BROKEN_TOML, ids=lambda part: part if isinstance(part, str) else ""
)
def test_a_broken_file_is_refused_with_key_and_line(text: str, faults: list[tuple[str, int, str]]) -> None:
    assert faults_of(text, "answers.toml") == faults


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ('{"answers": {"pain_nrs": 11}}', "answers.pain_nrs", None),
        ('{"answers": {"pain_months": Infinity}}', "answers.pain_months", None),
        ('{"answers": {"pain_nrs": NaN}}', "answers.pain_nrs", None),
        ('{"answers": {"stenosis_grade": ["mild"]}}', "answers.stenosis_grade", None),
        ('{"answers": {"has_cancer": true, "has_cancer": false}}', "has_cancer", None),
        ('{"indication": {}}', "indication", None),
        ("[]", "", None),
        ("null", "", None),
        ('{"answers":\n  {"pain_nrs": }\n}', "", 2),
        ("", "", 1),
    ],
)
def test_a_broken_json_file_is_refused_with_its_key_or_line(text: str, place: str, line: int | None) -> None:
    assert [(where, at) for where, at, _ in faults_of(text, "answers.json")] == [(place, line)]


@pytest.mark.parametrize(
    ("text", "line"),
    [("[answers]\nsmokes = yes\n", 2), ("[answers]\nsmokes = true\nsmokes = false\n", 3), ("[answers", 1)],
)
def test_what_is_no_toml_is_refused_with_its_line(text: str, line: int) -> None:
    assert [(where, at) for where, at, _ in faults_of(text, "answers.toml")] == [("", line)]


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("[" * 100_000, "answers.json"),
        ("a = " + "[" * 100_000, "answers.toml"),
        ('{"answers": {"pain_nrs": ' + "7" * 5000 + "}}", "answers.json"),
        ("[answers]\npain_nrs = " + "7" * 5000 + "\n", "answers.toml"),
    ],
    ids=["deep JSON", "deep TOML", "long number in JSON", "long number in TOML"],
)
def test_a_monstrous_file_is_refused_like_any_other(text: str, file: str) -> None:
    assert len(faults_of(text, file)) == 1
