"""What a visitor is asked: the red flags first, then what they can know themselves."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stroma.candidacy.domain.answer import Value
from stroma.candidacy.domain.red_flags import RED_FLAGS
from stroma.candidacy.domain.self_check import NUMBERS, YES_OR_NO, Where
from stroma.candidacy.self_check_messages import QUESTIONS

YES, NO, NOT_SURE = "yes", "no", "not_sure"
_TRUTH = {YES: True, NO: False, NOT_SURE: None}
_LIMITS = {"age_years": 120, "pain_months": 1200, "pain_nrs": 10, "conservative_care_months": 1200}
"""The ends of what can be typed; not rules of candidacy."""


class AnsweredAtOnce(forms.RadioSelect):
    """Yes and no, where a yes is sent as soon as it is chosen: a red flag does not wait for a button."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        if option["value"] == YES:
            option["attrs"] |= {
                "hx-post": reverse_lazy("self_check"),
                "hx-include": "closest form",
                "hx-target": ".reading",
                "hx-select": ".reading",
                "hx-swap": "outerHTML show:window:top",
            }
        return dict(option)


class RedFlagForm(forms.Form):
    """Every red flag, each to be answered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for flag in RED_FLAGS:
            self.fields[flag.code] = forms.ChoiceField(
                label=gettext(flag.question),
                choices=[(YES, _("Yes")), (NO, _("No"))],
                widget=AnsweredAtOnce(attrs={"class": "control"}),
                error_messages={"required": _("Answer yes or no.")},
            )

    def answers(self) -> dict[str, bool | None]:
        """What was answered so far; a question left open is None. Can be asked of a form that is not complete."""
        given = {flag.code: self.data.get(flag.code, "") for flag in RED_FLAGS}
        return {code: _TRUTH.get(answer) for code, answer in given.items()}


class SelfCheckForm(forms.Form):
    """What a visitor knows about themselves."""

    where = forms.ChoiceField(
        choices=[
            (Where.LOW_BACK.value, _("In the lower back")),
            (Where.LEG.value, _("Down a leg, from the lower back")),
            (Where.NECK.value, _("In the neck or an arm")),
            (Where.ELSEWHERE.value, _("Somewhere else")),
        ],
        widget=forms.RadioSelect(attrs={"class": "control"}),
        error_messages={"required": _("Choose the place that hurts most.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["where"].label = str(QUESTIONS["where"])
        for name in NUMBERS:
            self.fields[name] = forms.IntegerField(
                label=str(QUESTIONS[name]),
                min_value=0,
                max_value=_LIMITS[name],
                error_messages={"required": _("Give a number."), "invalid": _("Give a whole number.")},
            )
        self.fields["pain_months"].help_text = _("A year and a half is 18.")
        for name in YES_OR_NO:
            answers = [(YES, _("Yes")), (NO, _("No"))]
            if name != "understands_unapproved":
                answers.append((NOT_SURE, _("I am not sure")))
            self.fields[name] = forms.ChoiceField(
                label=str(QUESTIONS[name]),
                choices=answers,
                widget=forms.RadioSelect(attrs={"class": "control"}),
                error_messages={"required": _("Choose an answer.")},
            )

    def place(self) -> Where:
        """Where it hurts. Of a valid form."""
        return Where(self.cleaned_data["where"])

    def answers(self) -> dict[str, Value | None]:
        """The answers by variable; None for "not sure". Of a valid form."""
        given: dict[str, Value | None] = {name: self.cleaned_data[name] for name in NUMBERS}
        return given | {name: _TRUTH[self.cleaned_data[name]] for name in YES_OR_NO}
