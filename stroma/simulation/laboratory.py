"""A simulated laboratory: what its instruments would read. It decides nothing; the same rules judge its numbers.

Everything is drawn from stated distributions by a seeded generator, so that a walk can be repeated; what the answers
file says under ``[laboratory]`` replaces the draw. Growth is exponential with a doubling time of 30 to 60 hours for
early marrow stromal cells (clinical.md §1.3, general knowledge).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from stroma.processing.domain.counting import CountReadings

SQUARES = 9
_CELLS_PER_SQUARE = 60
"""What a technologist dilutes to: enough to count well, few enough to count at all."""


@dataclass(frozen=True)
class SimulatedLaboratory:
    """Draws readings; ``told`` are the values that the answers file sets."""

    random: Random
    told: Mapping[str, float | str]

    def viability(self) -> float:
        """The true viability of a container, as a fraction."""
        told = self.told.get("viability_percent")
        return float(told) / 100 if told is not None else self.random.uniform(0.90, 0.97)

    def doubling_time(self) -> timedelta:
        """How long the culture takes to double."""
        return timedelta(hours=float(self.told.get("doubling_time_hours", self.random.uniform(34, 50))))

    def grown(self, cells: float, during: timedelta) -> float:
        """Cells after growing for ``during``, with a lag of a day in which nothing grows."""
        growing = max(timedelta(0), during - timedelta(days=1))
        return float(cells * 2 ** (growing / self.doubling_time()))

    def count(self, viable_cells: float, volume_ml: Decimal) -> CountReadings:
        """What is seen in the hemocytometer for that many viable cells: counts scatter as counts do."""
        per_ml = viable_cells / float(volume_ml)
        dilution = max(1, round(per_ml / (_CELLS_PER_SQUARE * 1e4)))
        expected_live = per_ml / dilution / 1e4 * SQUARES
        viability = self.viability()
        live = self._poisson(expected_live)
        dead = self._poisson(expected_live * (1 - viability) / max(viability, 0.01))
        return CountReadings(live, dead, SQUARES, Decimal(dilution), volume_ml)

    def _poisson(self, mean: float) -> int:
        # The normal approximation: means here are in the hundreds.
        return max(0, round(self.random.gauss(mean, mean**0.5)))

    def assay(self, code: str) -> tuple[Decimal | None, str, str]:
        """Number or word, and the method, for a line of the specification."""
        draw = self.random.uniform
        numbers = {
            "id_pos_cd73": draw(97.5, 99.8),
            "id_pos_cd90": draw(97.5, 99.8),
            "id_pos_cd105": draw(96.5, 99.5),
            "id_neg_cd45": draw(0.1, 1.2),
            "id_neg_cd34": draw(0.1, 1.2),
            "id_neg_cd14": draw(0.1, 1.2),
            "id_neg_cd19": draw(0.1, 1.2),
            "id_neg_hla_dr": draw(0.1, 1.5),
            "endotoxin": draw(0.01, 0.1),
        }
        told_names = {
            "id_pos_cd73": "cd73_percent",
            "id_pos_cd90": "cd90_percent",
            "id_pos_cd105": "cd105_percent",
            "endotoxin": "endotoxin_eu_per_ml",
        }
        words = {
            "gram": "no organisms",
            "sterility_rapid": "no growth",
            "sterility_final": "no growth",
            "mycoplasma": "not detected",
        }
        if code in numbers:
            value = float(self.told.get(told_names.get(code, ""), numbers[code]))
            return Decimal(str(round(value, 3))), "", "simulated instrument"
        if code in words:
            return None, str(self.told.get(code, words[code])), "simulated culture or stain"
        return None, "pass", "simulated inspection"

    def follow_up(self, baseline: int, months: float) -> int:
        """Pain on the 0 to 10 scale that a simulated patient reports: invented, and no evidence of anything."""
        fall = 2.0 * (1 - 2.718 ** (-months / 3)) if months else 0.0
        return max(0, min(10, round(self.random.gauss(baseline - fall, 1.0)))) if months else baseline

    def misses(self) -> bool:
        """Whether the simulated patient does not answer: about one questionnaire in twelve."""
        return self.random.random() < 1 / 12
