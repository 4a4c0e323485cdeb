"""The search (``anytime``) of a clinic: from an instance to a plan.

1. Everybody in the order of being ready, each at the cheapest chain that fits: a plan in a fraction of a second.
2. The linear program of ``flow``, beside the search where there are workers for it: a bound for every plan, and the
   price of each scarce day. Everybody again, now paying those prices, so that nobody takes a day that others need more.
3. Until the time is over: some chains off the board and on again in another order, kept where it gains points. Where
   there are workers, CP-SAT improves the counts of ``flow`` meanwhile, and what it finds is put on the board.
"""

import random
from collections.abc import Callable, Sequence
from time import monotonic

from stroma.planning.planner.anytime import Anytime, Progress
from stroma.planning.planner.chains import PlacedChain, Prices
from stroma.planning.planner.counts import who_and_when
from stroma.planning.planner.flow import FlowAnswer
from stroma.planning.planner.instance import Instance
from stroma.planning.planner.proof import Proof
from stroma.planning.planner.roster import Roster
from stroma.planning.planner.state import State

SHARES_OF_PRICE = (0.5, 0.9, 0.25)
COUNTS_LOOKED_AT = 4.0
"""Seconds between two looks at the counts that are found beside the search."""


class Search(Anytime):
    """One search on one instance. ``best`` is the best plan at any moment."""

    def __init__(
        self,
        instance: Instance,
        *,
        seconds: float,
        workers: int,
        seed: int,
        progress: Progress,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__(seconds=seconds, workers=workers, seed=seed, progress=progress, clock=clock)
        self.random = random.Random(seed)  # noqa: S311 - a search, not a secret
        self.roster = Roster(instance)
        self.state = State(self.roster)
        self.state.keep_what_stands()
        self.best: dict[str, PlacedChain] = {}
        self._proof: Proof | None = None
        self._looked = 0.0
        self._answer: FlowAnswer | None = None
        self._counts_tried = float("inf")

    @property
    def is_done(self) -> bool:
        """Whether nothing better can be found."""
        return not self.state.patients or super().is_done

    def first(self) -> None:
        """Everybody in the order of being ready, each at the cheapest chain that fits."""
        self._place(self._first_come(), None)
        self._keep_if_best()

    def prove(self) -> None:
        """The least that each would cost alone, until the linear program beside the search says more."""
        self.bound = self._least_for(list(self.state.patients))
        free = [patient for name, patient in self.state.patients.items() if name not in self.state.ties]
        taken = self.state.usage_of_what_stays()
        self._proof = Proof(self.roster, free, taken, self.left, beside=self.workers > 1)
        self._looked = self.clock()

    def learn(self, *, is_last: bool = False) -> None:
        """The bound and the prices, once; then now and again better counts."""
        proof = self._proof
        assert proof is not None
        if answer := proof.news():
            self._use(answer, again=not is_last)
            if not is_last:
                proof.improve_counts(self.best, self.left, self.workers - 1, self.seed)
        if is_last or self.clock() - self._looked > COUNTS_LOOKED_AT:
            self._looked = self.clock()
            self._look_at_counts(proof)

    def try_again(self) -> None:
        """Some chains off the board and on again."""
        self._put_again(self._neighbors(), self._some_prices())

    def end(self) -> None:
        """Stop the proof; the best plan is on the board."""
        if self._proof is not None:
            self._proof.stop()
        self._restore()

    def _use(self, answer: FlowAnswer, *, again: bool = True) -> None:
        """Keep the bound; place everybody anew, paying the prices that prove it."""
        self._answer = answer
        tied = [name for name in self.state.patients if name in self.state.ties]
        self.bound = max(self.bound, answer.bound + self._least_for(tied))
        self.tell("bound")
        for share in SHARES_OF_PRICE if again else ():
            if self.left > 0 and not self.is_done:
                for name in [name for name in self.state.placed if name not in self.state.ties]:
                    self.state.remove(name)
                self._place(self._first_come(), _times(answer.prices, share))
                self._note("prices")
        self._restore()

    def _first_come(self) -> list[str]:
        patients, ties = self.state.patients, self.state.ties
        return sorted(
            self.state.waiting, key=lambda n: (n not in ties, patients[n].ready_on, patients[n].priority, n)
        )

    def _place(self, order: Sequence[str], prices: Prices | None) -> None:
        for name in order:
            self.state.insert(name, prices)

    def _note(self, stage: str) -> None:
        """Keep the plan on the board if it is the best, and tell of it."""
        self._keep_if_best()
        self.tell(stage)

    def _keep_if_best(self) -> None:
        points = self.state.objective
        if points < self.best_points - 1e-9:
            self.best_points, self.best = points, dict(self.state.placed)

    def _restore(self) -> None:
        """Put the best plan back on the board."""
        if self.best_points == float("inf"):
            return
        for name in list(self.state.placed):
            if self.state.placed[name] is not self.best.get(name):
                self.state.remove(name)
        for name, chain in self.best.items():
            if name not in self.state.placed:
                self.state.add(name, chain)

    def _look_at_counts(self, proof: Proof) -> None:
        """Give better counts to patients and slots; who finds none on those days takes the cheapest chain left."""
        counts = proof.counts
        if counts is None or proof.flow is None or proof.answer is None or counts.best is None:
            return
        promised = counts.points + self.bound - proof.answer.bound
        if promised >= self.best_points or counts.points >= self._counts_tried:
            return
        self._counts_tried = counts.points
        for name in [name for name in self.state.placed if name not in self.state.ties]:
            self.state.remove(name)
        for wanted in who_and_when(proof.flow, self.roster, proof.free, counts.best):
            patient = self.state.patients[wanted.patient]
            chain = self.roster.chains[wanted.chain]
            if placed := self.state.finder.on_days(patient, chain, wanted.days, None):
                self.state.add(patient.id, placed)
        self._place(self._first_come(), _times(proof.answer.prices, 0.5))
        self._note("counts")
        self._restore()

    def _some_prices(self) -> Prices | None:
        share = self.random.choice((0.0, 0.0, 0.3, 0.6))
        return _times(self._answer.prices, share) if self._answer and share else None

    def _neighbors(self) -> list[str]:
        """Some who are treated at about the same time, and some who wait."""
        state = self.state
        waiting = state.waiting
        chosen = self.random.sample(waiting, min(len(waiting), 3))
        if state.placed:
            day = {
                name: chain.visits[self.roster.chains[chain.chain].treatment].day
                for name, chain in state.placed.items()
            }
            center = day[self.random.choice(list(day))]
            near = sorted(day, key=lambda name: abs(day[name] - center) + 12 * self.random.random())
            chosen += near[: self.random.randint(2, 8)]
        return chosen

    def _put_again(self, names: list[str], prices: Prices | None) -> None:
        state = self.state
        before = {name: state.placed.get(name) for name in names}
        points = sum(chain.cost if chain else state.waiting_cost(name) for name, chain in before.items())
        for name, chain in before.items():
            if chain:
                state.remove(name)
        self.random.shuffle(names)
        self._place(names, prices)
        after = sum(state.placed[n].cost if n in state.placed else state.waiting_cost(n) for n in names)
        if after > points + 1e-9:
            for name in names:
                if name in state.placed:
                    state.remove(name)
            for name, chain in before.items():
                if chain:
                    state.add(name, chain)
        elif after < points - 1e-9:
            self.best_points, self.best = state.objective, dict(state.placed)

    def _least_for(self, tied: Sequence[str]) -> float:
        """What patients cost at the least, each as if alone on the board with what stays."""
        if not tied:
            return 0.0
        alone = State(self.roster)
        found = (alone.finder.best(alone.patients[name], alone.ties.get(name)) for name in tied)
        return sum(
            min(chain.cost, alone.waiting_cost(name)) if chain else 0.0
            for name, chain in zip(tied, found, strict=True)
        )


def _times(prices: Prices, share: float) -> Prices:
    return {visit: share * days for visit, days in prices.items()}
