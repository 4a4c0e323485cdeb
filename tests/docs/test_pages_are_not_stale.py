"""What is made from the code says what the code says."""

import os
import subprocess
import sys

import pytest

from stroma.courses.models import Course
from stroma.custody.domain.states import LOT_TRANSITIONS, MATERIAL_TRANSITIONS, LotState, MaterialState
from stroma.custody.models import Lot, Material
from stroma.planning.models import Visit
from tests.docs.made import CHECKOUT, made_parts, pages, part_of, with_parts
from tests.docs.makers import MAKERS
from tests.docs.state_diagrams import guarded, written
from tests.docs.walk_transcript import PART, PROTOCOL, is_same_walk, shortened

ANEW = "Write it anew: ./run python -m tests.docs --write"
TEXTS = {page.relative_to(CHECKOUT).as_posix(): page.read_text(encoding="utf-8") for page in pages()}


@pytest.mark.parametrize("name", MAKERS)
def test_a_made_part_says_what_the_code_says(name: str) -> None:
    holding = [page for page, text in TEXTS.items() if name in made_parts(text)]
    assert len(holding) == 1, f"{name} stands in {holding}"
    assert part_of(TEXTS[holding[0]], name).rstrip() == MAKERS[name]().rstrip(), f"{holding[0]}: {ANEW}"


def test_every_made_part_has_a_maker() -> None:
    assert {name for text in TEXTS.values() for name in made_parts(text)} == {*MAKERS, PART}


@pytest.mark.only_on("sqlite")
def test_the_transcript_in_the_readme_is_of_the_walk_as_it_is(own_tables: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "stroma", "walk", PROTOCOL],
        env={**own_tables, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert is_same_walk(part_of(TEXTS["README.md"], PART), shortened(done.stdout)), ANEW


def test_a_transcript_with_another_action_is_another_walk() -> None:
    told = part_of(TEXTS["README.md"], PART)
    assert is_same_walk(told, told.replace("2026-", "2027-"))
    assert not is_same_walk(told, told.replace("lot.released", "lot.rejected"))


def test_a_part_that_is_written_anew_leaves_the_rest_alone() -> None:
    text = "before\n<!-- made: one -->\nold\n<!-- end of one -->\nafter\n"
    assert with_parts(text, {"one": "new"}) == text.replace("old", "new")
    assert with_parts(text, {"two": "new"}) == text


def test_the_triggers_keep_the_same_states_as_the_code() -> None:
    assert guarded(Lot, LotState) == written(LOT_TRANSITIONS)
    assert guarded(Material, MaterialState) == written(MATERIAL_TRANSITIONS)


def test_what_ended_stays_ended() -> None:
    courses, visits = guarded(Course, Course.State), guarded(Visit, Visit.State)
    assert [state for state, after in courses.items() if after] == ["OPEN"]
    assert [state for state, after in visits.items() if after] == ["BOOKED"]
