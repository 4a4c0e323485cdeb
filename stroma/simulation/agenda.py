"""What will happen in a simulated clinic, in order of time, and how late it is at each of its sites.

Every site has one chain in the ledger, and time in a chain never runs back. Where two things of a site fall together,
the later one waits until the other is over, as people do.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from stroma.ledger.domain.entry import ChainKind
from stroma.ledger.models import Chain
from stroma.protocols.domain.blocker import Refused
from stroma.simulation.clinic import SimulatedClinic

TOLERANCE = timedelta(seconds=1)

Event = Callable[[datetime], object]
"""What is done when its time has come; what it gives is of no interest here."""


class HappensAtASite(Protocol):
    """Whatever has a site and so a clock: a patient's way, or the site itself."""

    def site_clock(self) -> datetime:
        """When the last thing at this site was recorded."""


@dataclass
class SiteWatch:
    """What happens at a site and to no patient."""

    clinic: SimulatedClinic

    def site_clock(self) -> datetime:
        """When the last thing at this site was recorded."""
        chain = Chain.objects.get(kind=ChainKind.SITE.value, subject=self.clinic.site.id)
        assert chain.last_recorded_at is not None
        return chain.last_recorded_at


@dataclass
class Agenda:
    """What will happen, up to ``until``; what lies after it is left for whoever opens the demo."""

    until: datetime
    waiting: list[tuple[datetime, int, HappensAtASite, Event]] = field(default_factory=list)
    counted: int = 0
    stopped: list[tuple[HappensAtASite, Refused]] = field(default_factory=list)

    def put(self, when: datetime, where: HappensAtASite, what: Event) -> None:
        """Put something on the agenda, unless it lies after the present."""
        if when <= self.until:
            self.counted += 1
            heapq.heappush(self.waiting, (when, self.counted, where, what))

    def follow(self) -> Iterator[datetime]:
        """Do one thing after the other; gives the time that was reached after each."""
        while self.waiting:
            when, _, where, what = heapq.heappop(self.waiting)
            at = max(when, where.site_clock() + TOLERANCE)
            if at > self.until:
                continue
            try:
                what(at)
            except Refused as refusal:
                # A rule stopped this patient's way, as it may; the others go on.
                self.stopped.append((where, refusal))
            yield when
