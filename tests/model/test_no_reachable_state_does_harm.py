"""A bounded run of the model checker: the nearest states of every story, and every guard taken away in turn.

``./run python -m tests.model`` sees them all.
"""

import pytest

from tests.model.explore import Story, explore
from tests.model.judging import PLACES, SPOTS
from tests.model.moves import misplaced
from tests.model.state import STORE, Box, Course, Lot, State
from tests.model.stories import CONTROLS, STORIES

ENOUGH = 1_500
"""States of each story: a second or two."""


@pytest.mark.parametrize("story", STORIES.values(), ids=list(STORIES))
def test_no_state_that_two_faults_can_bring_about_does_harm(story: Story) -> None:
    found = explore(story, most=ENOUGH)
    assert (found.harm, found.trace) == ("", [])


NEAR = [(story, off) for story, off in CONTROLS if story.name != "certificate"]


@pytest.mark.parametrize(("story", "off"), NEAR, ids=[" and ".join(sorted(off)) for _story, off in NEAR])
def test_without_a_guard_there_is_a_way_to_harm(story: Story, off: frozenset[str]) -> None:
    found = explore(story, off=off, most=2_000)
    assert found.harm[:2] in {"1:", "2:", "3:", "4:"}
    assert found.trace


def test_the_shortest_way_is_told() -> None:
    found = explore(STORIES["bedside"], off=frozenset({"other_time_out_open"}))
    assert found.harm == "2: a dose is given twice"
    assert len(found.trace) == 4
    lost = "FAULT lost message: dose of container 0 for patient 0 at place 0 is given, its record is lost"
    assert lost in found.trace
    assert found.trace[-1] == "dose of container 1 for patient 0 at place 0"


def test_each_fault_opens_states_that_cannot_be_reached_without_it() -> None:
    none, one, two = (explore(STORIES["identity"], faults=number) for number in (0, 1, 2))
    assert none.is_complete
    assert one.is_complete
    assert two.is_complete
    assert 1 < none.states < one.states < two.states


def test_a_label_that_is_not_where_its_record_says_is_harm() -> None:
    box = Box(0, "A0", sticker=0, printed=True, applied=True, room=STORE)
    assert misplaced(State((box,), (Lot(0, 0, "A1"),), (Course(),))).startswith("2:")
    assert (len(PLACES), len(SPOTS)) == (3, 2)
