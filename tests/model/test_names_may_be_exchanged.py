"""The model checker explores one of all states that differ only in names; that leaves nothing out."""

from dataclasses import replace

import pytest

from tests.model.explore import Story, explore
from tests.model.form import Form, symmetries
from tests.model.state import Course, Pause
from tests.model.stories import CONTROLS, STORIES

IDENTITY, DONATION, SERIES, BEDSIDE = (
    STORIES[name] for name in ("identity", "donation", "series", "bedside")
)
SMALL = [
    (IDENTITY, 1, 2),
    (replace(DONATION, moves=DONATION.moves[:4]), 2, 6),
    (replace(BEDSIDE, moves=BEDSIDE.moves[:4]), 2, 2),
    (SERIES, 0, 1),
]
"""Stories, some of them shortened so that they end in a second; the faults, and how many symmetries each has."""


@pytest.mark.parametrize(("story", "faults", "symmetric"), SMALL, ids=[story.name for story, _, _ in SMALL])
def test_every_mirror_image_is_reached_without_it(story: Story, faults: int, symmetric: int) -> None:
    assert len(list(symmetries(story.start))) == symmetric
    one_of_each = explore(story, faults=faults)
    all_of_them = explore(story, faults=faults, mirrored=False)
    assert one_of_each.is_complete
    assert one_of_each.alike == all_of_them.states == all_of_them.alike
    assert (one_of_each.states < all_of_them.states) == (symmetric > 1)


def test_the_way_to_harm_is_as_short() -> None:
    for story, off in CONTROLS:
        if story.name in {"identity", "donation"}:
            mirrored, plain = explore(story, off=off), explore(story, off=off, mirrored=False)
            assert len(mirrored.trace) == len(plain.trace) > 0


def test_mirror_images_have_one_key_and_others_have_their_own() -> None:
    start = STORIES["bedside"].start
    form = Form(start)
    one = start._replace(pauses=frozenset({Pause(0, 0, 0, 2, 0, 0)}))
    other = start._replace(pauses=frozenset({Pause(0, 1, 0, 2, 1, 0)}))
    mixed = start._replace(pauses=frozenset({Pause(0, 1, 0, 2, 0, 0)}))
    assert form.key(one) == form.key(other)
    assert form.key(one) != form.key(mixed)
    assert form.key(one) != form.key(start)
    assert form.alike(form.key(one)) == 2
    assert form.alike(form.key(start)) == 1
    assert form.state(form.key(one)) in {one, other}


def test_what_does_not_begin_alike_does_not_change_places() -> None:
    start = STORIES["bedside"].start._replace(courses=(Course(place=0), Course(place=1)))
    assert len(list(symmetries(start._replace(boxes=start.boxes[:1])))) == 1
