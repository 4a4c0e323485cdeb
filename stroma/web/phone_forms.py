"""A questionnaire as it is read to a patient on the telephone."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stroma.follow_up.domain.instruments import INSTRUMENTS, NONE_APPLY, AnswerKind, Instrument, Item
from stroma.follow_up.domain.scoring import Answer
from stroma.follow_up.models import QuestionnaireDue


class PhoneForm(forms.Form):
    """One instrument; an item left open is missing, never zero. ``link`` is where the patient may answer alone."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, due: QuestionnaireDue, link: str = ""
    ) -> None:
        super().__init__(data, prefix=str(due.id)[:8])
        self.due = due
        self.link = link
        self.instrument: Instrument = INSTRUMENTS[due.instrument]
        for item in self.instrument.items:
            self.fields[item.id] = _question(item)
        if self.has_ticks:
            self.fields[NONE_APPLY] = forms.BooleanField(label=_("None of these today"), required=False)

    @property
    def has_ticks(self) -> bool:
        """Whether sentences are ticked instead of numbers chosen."""
        return any(item.kind is AnswerKind.TICK for item in self.instrument.items)

    @property
    def may_be_read(self) -> bool:
        """Whether its questions may be shown; a form under licence is filled in elsewhere."""
        return self.instrument.licence.may_ship_text

    def answers(self) -> dict[str, Answer]:
        """The answers by item, None for what was left open."""
        return {
            name: (bool(value) if self.has_ticks else None if value in ("", None) else int(value))
            for name, value in self.cleaned_data.items()
        }


def _question(item: Item) -> forms.Field:
    if item.kind is AnswerKind.TICK:
        return forms.BooleanField(label=_(item.text), required=False)
    count = item.maximum - item.minimum + 1
    words = item.labels if len(item.labels) == count else ()
    choices: list[tuple[str, str | Promise]] = [("", _("not answered"))]
    for number in range(item.minimum, item.maximum + 1):
        text = str(number)
        if words:
            text = f"{number}: {gettext(words[number - item.minimum])}"
        elif item.labels and number in (item.minimum, item.maximum):
            text = f"{number}: {gettext(item.labels[0 if number == item.minimum else -1])}"
        choices.append((str(number), text))
    return forms.ChoiceField(label=_(item.text) if item.text else item.id, choices=choices, required=False)
