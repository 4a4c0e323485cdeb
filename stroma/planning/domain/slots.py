"""Time cut into quarters of an hour, and sets of quarters as the bits of one whole number.

Note [Sets of slots are whole numbers]
    A set of slots is an ``int`` whose bit *n* stands for the slot *n* quarters after the chart's origin.
    Python adds, shifts and intersects such numbers a machine word at a time, so that "every start in five
    years at which a procedure room is free for 90 minutes" costs microseconds. Visits start on a slot; a
    slot that is touched at all counts as taken, so nothing is lost as long as every visit starts on one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stroma.planning.domain.hours import Hours
from stroma.planning.domain.kinds import Span

SLOT = timedelta(minutes=15)
FEW = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slots_of(duration: timedelta) -> int:
    """How many slots ``duration`` takes, the last one perhaps in part."""
    return -(-duration // SLOT)


@dataclass(frozen=True, slots=True)
class Chart:
    """The slots of one planning: slot 0 begins at ``origin``; ``count`` slots are looked at."""

    origin: datetime
    count: int

    @classmethod
    def over(cls, start: datetime, end: datetime) -> "Chart":
        """The slots from the one that holds ``start`` to the one that holds ``end``."""
        origin = _EPOCH + (start - _EPOCH) // SLOT * SLOT
        return cls(origin, max(0, slots_of(end - origin)))

    def floor(self, moment: datetime) -> int:
        """The slot that holds ``moment``; negative before the origin."""
        return (moment - self.origin) // SLOT

    def ceil(self, moment: datetime) -> int:
        """The first slot that begins at ``moment`` or later."""
        return -((self.origin - moment) // SLOT)

    def time_of(self, slot: int) -> datetime:
        """When a slot begins, in UTC."""
        return self.origin + slot * SLOT

    def touched(self, spans: Iterable[Span]) -> int:
        """Every slot of which a span takes any part."""
        return self._bits((self.floor(span.starts_at), self.ceil(span.ends_at)) for span in spans)

    def window(self, first: datetime, last: datetime) -> int:
        """The slots that begin at ``first`` or later and at ``last`` or earlier."""
        return self._bits([(self.ceil(first), self.floor(last) + 1)])

    def open(self, hours: Hours, *, patient: bool) -> int:
        """The slots that lie wholly in the site's hours, by its own clocks: 08:00 stays 08:00 all year."""
        return self.inside(hours.spans(self.origin, self.time_of(self.count), patient=patient))

    def inside(self, spans: Iterable[Span]) -> int:
        """The slots that lie wholly in one of ``spans``, which never touch."""
        return self._bits((self.ceil(span.starts_at), self.floor(span.ends_at)) for span in spans)

    def _bits(self, ranges: Iterable[tuple[int, int]]) -> int:
        """The slots from each range's first up to, not including, its second, as far as the chart reaches."""
        found = [(max(low, 0), min(high, self.count)) for low, high in ranges]
        if len(found) < FEW:  # a few long numbers are added faster than every digit is written
            slots = 0
            for first, last in found:
                if first < last:
                    slots |= ((1 << (last - first)) - 1) << first
            return slots
        digits = bytearray(b"0") * (self.count + 1)  # one more, so that an empty chart is still a number
        for first, last in found:
            if first < last:
                digits[first:last] = b"1" * (last - first)
        digits.reverse()
        return int(digits, 2)


def fitting(free: int, length: int) -> int:
    """The slots from which ``length`` slots in a row are free."""
    run = 1
    while run < length:
        step = min(run, length - run)
        free &= free >> step
        run += step
    return free


def leading_to(slots: int, earliest: int, latest: int) -> int:
    """The slots from which one of ``slots`` lies ``earliest`` to ``latest`` slots later."""
    return _spread(slots, latest - earliest + 1, forward=False) >> earliest


def following(slots: int, earliest: int, latest: int) -> int:
    """The slots that lie ``earliest`` to ``latest`` slots after one of ``slots``."""
    return _spread(slots, latest - earliest + 1, forward=True) << earliest


def _spread(slots: int, width: int, *, forward: bool) -> int:
    """``slots`` with the ``width - 1`` slots after (or before) each of them."""
    if width <= 0:
        return 0
    run = 1
    while run < width:
        step = min(run, width - run)
        slots |= slots << step if forward else slots >> step
        run += step
    return slots


def at_least(number: int, sets: Sequence[int]) -> int:
    """The slots that lie in ``number`` or more of the ``sets``."""
    reached = [-1] + [
        0
    ] * number  # reached[k]: slots found in k of the sets so far; all slots are in none or more
    for slots in sets:
        for k in range(number, 0, -1):
            reached[k] |= reached[k - 1] & slots
    return reached[number]


def first_from(slots: int, slot: int) -> int | None:
    """The first of ``slots`` at ``slot`` or later."""
    rest = slots >> max(slot, 0)
    return max(slot, 0) + (rest & -rest).bit_length() - 1 if rest else None


def last_of(slots: int) -> int | None:
    """The last of ``slots``."""
    return slots.bit_length() - 1 if slots else None
