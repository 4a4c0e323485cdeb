"""Transport: how warm and how cold a box may get and for how long, what its log says, and whether it may be opened."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from uuid import UUID

from stroma.clinic.domain.badges import BadgeShown, badge_blockers
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.problem import BadInput, Problem

SOURCE = "21 CFR 1271.265; Stroma custody"
LONGEST = timedelta(days=366)
"""No box is on its way for longer; a log that goes over more is of another logger, or its clock was wrong."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which temperatures the content stays, how long it may be outside, and who says so."""

    minimum_c: Decimal | None
    maximum_c: Decimal
    minutes_outside: int
    source: str


DEFAULT_LIMITS: dict[str, Limits] = {
    "room_temperature": Limits(
        Decimal(15), Decimal(25), 0, "clinical.md §1.5; general knowledge; editable default"
    ),
    "refrigerated": Limits(
        Decimal(2), Decimal(8), 0, "clinical.md §1.5; general knowledge; editable default"
    ),
    "vapor_phase_nitrogen": Limits(
        None, Decimal(-150), 0, "clinical.md §1.5; general knowledge; editable default"
    ),
}
"""Used where neither the protocol nor the site says otherwise, by the protocol's storage."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of a logger."""

    read_at: datetime
    temperature_c: Decimal


@dataclass(frozen=True, slots=True)
class Journey:
    """What a log says about a transport."""

    lowest_c: Decimal
    highest_c: Decimal
    minutes_outside: Decimal
    """All stretches outside the limits together. A stretch reaches from the last reading inside to the next."""
    is_excursion: bool


def read_log(text: str, *, file: str) -> list[Reading]:
    """The readings of a CSV file with the columns ``time`` (ISO 8601 with its zone) and ``temperature_c``.

    Raises BadInput with every faulty line.
    """
    try:
        return _read_rows(text, file)
    except csv.Error:
        said = "this is no table that can be read; the columns are time,temperature_c"
        raise BadInput([Problem("log_unreadable", said, file=file)]) from None


def _read_rows(text: str, file: str) -> list[Reading]:
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    columns = [name.strip() for name in rows.fieldnames or []]
    missing = [name for name in ("time", "temperature_c") if name not in columns]
    if missing:
        raise BadInput(
            [
                Problem(
                    "log_column_missing",
                    f"the column {name} is missing; the columns are time,temperature_c",
                    file=file,
                    place=name,
                    line=1,
                )
                for name in missing
            ]
        )
    rows.fieldnames = columns
    readings: list[Reading] = []
    problems: list[Problem] = []
    for row in rows:
        faults = _Line(file, rows.line_num, problems)
        read_at = _time((row["time"] or "").strip(), faults)
        temperature = _temperature((row["temperature_c"] or "").strip(), faults)
        if read_at is None or temperature is None:
            continue
        if readings and read_at <= readings[-1].read_at:
            said = f"{read_at.isoformat()} is not after the reading before; a log goes forward"
            faults.add("log_goes_back", "time", said)
            continue
        readings.append(Reading(read_at, temperature))
    if len(readings) < 2 and not problems:
        said = f"the log holds {len(readings)} readings; two or more are needed"
        problems.append(Problem("log_too_short", said, file=file))
    if not problems and readings[-1].read_at - readings[0].read_at > LONGEST:
        said = f"the log goes over {(readings[-1].read_at - readings[0].read_at).days} days; {LONGEST.days} at most"
        problems.append(Problem("log_too_long", said, file=file))
    if problems:
        raise BadInput(problems)
    return readings


@dataclass(frozen=True, slots=True)
class _Line:
    """Where in the file we are, and the faults found so far."""

    file: str
    line: int
    problems: list[Problem]

    def add(self, code: str, column: str, said: str) -> None:
        self.problems.append(Problem(code, said, file=self.file, place=column, line=self.line))


def _time(text: str, faults: _Line) -> datetime | None:
    try:
        read_at = datetime.fromisoformat(text)
        if read_at.tzinfo is not None:
            read_at.astimezone(UTC)  # the first and the last day of the calendar have hours outside it
    except (ValueError, OverflowError):
        read_at = None
    if read_at is None or read_at.tzinfo is None:
        faults.add(
            "log_time", "time", f"{text[:40]!r} is no time with its zone, such as 2026-03-02T14:05:00+00:00"
        )
        return None
    return read_at


def _temperature(text: str, faults: _Line) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    # Liquid nitrogen boils at -196 °C; nothing in a box is colder, nor is it hotter than an oven.
    if not value.is_finite() or not -200 <= value <= 100:
        faults.add("log_temperature", "temperature_c", f"{text[:40]!r} is no temperature from -200 to 100 °C")
        return None
    # Judged as it was read: rounded to the tenth that is kept, 8.04 °C would lie within a limit of 8 °C.
    decimals = min(max(-int(value.as_tuple().exponent), 1), 3)
    return value.quantize(Decimal(1).scaleb(-decimals))


