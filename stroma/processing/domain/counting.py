"""From what was seen in the hemocytometer, or told by an automated counter, to what is in the container."""

from dataclasses import dataclass, field
from decimal import Decimal

from stroma.processing.domain.counter_file import CounterReading
from stroma.processing.domain.counts import (
    cells_per_ml,
    cumulative_population_doublings,
    population_doublings,
    total_viable_cells,
    viability_fraction,
)


@dataclass(frozen=True, slots=True)
class CountReadings:
    """Cells seen over ``squares`` squares of 1 mm², at a dilution, in a container of ``volume_ml``."""

    live_cells: int
    dead_cells: int
    squares: int
    dilution_factor: Decimal
    volume_ml: Decimal

    @property
    def viable_per_ml(self) -> float:
        """Viable cells per mL of the undiluted sample."""
        return cells_per_ml(self.live_cells / self.squares, float(self.dilution_factor))

    @property
    def total_per_ml(self) -> float:
        """Cells, living and dead, per mL of the undiluted sample."""
        return cells_per_ml((self.live_cells + self.dead_cells) / self.squares, float(self.dilution_factor))

    @property
    def viability(self) -> float:
        """0–1."""
        return viability_fraction(self.live_cells, self.dead_cells)


@dataclass(frozen=True, slots=True)
class CounterCount:
    """One sample of an automated counter's file, in a container of ``volume_ml``."""

    reading: CounterReading
    volume_ml: Decimal
    file_name: str
    file_content: bytes = field(repr=False)

    @property
    def viable_per_ml(self) -> float:
        """As the counter told it."""
        return float(self.reading.viable_per_ml)

    @property
    def total_per_ml(self) -> float:
        """As the counter told it."""
        return float(self.reading.total_per_ml)

    @property
    def viability(self) -> float:
        """0–1."""
        return float(self.reading.viability)


AnyCount = CountReadings | CounterCount


@dataclass(frozen=True, slots=True)
class BothSamples:
    """Two samples of one container, each counted by itself; what is in the container is the mean of both.

    The mean counts both samples alike, whatever number of cells each rests on, because pipetting and dilution, which
    are most of a count's error, are made once for each. It is what a technologist works out by hand, and neither sample
    can be dropped for the other.
    """

    first: AnyCount
    second: AnyCount

    @property
    def volume_ml(self) -> Decimal:
        """Of the container, which is one."""
        return self.first.volume_ml

    @property
    def viable_per_ml(self) -> float:
        """Mean of both."""
        return (self.first.viable_per_ml + self.second.viable_per_ml) / 2

    @property
    def viability(self) -> float:
        """Living cells per mL over all cells per mL, both samples together; 0–1."""
        return (self.first.viable_per_ml + self.second.viable_per_ml) / (
            self.first.total_per_ml + self.second.total_per_ml
        )


@dataclass(frozen=True, slots=True)
class Earlier:
    """The count before this one in the same culture: cells then, and doublings up to then."""

    viable_cells: Decimal
    cumulative_population_doublings: Decimal | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a count comes to: viability as a fraction, viable cells in the container, doublings since the last count."""

    viability: Decimal
    viable_cells: Decimal
    population_doublings: Decimal | None
    cumulative_population_doublings: Decimal | None


def evaluate_count(readings: AnyCount | BothSamples, earlier: Earlier | None) -> Counted:
    """Evaluate a count. Doublings are known from a second count on; a loss of cells shows as negative doublings."""
    cells = Decimal(round(total_viable_cells(readings.viable_per_ml, float(readings.volume_ml))))
    doublings = cumulative = None
    if earlier is not None and earlier.viable_cells > 0 and cells > 0:
        doublings = population_doublings(float(earlier.viable_cells), float(cells))
        before = (
            [float(earlier.cumulative_population_doublings)]
            if earlier.cumulative_population_doublings
            else []
        )
        cumulative = cumulative_population_doublings([*before, doublings])
    return Counted(
        viability=Decimal(str(round(readings.viability, 4))),
        viable_cells=cells,
        population_doublings=_rounded(doublings),
        cumulative_population_doublings=_rounded(cumulative),
    )


def _rounded(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 3)))
