"""When a culture will hold its dose: the day of a harvest is a distribution, not a date."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

NINE_IN_TEN, NINETEEN_IN_TWENTY = 1.2815515655446004, 1.6448536269514722
"""The normal distribution's quantiles for 90 and 95 %."""

AT_RISK_BELOW = 0.8
"""A chance below this is shown as a risk. By judgment: one culture in five is worth a telephone call today."""


@dataclass(frozen=True, slots=True)
class HarvestForecast:
    """The moments before which the dose is there with a chance of 5, 50 and 95 %; None where it is never so good."""

    early: datetime | None
    likely: datetime | None
    late: datetime | None

    def chance_by(self, moment: datetime) -> float:
        """The chance that the dose is there at ``moment``: a normal distribution in two halves about the middle."""
        if self.likely is None:
            return 0.05 if self.early is not None and moment >= self.early else 0.0
        end = self.late if moment > self.likely else self.early
        if end is None or end == self.likely:
            return 0.5 if end is None else float(moment >= self.likely)
        spread = abs(end - self.likely) / NINETEEN_IN_TWENTY
        return 0.5 * (1.0 + math.erf((moment - self.likely) / spread / math.sqrt(2.0)))

    @property
    def often_early_days(self) -> int:
        """How many days before the middle in one case of ten."""
        return 0 if self.early is None or self.likely is None else _days(self.likely - self.early)

    @property
    def often_late_days(self) -> int:
        """How many days after the middle in one case of ten; where nobody knows, twice as far as early."""
        if self.likely is None:
            return 0
        if self.late is None:
            return 2 * max(1, self.often_early_days)
        return _days(self.late - self.likely)


def _days(half: timedelta) -> int:
    return math.ceil(half / timedelta(days=1) * NINE_IN_TEN / NINETEEN_IN_TWENTY)
