"""When a site is open, in the time its clocks show."""

from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

MONDAY_TO_FRIDAY = frozenset(range(5))
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A site's hours. Patients are seen and called on ``weekdays`` (Monday is 0), cells tended on any day."""

    zone: ZoneInfo
    opens: time = time(8)
    closes: time = time(18)
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY

    def days(self, *, patient: bool) -> frozenset[int]:
        """The weekdays on which a visit may fall: laboratory work does not wait for Monday."""
        return self.weekdays if patient else EVERY_DAY