def journey_of(readings: Sequence[Reading], limits: Limits) -> Journey:
    """What a log says, judged by the limits. Every stretch next to a reading outside counts as outside."""
    seconds = sum(
        (after.read_at - before.read_at).total_seconds()
        for before, after in pairwise(readings)
        if not (_is_inside(before, limits) and _is_inside(after, limits))
    )
    minutes = (Decimal(seconds) / 60).quantize(Decimal("0.1"))
    return Journey(
        lowest_c=min(one.temperature_c for one in readings),
        highest_c=max(one.temperature_c for one in readings),
        minutes_outside=minutes,
        is_excursion=minutes > limits.minutes_outside,
    )


def _is_inside(reading: Reading, limits: Limits) -> bool:
    if limits.minimum_c is not None and reading.temperature_c < limits.minimum_c:
        return False
    return reading.temperature_c <= limits.maximum_c


def log_blockers(readings: Sequence[Reading], *, sealed_at: datetime, opened_at: datetime) -> list[Blocker]:
    """Why a log does not tell of this transport: it begins after the sealing, or ends before the opening."""
    blockers = []
    if readings[0].read_at > sealed_at:
        values = {"from": readings[0].read_at, "sealed_at": sealed_at}
        blockers.append(Blocker("log_begins_late", values, SOURCE))
    if readings[-1].read_at < opened_at:
        values = {"to": readings[-1].read_at, "opened_at": opened_at}
        blockers.append(Blocker("log_ends_early", values, SOURCE))
    return blockers


def reading_blockers(
    *, is_open: bool, newest: UUID | None, corrects: UUID | None, is_known: bool, reason: str
) -> list[Blocker]:
    """Why no log is read now. Another one is read beside the newest, which it names, and says why.

    ``is_known``: this very file was read for this journey before.
    """
    blockers = []
    if not is_open:
        blockers.append(Blocker("box_still_sealed", {}, SOURCE))
    if newest is not None and corrects is None:
        blockers.append(Blocker("log_read_already", {}, SOURCE))
    if corrects is not None:
        if corrects != newest:
            blockers.append(Blocker("log_not_the_newest", {}, SOURCE))
        if is_known:
            blockers.append(Blocker("log_is_the_same", {}, SOURCE))
        if not reason:
            blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    return blockers


def opening_blockers(
    *,
    seal: str,
    scanned: str,
    is_open: bool,
    badge: BadgeShown = BadgeShown.NONE,
    badge_asked_for: bool = False,
    awaited: Collection[str] = frozenset(),
) -> list[Blocker]:
    """Why a box is not opened: it was, its seal is not the one it was closed with, or who opens it is not known.

    ``badge`` and ``badge_asked_for`` as at a hand-over: who opens a box takes over what is in it. ``awaited`` names, of
    ``seal`` and ``badge``, what is still to be scanned; the reasons are then those that hold already.
    """
    if is_open:
        return [Blocker("box_opened_already", {}, SOURCE)]
    blockers = []
    if not scanned:
        if "seal" not in awaited:
            blockers.append(Blocker("seal_not_scanned", {}, SOURCE))
    elif scanned != seal:
        blockers.append(Blocker("seal_mismatch", {"expected": seal, "scanned": scanned}, SOURCE))
    return [*blockers, *badge_blockers(badge, is_asked_for=badge_asked_for and "badge" not in awaited)]


@dataclass(frozen=True, slots=True)
class Packed:
    """A container that is about to be packed."""

    place: str
    is_held: bool
    in_quarantine: bool
    in_sealed_box: bool
    is_stored: bool


def packing_blockers(
    containers: Sequence[Packed], *, from_place: str, to_place: str, seal: str, is_under_way: bool
) -> list[Blocker]:
    """Why a box is not packed and sealed, each reason once."""
    found = {
        "box_under_way": is_under_way,
        "box_goes_nowhere": from_place == to_place,
        "seal_missing": not seal.strip(),
        "box_empty": not containers,
        "container_elsewhere": any(one.place != from_place for one in containers),
        "packed_not_held": any(not one.is_held for one in containers),
        "container_in_quarantine": any(one.in_quarantine for one in containers),
        "container_in_sealed_box": any(one.in_sealed_box for one in containers),
        "packed_from_storage": any(one.is_stored for one in containers),
    }
    return [Blocker(code, {}, SOURCE) for code, holds in found.items() if holds]


def tightest(limits: Sequence[Limits]) -> Limits:
    """The limits within which everything in one box is safe: the narrowest of all."""
    minimums = [one.minimum_c for one in limits if one.minimum_c is not None]
    return Limits(
        minimum_c=max(minimums) if minimums else None,
        maximum_c=min(one.maximum_c for one in limits),
        minutes_outside=min(one.minutes_outside for one in limits),
        source="; ".join(dict.fromkeys(one.source for one in limits)),
    )
