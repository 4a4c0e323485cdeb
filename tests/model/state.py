"""One state of a small clinic: what is true, and beside it what the record says. Plain tuples, so that states hash.

Everything is numbered from 0. A patient and their course share a number. Rooms: see the constants.
"""

from typing import NamedTuple

from stroma.custody.domain.states import LotState

LABORATORY, BEDSIDE, STORE = 0, 1, 2
NOBODY = -1
DONOR = 9
"""The donor of a bank: nobody's patient."""


class Box(NamedTuple):
    """A container."""

    lot: int
    division: str
    sticker: int = NOBODY  # true: whose label is on it
    room: int = LABORATORY  # true
    full: bool = True  # true
    printed: bool = False  # by the record, like what follows
    applied: bool = False
    place: int = LABORATORY
    held: bool = True


class Signed(NamedTuple):
    """A signature: by whom, in which role, with which credential, and whether the certificate is still the same."""

    person: str
    role: str
    credential: str
    is_current: bool = True


class Lot(NamedTuple):
    """A lot: whose cells, for whom, of which donation; where it stands."""

    donor: int
    course: int
    din: str
    state: LotState = LotState.QUARANTINE
    result: str = "good"
    has_finding: bool = False  # the review has something that nobody accepted
    signed: frozenset[Signed] = frozenset()


class Course(NamedTuple):
    """A course: the one place consented to (NOBODY: no valid consent), and whether it is open."""

    place: int = 0
    is_open: bool = True


class Pause(NamedTuple):
    """A completed time-out by the record, and which container and patient were truly there."""

    course: int
    box: int
    place: int
    people: int
    true_box: int
    true_patient: int
    is_cancelled: bool = False


class Worn(NamedTuple):
    """A member of the staff: whether they wear a live badge, and whether an earlier one was lost and revoked."""

    is_worn: bool = False
    was_lost: bool = False


class State(NamedTuple):
    """Everything."""

    boxes: tuple[Box, ...]
    lots: tuple[Lot, ...]
    courses: tuple[Course, ...]
    pauses: frozenset[Pause] = frozenset()
    doses: frozenset[tuple[int, int, int]] = frozenset()
    """By the record: course, container, place."""
    injected: frozenset[tuple[int, int]] = frozenset()
    """Truly: patient, place."""
    is_expired: bool = False
    donor_is_eligible: bool = True
    faults: int = 0
    """How many have happened."""
    staff: tuple[Worn, ...] = ()
    """Who may take a container over, where a story asks whose hands they are."""

    def with_box(self, number: int, **changes: object) -> "State":
        """The same with one container changed."""
        boxes = list(self.boxes)
        boxes[number] = boxes[number]._replace(**changes)
        return self._replace(boxes=tuple(boxes))

    def with_lot(self, number: int, **changes: object) -> "State":
        """The same with one lot changed."""
        lots = list(self.lots)
        lots[number] = lots[number]._replace(**changes)
        return self._replace(lots=tuple(lots))

    def with_course(self, number: int, **changes: object) -> "State":
        """The same with one course changed."""
        courses = list(self.courses)
        courses[number] = courses[number]._replace(**changes)
        return self._replace(courses=tuple(courses))

    def worn_by(self, sticker: int) -> int:
        """The container that truly carries the label of ``sticker``; NOBODY when none does."""
        return next((n for n, box in enumerate(self.boxes) if box.sticker == sticker), NOBODY)
