"""One short key for all states that differ only in names: patients, lots and containers that begin alike change places.

Note [Why names may be exchanged]
    A symmetry exchanges patients, lots and containers, each with its donation number and division code, and leaves
    a story's beginning as it is. The rules compare names and never order them, the moves try every one, and no harm
    asks for a name: so whatever can happen in a state can happen, with the names exchanged, in its mirror image. Of
    each such class one state is explored. ``test_names_may_be_exchanged.py`` explores with and without, and compares.

    Nothing else is merged, and no hash is trusted: a key holds the numbers under which this exploration knows each
    container, lot, course and set that it has met. Two states have one key only when they are equal or mirror images.
"""

import struct
from collections.abc import Iterator
from itertools import permutations, product
from typing import Any

from tests.model.state import DONOR, NOBODY, Box, Lot, Pause, State

FIRST_SET = 4
"""A key ends in three sets (time-outs, doses, what was injected), the staff, and the plain facts."""


class Symmetry:
    """Who and what takes whose place: patient, lot and container ``n`` becomes the n-th of these."""

    def __init__(
        self, start: State, patients: tuple[int, ...], lots: tuple[int, ...], boxes: tuple[int, ...]
    ) -> None:
        """Names go with what bears them: the donation number with its lot, the division code with its container."""
        self._patients, self._lots, self._boxes = patients, lots, boxes
        self._dins = {start.lots[n].din: start.lots[other].din for n, other in enumerate(lots)}
        self._divisions = {
            (start.boxes[n].lot, start.boxes[n].division): start.boxes[other].division
            for n, other in enumerate(boxes)
        }

    def patient(self, number: int) -> int:
        """Who takes that patient's place; a donor stays who they are."""
        return number if number in {NOBODY, DONOR} else self._patients[number]

    def lot(self, number: int) -> int:
        """Which lot takes that one's place; what was set aside since the beginning stays."""
        return self._lots[number] if number < len(self._lots) else number

    def box(self, number: int) -> int:
        """Which container takes that one's place; one that was added since the beginning stays."""
        return self._boxes[number] if 0 <= number < len(self._boxes) else number

    def order(self, boxes: int, lots: int) -> tuple[list[int], list[int], list[int]]:
        """From where containers, lots and courses come in the mirror image of a state with so many."""
        counts = ((boxes, self.box), (lots, self.lot), (len(self._patients), self.patient))
        comes_from = [sorted(range(count), key=moved) for count, moved in counts]
        return comes_from[0], comes_from[1], comes_from[2]

    def renamed(self, what: Any) -> Any:
        """A container, a lot, a course, or a set of time-outs, doses or injections, under its new name."""
        match what:
            case Box():
                division = self._divisions.get((what.lot, what.division), what.division)
                return what._replace(
                    lot=self.lot(what.lot), division=division, sticker=self.box(what.sticker)
                )
            case Lot():
                din = self._dins.get(what.din, what.din)
                donor, course = self.patient(what.donor), self.patient(what.course)
                return what._replace(donor=donor, course=course, din=din)
            case frozenset():
                return frozenset(map(self._renamed_one, what))
        return what

    def _renamed_one(self, one: Any) -> Any:
        match one:
            case Pause():
                return one._replace(
                    course=self.patient(one.course),
                    box=self.box(one.box),
                    true_box=self.box(one.true_box),
                    true_patient=self.patient(one.true_patient),
                )
            case (course, box, place):
                return (self.patient(course), self.box(box), place)
            case (patient, place):
                return (self.patient(patient), place)
        raise TypeError(one)

    def of(self, state: State) -> State:
        """The mirror image of a state."""
        boxes, lots, courses = self.order(len(state.boxes), len(state.lots))
        return state._replace(
            boxes=tuple(self.renamed(state.boxes[n]) for n in boxes),
            lots=tuple(self.renamed(state.lots[n]) for n in lots),
            courses=tuple(self.renamed(state.courses[n]) for n in courses),
            pauses=self.renamed(state.pauses),
            doses=self.renamed(state.doses),
            injected=self.renamed(state.injected),
        )


