"""What the registry is asked: which scale, and which treatments side by side."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _


class QuestionForm(forms.Form):
    """A scale, and the protocols to be compared; none chosen shows each for itself."""

    scale = forms.ChoiceField(
        label=_("Pain"),
        choices=[("NRS_BACK", _("in the back")), ("NRS_LEG", _("in the leg"))],
        required=False,
    )
    compare = forms.MultipleChoiceField(
        label=_("Set side by side"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, treatments: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.MultipleChoiceField, self.fields["compare"]).choices = list(treatments)
