"""The one search, of clinics and of projects: a first plan at once, then better ones until the time is over.

What is searched says what its first plan is, what proves a bound, what one try at a better plan is, and what is to be
learned from the solver that runs beside it. When each has its turn, when it is enough, who is told, and that Ctrl-C
ends the search and not the program, is said here.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from time import monotonic

TOLD_EVERY = 1.0
"""Seconds between two words about how far the search is."""

Progress = Callable[[str, float, float, float], None]
"""Told the stage, the seconds gone, the points of the best plan, and the bound."""


def silent(stage: str, seconds: float, points: float, bound: float) -> None:
    """Tell nobody."""


class Anytime(ABC):
    """One search: ``best_points`` and ``bound`` hold at any moment. Fewer points are better."""

    def __init__(
        self,
        *,
        seconds: float,
        workers: int,
        seed: int,
        progress: Progress = silent,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.clock, self.began = clock, clock()
        self.seconds, self.workers, self.seed, self.progress = seconds, workers, seed, progress
        self.best_points, self.bound = float("inf"), 0.0
        self.first_seconds = 0.0
        self.stopped = False

    @property
    def gone(self) -> float:
        """Seconds that are over."""
        return self.clock() - self.began

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.seconds - self.gone

    @property
    def is_done(self) -> bool:
        """Whether nothing better can be found."""
        return self.best_points <= self.bound + 1e-6

    def run(self) -> None:
        """Search until the time is over, the bound is met, or somebody stops it."""
        try:
            self.first()
            self.first_seconds = self.gone
            self.tell("first plan")
            self.prove()
            told = self.clock()
            while self.left > 0 and not self.is_done:
                self.learn()
                self.try_again()
                if self.clock() - told > TOLD_EVERY:
                    told = self.clock()
                    self.tell("searching")
            self.learn(is_last=True)
        except KeyboardInterrupt:
            self.stopped = True
        self.end()

    def tell(self, stage: str) -> None:
        """Say how far the search is."""
        self.progress(stage, self.gone, self.best_points, self.bound)

    @abstractmethod
    def first(self) -> None:
        """Make a plan at once."""

    @abstractmethod
    def prove(self) -> None:
        """Find a bound, here or beside the search."""

    @abstractmethod
    def learn(self, *, is_last: bool = False) -> None:
        """Take what was found beside the search, where there is something, and give it the best plan."""

    @abstractmethod
    def try_again(self) -> None:
        """One try at a better plan; what is worse is not kept."""

    @abstractmethod
    def end(self) -> None:
        """Stop what runs beside, and hold the best plan."""