def symmetries(start: State) -> Iterator[Symmetry]:
    """All that leave the beginning as it is, that which changes nothing first."""
    sizes = (len(start.courses), len(start.lots), len(start.boxes))
    for patients, lots, boxes in product(*(permutations(range(size)) for size in sizes)):
        found = Symmetry(start, patients, lots, boxes)
        if found.of(start) == start:
            yield found


class Form:
    """The keys of one exploration, and the way back from a key to a state."""

    def __init__(self, start: State, *, mirrored: bool = True) -> None:
        """``mirrored``: whether mirror images have one key."""
        found = symmetries(start)
        self._symmetries = list(found) if mirrored else [next(found)]
        self._courses = len(start.courses)
        self._numbers: dict[Any, int] = {}
        self._known: list[Any] = []
        self._renamed: list[list[int]] = [[] for _ in self._symmetries]
        self._orders: dict[tuple[int, int], list[list[int]]] = {}

    def key(self, state: State) -> bytes:
        """The smallest of the keys of a state and its mirror images."""
        number = self._number
        parts = [
            *map(number, state.boxes),
            *map(number, state.lots),
            *map(number, state.courses),
            number(state.pauses),
            number(state.doses),
            number(state.injected),
            number(state.staff),
        ]
        least = min(self._images(parts, len(state.boxes), len(state.lots)))
        facts = (len(state.boxes), state.is_expired, state.donor_is_eligible, state.faults)
        return struct.pack(f">{len(least)}H4B", *least, *facts)

    def alike(self, key: bytes) -> int:
        """How many states have this key: a state and those of its mirror images that differ."""
        *numbers, boxes, _is_expired, _donor_is_eligible, _faults = _unpacked(key)
        lots = len(numbers) - FIRST_SET - self._courses - boxes
        return len(set(map(tuple, self._images(numbers, boxes, lots))))

    def state(self, key: bytes) -> State:
        """The state of which this is the key, or a mirror image of it."""
        *numbers, boxes, is_expired, donor_is_eligible, faults = _unpacked(key)
        parts = [self._known[n] for n in numbers]
        courses = len(parts) - FIRST_SET - self._courses
        return State(
            tuple(parts[:boxes]),
            tuple(parts[boxes:courses]),
            tuple(parts[courses:-FIRST_SET]),
            pauses=parts[-4],
            doses=parts[-3],
            injected=parts[-2],
            is_expired=bool(is_expired),
            donor_is_eligible=bool(donor_is_eligible),
            faults=faults,
            staff=parts[-1],
        )

    def _images(self, parts: list[int], boxes: int, lots: int) -> list[list[int]]:
        orders = self._orders.get((boxes, lots)) or self._order((boxes, lots))
        pairs = zip(self._renamed, orders, strict=True)
        return [[renamed[parts[n]] for n in order] for renamed, order in pairs]

    def _number(self, what: Any) -> int:
        found = self._numbers.get(what)
        return self._learn(what) if found is None else found

    def _learn(self, what: Any) -> int:
        """Take something up, and with it its mirror images, of which each one's images are the same."""
        images = [symmetry.renamed(what) for symmetry in self._symmetries]
        for image in images:
            if image not in self._numbers:
                self._numbers[image] = len(self._known)
                self._known.append(image)
        for symmetry, renamed in zip(self._symmetries, self._renamed, strict=True):
            for image in self._known[len(renamed) :]:
                renamed.append(self._numbers[symmetry.renamed(image)])
        return self._numbers[what]

    def _order(self, sizes: tuple[int, int]) -> list[list[int]]:
        found = []
        for symmetry in self._symmetries:
            boxes, lots, courses = symmetry.order(*sizes)
            first_lot, first_course = sizes[0], sum(sizes)
            sets = range(first_course + len(courses), first_course + len(courses) + FIRST_SET)
            found.append(
                [*boxes, *(first_lot + n for n in lots), *(first_course + n for n in courses), *sets]
            )
        self._orders[sizes] = found
        return found


def _unpacked(key: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{(len(key) - 4) // 2}H4B", key)
