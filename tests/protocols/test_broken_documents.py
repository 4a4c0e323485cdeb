"""A broken protocol document gets every fault at once, each at its key and line.

The faulty lines of an example carry their own expectation: ``#! key`` at the end of a line says that a fault
with this key is told on this line, and nothing else is.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.protocols.domain.document import protocol_digest, read_protocol
from stroma.protocols.domain.problem import BadInput, Problem

SOUND = """\
schema_version = 1
id = "facet-example"
version = "1.0.0"
title = "Facet joint"
summary = "An example"
indication = "facet_joint_pain"
source = "bone_marrow"
donor = "autologous"
route = "same_day"
product = "Bone marrow concentrate (M)"

[legal]
jurisdiction = "US"
as_of = "2025-07-01"
basis = "US_PRACTICE_OF_MEDICINE"
approved = false
authorization_required = false
source = "1271-10"

[[criteria]]
code = "age_min"
title = "The patient is an adult"
variable = "age_years"
test = ">="
limit = 18
weight = "HARD"
source = "FACET-TRIAL"

[[criteria]]
code = "herniation_type"
title = "No herniation"
variable = "herniation_type"
test = "in"
limit = [
    "none",
    "bulge",
]
weight = "CAUTION"
source = "HASHEMI15"

[consent]
version = "1.0"
waiting = "1 d"
points = ["It is not approved."]
source = "CONSENT"

[target]
target = "facet_joint"
levels = ["L4-L5", "L5-S1"]
sides = ["LEFT", "RIGHT"]
maximum_levels = 2
volume_ml_min = 0.5
volume_ml_max = 1.5
guidance = ["fluoroscopy"]
carrier = "saline"
source = "ROTHOERL23"

[dose]
shelf_life = "4 h"
storage = "room_temperature"
formulation = "in saline"
source = "general knowledge"

[collection]
procedure = "aspiration"
amount_min = 60
amount_max = 120
unit = "mL"
hours_to_processing_max = 2
source = "WEEL15"

[processing]
source = "WEEL15"
steps = [
    { code = "concentrate", kind = "concentrate", title = "Spin", source = "WEEL15" },
    { code = "fill", kind = "fill", title = "Fill", source = "1271-370", after = "15 min" },
]

[[specification]]
code = "viability"
attribute = "Viability"
kind = "number"
minimum = 70
unit = "%"
source = "general knowledge"

[[visits]]
code = "screening"
title = "Screening"
stage = "right_for_me"
duration = "45 min"

[[visits]]
code = "injection"
title = "Injection"
stage = "inject"
after = "screening"
earliest = "1 d"
latest = "4 wk"
duration = "90 min"

[follow_up]
instruments = ["NRS_BACK"]
times = [{ code = "month_1", after = "1 mo", early = "13 d", late = "2 wk" }]
source = "RESPINE24"

