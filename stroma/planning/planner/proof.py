"""What runs beside the search when there is more than one worker: the bound and prices, then better counts."""

import threading

from stroma.planning.planner.chains import PlacedChain
from stroma.planning.planner.counts import CountSearch, counts_of
from stroma.planning.planner.flow import Flow, FlowAnswer, Usage
from stroma.planning.planner.instance import Patient
from stroma.planning.planner.roster import Roster


class Proof:
    """The linear program of the clinic, solved in a thread of its own or at once."""

    def __init__(
        self, roster: Roster, free: list[Patient], taken: Usage, seconds: float, *, beside: bool
    ) -> None:
        self.roster, self.free, self.taken, self.seconds = roster, free, taken, seconds
        self.flow: Flow | None = None
        self.answer: FlowAnswer | None = None
        self.counts: CountSearch | None = None
        self._used = False
        self._thread = threading.Thread(target=self._solve, daemon=True)
        if beside:
            self._thread.start()
        else:
            self._solve()

    def _solve(self) -> None:
        if self.free and self.seconds > 0:
            self.flow = Flow(self.roster, self.free, self.taken)
            self.answer = self.flow.solve(self.seconds)

    def news(self) -> FlowAnswer | None:
        """The answer, once."""
        if self._used or self.answer is None:
            return None
        self._used = True
        return self.answer

    def improve_counts(self, best: dict[str, PlacedChain], seconds: float, workers: int, seed: int) -> None:
        """Let CP-SAT look for better counts from the best plan, beside the search."""
        if self.flow is not None and self.answer is not None and workers > 0 and seconds > 0:
            start = counts_of(self.flow, self.free, best)
            self.counts = CountSearch(self.flow, start, self.answer.bound)
            self.counts.start(seconds, workers, seed)

    def stop(self) -> None:
        """End what runs beside."""
        if self.counts is not None:
            self.counts.stop()
        while self._thread.is_alive():
            # A thread that still solves when Python ends would abort the program.
            if self.flow is not None:
                self.flow.interrupt()
            self._thread.join(0.05)
