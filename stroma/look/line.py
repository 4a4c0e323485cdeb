"""The line: one course of treatment from vein to vein, as plain values and as words.

Here is what a line *is*, and its text equivalent. How it is drawn is in ``line_drawing``. Nothing here knows
the database, the clock or Django: whoever shows a line hands over texts already in the reader's language.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a station stands. The drawing shows it by shape first; color only repeats it."""

    DONE = "done"  # filled
    NOW = "now"  # open and larger
    NEXT = "next"  # thin
    LATE = "late"  # pulled out of the line
    STOPPED = "stopped"  # the line ends here, in a bar


class Source(StrEnum):
    """Whose cells run along the second strand."""

    OWN = "own"  # they leave the patient's line and come back to it
    DONOR = "donor"  # they come from elsewhere


@dataclass(frozen=True, slots=True)
class Station:
    """One stop of the way. ``at`` is a time or a lag, ``note`` a place, a person or why it stopped."""

    code: str
    title: str
    state: State
    at: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Strand:
    """The cells' own way: it leaves the line at station ``leaves`` and meets it again at ``returns``.

    The stations between the two lie on the strand. A donor's strand carries ``leaves`` as well, for it is not
    the patient who is collected from. ``grows`` says that the cells are culture-expanded; ``label`` names a
    donor lot.
    """

    leaves: str
    returns: str
    source: Source = Source.OWN
    grows: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A course as it is drawn. ``title`` says whose or which; it is the picture's accessible name.

    Raises ValueError when two stations share a code, or the strand names stations that are not there in that
    order.
    """

    title: str
    stations: tuple[Station, ...]
    strand: Strand | None = None

    def __post_init__(self) -> None:
        codes = [station.code for station in self.stations]
        if len(set(codes)) != len(codes):
            raise ValueError(f"two stations of a line share a code: {', '.join(codes)}")
        if self.strand is None:
            return
        if self.strand.leaves not in codes or self.strand.returns not in codes:
            raise ValueError(
                f"the strand runs from {self.strand.leaves!r} to {self.strand.returns!r}; "
                f"the line has {', '.join(codes)}"
            )
        if codes.index(self.strand.leaves) >= codes.index(self.strand.returns):
            raise ValueError(f"the strand leaves at {self.strand.leaves!r}, which is not before its return")

    @property
    def stopped_at(self) -> int | None:
        """The place of the first stopped station; nothing after it is reached."""
        return next((i for i, station in enumerate(self.stations) if station.state is State.STOPPED), None)

    def is_on_strand(self, index: int) -> bool:
        """Whether the station at ``index`` belongs to the cells rather than to the patient."""
        if self.strand is None:
            return False
        codes = [station.code for station in self.stations]
        first, last = codes.index(self.strand.leaves), codes.index(self.strand.returns)
        return first < index < last or (index == first and self.strand.source is Source.DONOR)

    def is_reached(self, index: int) -> bool:
        """Whether the way has come as far as the station at ``index``."""
        if self.stopped_at is not None and index > self.stopped_at:
            return False
        return self.stations[index].state is not State.NEXT


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a line in the reader's language; ``progress`` is filled with ``done`` and ``total``."""

    done: str = "done"
    now: str = "now"
    next: str = "next"
    late: str = "late"
    stopped: str = "stopped"
    not_reached: str = "not reached"
    progress: str = "{done} of {total} steps done."
    with_own_cells: str = "The cells leave at “{leaves}” and come back at “{returns}”."
    with_donor_cells: str = "The cells come from a donor and arrive at “{returns}”."

    def state(self, state: State) -> str:
        """The word for ``state``."""
        return {
            State.DONE: self.done,
            State.NOW: self.now,
            State.NEXT: self.next,
            State.LATE: self.late,
            State.STOPPED: self.stopped,
        }[state]


ENGLISH = Words()


@dataclass(frozen=True, slots=True)
class Item:
    """One station of the text equivalent."""

    code: str
    title: str
    state: str
    word: str
    at: str
    note: str

    @property
    def text(self) -> str:
        """The whole item as one sentence part: title, state, time and note."""
        return ", ".join(part for part in (f"{self.title}: {self.word}", self.at, self.note) if part)


def text_equivalent(line: Line, words: Words = ENGLISH) -> list[Item]:
    """The line as an ordered list with the same stations, for who does not see the drawing."""
    items = []
    for index, station in enumerate(line.stations):
        beyond = line.stopped_at is not None and index > line.stopped_at
        word = words.not_reached if beyond else words.state(station.state)
        state = "beyond" if beyond else station.state.value
        items.append(Item(station.code, station.title, state, word, station.at or "", station.note or ""))
    return items


def summary(line: Line, words: Words = ENGLISH) -> str:
    """The line in a sentence or two: how far it has come, and every station that is now, late or stopped."""
    items = text_equivalent(line, words)
    done = sum(item.state == State.DONE for item in items)
    parts = [words.progress.format(done=done, total=len(items))]
    parts += [item.text + "." for item in items if item.state in (State.NOW, State.LATE, State.STOPPED)]
    if line.strand is not None:
        titles = {station.code: station.title for station in line.stations}
        sentence = words.with_donor_cells if line.strand.source is Source.DONOR else words.with_own_cells
        parts.append(sentence.format(leaves=titles[line.strand.leaves], returns=titles[line.strand.returns]))
    return " ".join(parts)


def late_first(lines: Iterable[Line]) -> list[Line]:
    """Lines as the coordinator works them off: late, then stopped, then the others, in the order given."""

    def rank(line: Line) -> int:
        states = {item.state for item in text_equivalent(line)}
        return 0 if State.LATE in states else 1 if State.STOPPED in states else 2

    return sorted(lines, key=rank)


def current(line: Line) -> Station | None:
    """The station to look at: the stop, else the first late one, else what is now, else the first to come."""
    stations: Sequence[Station] = line.stations
    if line.stopped_at is not None:
        return stations[line.stopped_at]
    for state in (State.LATE, State.NOW, State.NEXT):
        for station in stations:
            if station.state is state:
                return station
    return stations[-1] if stations else None