[another_treatment]
kind = "none"
source = "general knowledge"
"""


def a_hold(begins: str, ends: str, kind: str) -> tuple[str, str]:
    """What puts a hold into the sound document."""
    named = 'code = "kept"\ntitle = "Kept"\nsource = "general knowledge"'
    return (
        "[follow_up]",
        f"[[holds]]\n{named}\nbegins = {begins}\nends = {ends}\nkind = {kind}\n\n[follow_up]",
    )


EXAMPLES = {
    "a key is misspelled": [
        ("[legal]", "[legal] #! legal.jurisdiction"),
        ('jurisdiction = "US"', 'jurisdicton = "US" #! legal.jurisdicton'),
    ],
    "a key of the top is missing": [
        ('id = "facet-example"\n', ""),
        ("schema_version = 1", "schema_version = 1 #! id"),
    ],
    "a key of a list item is missing": [
        ('[[criteria]]\ncode = "herniation_type"', "[[criteria]] #! criteria[1].code"),
    ],
    "a key of an inline table is missing": [
        (
            '{ code = "fill", kind = "fill", title = "Fill", source = "1271-370", after = "15 min" },',
            '{ code = "fill", kind = "fill", source = "1271-370" }, #! processing.steps[1].title',
        ),
    ],
    "a table is missing": [
        ("[follow_up]", "[followup] #! followup"),
        ("schema_version = 1", "schema_version = 1 #! follow_up"),
    ],
    "a number is text": [("amount_min = 60", 'amount_min = "60" #! collection.amount_min')],
    "a truth is a number": [("approved = false", "approved = 0 #! legal.approved")],
    "a limit is a truth": [("limit = 18", "limit = true #! criteria[0].limit")],
    "a limit is no number at all": [("limit = 18", "limit = nan #! criteria[0].limit")],
    "a volume is zero": [("volume_ml_min = 0.5", "volume_ml_min = 0 #! target.volume_ml_min")],
    "a volume has no end": [("volume_ml_max = 1.5", "volume_ml_max = inf #! target.volume_ml_max")],
    "a date does not exist": [('as_of = "2025-07-01"', 'as_of = "2025-02-30" #! legal.as_of')],
    "a date is not text": [('as_of = "2025-07-01"', "as_of = 2025-07-01 #! legal.as_of")],
    "a duration has no unit": [('waiting = "1 d"', 'waiting = "1" #! consent.waiting')],
    "a duration has no end": [('waiting = "1 d"', 'waiting = "99999999999999 mo" #! consent.waiting')],
    "an indication is unknown": [('"facet_joint_pain"', '"neck_pain" #! indication')],
    "a version has two numbers": [('version = "1.0.0"', 'version = "1.0" #! version')],
    "an id has a capital": [('id = "facet-example"', 'id = "Facet" #! id')],
    "a source is left empty": [('source = "FACET-TRIAL"', 'source = " " #! criteria[0].source')],
    "a schema of tomorrow": [("schema_version = 1", "schema_version = 2 #! schema_version")],
    "a level does not exist": [
        ('levels = ["L4-L5", "L5-S1"]', 'levels = [\n  "L4-L5",\n  "L5-L6", #! target.levels[1]\n]'),
    ],
    "a joint has no side": [('sides = ["LEFT", "RIGHT"]', 'sides = ["MIDLINE"] #! target.sides')],
    "volumes are turned round": [("volume_ml_min = 0.5", "volume_ml_min = 2 #! target.volume_ml_min")],
    "a comparison lacks its limit": [
        ("limit = 18\n", ""),
        ('[[criteria]]\ncode = "age_min"', '[[criteria]] #! criteria[0].limit\ncode = "age_min"'),
    ],
    "a specification has no limit": [
        ("minimum = 70\n", ""),
        ('kind = "number"', 'kind = "number" #! specification[0].kind'),
    ],
    "absence has a limit": [('kind = "number"', 'kind = "absence" #! specification[0].kind')],
    "a variable is unknown": [('variable = "age_years"', 'variable = "age" #! criteria[0].variable')],
    "a number is asked for its truth": [('test = ">="\nlimit = 18', 'test = "is_true" #! criteria[0].test')],
    "an answer cannot be given": [
        ('limit = [\n    "none",', 'limit = [ #! criteria[1].limit\n    "nothing",'),
    ],
    "a visit follows none": [
        ('after = "screening"\n', ""),
        ('[[visits]]\ncode = "injection"', '[[visits]] #! visits[1].after\ncode = "injection"'),
    ],
    "a visit follows an unknown one": [('after = "screening"', 'after = "consent" #! visits[1].after')],
    "a visit follows itself": [('after = "screening"', 'after = "injection" #! visits[1].after')],
    "a lag has no end": [
        ('latest = "4 wk"\n', ""),
        ('[[visits]]\ncode = "injection"', '[[visits]] #! visits[1].latest\ncode = "injection"'),
    ],
    "a lag ends before it begins": [('earliest = "1 d"', 'earliest = "5 wk" #! visits[1].earliest')],
    "a hold begins with an unknown visit": [
        a_hold('"seeding" #! holds[0].begins', '"injection"', '"incubator_place"')
    ],
    "a hold ends before it begins": [
        a_hold('"injection"', '"screening" #! holds[0].ends', '"incubator_place"')
    ],
    "a hold ends with the visit that begins it": [
        a_hold('"injection"', '"injection" #! holds[0].ends', '"incubator_place"')
    ],
    "a visit takes what is held": [
        a_hold('"screening"', '"injection"', '"c_arm" #! holds[0].kind'),
        ('duration = "90 min"', 'duration = "90 min"\nequipment = ["c_arm"]'),
    ],
    "a kind is held twice": [
        a_hold('"screening"', '"injection"', '"c_arm"'),
        a_hold('"screening"', '"injection"', '"c_arm" #! holds[1].kind'),
        ('code = "kept"', 'code = "other"'),
    ],
    "a code is used twice": [('code = "herniation_type"', 'code = "age_min" #! criteria[1].code')],
    "an inline code is used twice": [
        ('{ code = "fill",', '{ code = "concentrate",'),
        ('"15 min" },', '"15 min" }, #! processing.steps[1].code'),
    ],
    "a series without an interval": [
        ('kind = "none"', 'kind = "series" '),
        (
            "[another_treatment]",
            "[another_treatment] #! another_treatment.treatments | another_treatment.interval",
        ),
    ],
    "same-day cells of a donor": [('donor = "autologous"', 'donor = "allogeneic" #! donor')],
    "expanded cells without a dose": [
        ('route = "same_day"', 'route = "expanded"'),
        ("[dose]", "[dose] #! dose.viable_cells"),
    ],
    "cells without a tissue": [('source = "bone_marrow"', 'source = "none" #! source')],
    "medicine with a needle": [
        ('route = "same_day"', 'route = "medication"'),
        ('source = "bone_marrow"', 'source = "bone_marrow" #! source'),
        ('donor = "autologous"', 'donor = "autologous" #! donor'),
        ("[target]", "[target] #! target"),
        ("[dose]", "[dose] #! dose"),
        ("[collection]", "[collection] #! collection"),
        ("[processing]", "[processing] #! processing"),
        ("[[specification]]", "[[specification]] #! specification"),
    ],
    "values of the wrong shape throughout": [
        ('route = "same_day"', "route = [1] #! route"),
        ('test = ">="', "test = {} #! criteria[0].test"),
        ('levels = ["L4-L5", "L5-S1"]', "levels = [[], 5] #! target.levels[0] | target.levels[1]"),
        ('sides = ["LEFT", "RIGHT"]', "sides = [{}] #! target.sides[0]"),
        ('after = "screening"', "after = [] #! visits[1].after"),
        ('code = "viability"', "code = 7 #! specification[0].code"),
        ('kind = "number"', "kind = [] #! specification[0].kind"),
    ],
    "faults of every kind at once": [
        ('jurisdiction = "US"', 'jurisdicton = "US" #! legal.jurisdicton'),
        ("[legal]", "[legal] #! legal.jurisdiction"),
        ("limit = 18", 'limit = "18" #! criteria[0].limit'),
        ('variable = "herniation_type"', 'variable = "herniation" #! criteria[1].variable'),
        ('sides = ["LEFT", "RIGHT"]', 'sides = ["MIDLINE"] #! target.sides'),
        ('after = "screening"', 'after = "consent" #! visits[1].after'),
        ('storage = "room_temperature"', 'storage = "warm" #! dose.storage'),
    ],
}


def broken(name: str) -> str:
    text = SOUND
    for old, new in EXAMPLES[name]:
        assert text.count(old) >= 1, f"{old!r} is not in the sound document"
        text = text.replace(old, new, 1)
    return text


def expected(text: str) -> list[tuple[int, str]]:
    marks = [(number, re.search(r"#! (.*)$", line)) for number, line in enumerate(text.split("\n"), start=1)]
    return sorted((number, key.strip()) for number, mark in marks if mark for key in mark[1].split("|"))


def problems(text: str) -> list[Problem]:
    with pytest.raises(BadInput) as caught:
        read_protocol(text, file="mine.toml")
    return caught.value.problems


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_fault_is_told_at_its_key_and_line_and_nothing_else_is(name: str) -> None:
    text = broken(name)
    found = problems(text)
    assert sorted((problem.line or 0, problem.place) for problem in found) == expected(text)
    assert {problem.file for problem in found} == {"mine.toml"}


def test_the_sound_document_of_these_examples_is_read() -> None:
    assert read_protocol(SOUND, file="mine.toml").key == "facet-example@1.0.0"


@pytest.mark.parametrize(
    ("text", "line", "place"),
    [
        ('a = 1\nb = \nc = "', 2, "column 5"),
        ("a = 1\na = 2\n", 2, "column 6"),
        ("a = 1\n\nb = tru", 3, "column 5"),
        ('a = 1\nb = "never closed', 2, "end of document"),
        ("a = " + "[" * 5000, None, ""),
        ("a = " + "9" * 5000, None, ""),
    ],
)
def test_a_text_that_is_not_toml_gets_its_line_and_column(text: str, line: int | None, place: str) -> None:
    [problem] = problems(text)
    assert (problem.code, problem.place, problem.line) == ("toml_syntax", place, line)


def test_a_fault_reads_as_file_line_key_and_sentence() -> None:
    [problem] = problems(broken("a joint has no side"))
    assert str(problem) == "mine.toml:50: target.sides: sides of facet_joint must be LEFT, RIGHT or BOTH"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a variable is unknown", "'age' is no variable of candidacy"),
        (
            "an indication is unknown",
            "must be 'discogenic_low_back_pain', 'facet_joint_pain', 'sciatica_contained_herniation' or "
            "'low_back_pain', not 'neck_pain'",
        ),
        ("a truth is a number", "should be a valid boolean, not 0"),
        (
            "a duration has no unit",
            "'1' is no duration; write a number and min, h, d, wk or mo, such as '3 d'",
        ),
        ("a code is used twice", "code 'age_min' is already used by criteria[0]"),
        ("a key of the top is missing", "this key is missing"),
    ],
)
def test_a_fault_says_what_would_be_right(name: str, message: str) -> None:
    assert [problem.message for problem in problems(broken(name))] == [message]


def test_an_empty_document_is_told_every_key_it_lacks() -> None:
    assert {problem.place for problem in problems("")} == {
        "schema_version",
        "id",
        "version",
        "title",
        "summary",
        "indication",
        "source",
        "donor",
        "route",
        "legal",
        "criteria",
        "consent",
        "visits",
        "follow_up",
        "another_treatment",
    }


ODD_VALUES = [
    "0",
    "-1",
    "1e400",
    "nan",
    '""',
    '"\\u0000"',
    "[]",
    "[[]]",
    "{}",
    "{ a = 1 }",
    "true",
    "07:32:00",
    '"L4-L5"',
]


@given(st.integers(0, 200), st.sampled_from([*ODD_VALUES, "9" * 400, "-" + "9" * 400]), st.integers(0, 200))
def test_whatever_stands_at_a_key_the_answer_is_a_protocol_or_its_faults(
    where: int, value: str, cut: int
) -> None:
    lines = SOUND.split("\n")
    settable = [number for number, line in enumerate(lines) if re.match(r"\w+ = .*[^\[]$", line)]
    number = settable[where % len(settable)]
    lines[number] = f"{lines[number].partition(' = ')[0]} = {value}"
    del lines[cut % len(lines)]
    text = "\n".join(lines)
    try:
        read_protocol(text, file="mine.toml")
    except BadInput as error:
        lines_told = [problem.line or 0 for problem in error.problems]
    else:
        lines_told = [1]
    assert lines_told != []
    assert [line for line in lines_told if not 1 <= line <= len(lines)] == []


def test_the_digest_is_that_of_the_exact_text() -> None:
    # NIST's example for SHA-256 of "abc" (FIPS 180-4, example values).
    assert protocol_digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert protocol_digest("a\r\n") != protocol_digest("a\n")


@pytest.mark.parametrize("value", ["9" * 400, "-" + "9" * 400], ids=["huge", "hugely negative"])
def test_a_number_that_no_float_holds_is_a_fault_at_every_key(value: str) -> None:
    lines = SOUND.split("\n")
    for number, line in enumerate(lines):
        if re.match(r"\w+ = .*[^\[]$", line):
            altered = [*lines[:number], f"{line.partition(' = ')[0]} = {value}", *lines[number + 1 :]]
            with pytest.raises(BadInput):
                read_protocol("\n".join(altered), file="mine.toml")
