"""A questionnaire as a form: one question per screen, or all on one page. Nothing is chosen beforehand."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from stroma.follow_up.domain.instruments import NONE_APPLY, AnswerKind, Instrument, Item
from stroma.follow_up.domain.scoring import Answer


class AnswersForm(forms.Form):
    """The questions of one instrument, or one of them. Every question may be left out; the score says so."""

    def __init__(
        self,
        instrument: Instrument,
        items: tuple[Item, ...],
        data: Mapping[str, Any] | None = None,
        *,
        draft: Mapping[str, Answer] | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(draft or {}))
        self.instrument = instrument
        for item in items:
            self.fields[item.id] = _field(item)
        if items and items[-1] is instrument.items[-1] and items[-1].kind is AnswerKind.TICK:
            self.fields[NONE_APPLY] = forms.BooleanField(
                required=False, label=_("None of these sentences describes me today")
            )

    def answers(self) -> dict[str, Answer]:
        """What was chosen. A sentence that was not ticked is left out, a number not chosen is blank."""
        chosen: dict[str, Answer] = {}
        for name, value in self.cleaned_data.items():
            if isinstance(value, bool):
                chosen[name] = value
            else:
                chosen[name] = int(value) if value != "" else None
        return chosen


def _field(item: Item) -> forms.Field:
    if item.kind is AnswerKind.TICK:
        return forms.BooleanField(required=False, label=_(item.text))
    values = range(item.minimum, item.maximum + 1)
    in_words = len(item.labels) == len(values)
    choices = [(str(v), _(item.labels[v - item.minimum]) if in_words else str(v)) for v in values]
    return forms.ChoiceField(required=False, label=_(item.text), choices=choices, widget=forms.RadioSelect)


def _initial(draft: Mapping[str, Answer]) -> dict[str, Any]:
    chosen = {name: value for name, value in draft.items() if value is not None}
    return {name: value if isinstance(value, bool) else str(value) for name, value in chosen.items()}
