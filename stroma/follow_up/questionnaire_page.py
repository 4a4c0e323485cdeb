"""How a questionnaire is walked through: its screens, where one stands, and how far it has come.

A scale is one question to a screen. A list of sentences to tick is one screen, for it is read as a whole and ends
with "none of these".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stroma.follow_up.domain.instruments import AnswerKind, Instrument, Item
from stroma.follow_up.domain.scoring import Answer


@dataclass(frozen=True, slots=True)
class Screens:
    """The screens of one questionnaire, counted from 1."""

    instrument: Instrument

    @property
    def count(self) -> int:
        """How many there are."""
        return 1 if self._is_one_list else len(self.instrument.items)

    @property
    def _is_one_list(self) -> bool:
        return any(item.kind is AnswerKind.TICK for item in self.instrument.items)

    def items(self, number: int) -> tuple[Item, ...]:
        """The questions of screen ``number``; of all screens for 0."""
        return (
            self.instrument.items
            if self._is_one_list or number == 0
            else (self.instrument.items[number - 1],)
        )

    def clamped(self, wanted: str) -> int:
        """The screen that an address asks for; the first when it asks for none that there is."""
        return int(wanted) if wanted.isdecimal() and 0 <= int(wanted) <= self.count else 1

    def first_open(self, draft: Mapping[str, Answer]) -> int:
        """Where to go on: the first screen with nothing chosen, the last when all are."""
        for number in range(1, self.count + 1):
            if not any(draft.get(item.id) is not None for item in self.items(number)):
                return number
        return self.count
