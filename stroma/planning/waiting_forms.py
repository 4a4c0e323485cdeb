"""What suits a course that waits for visits."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from stroma.planning.models import Resource


class WaitingForm(forms.Form):
    """By when the first visit must be, on which weekdays, with whom."""

    first_by = forms.DateField(label=_("First visit by"), widget=forms.DateInput(attrs={"type": "date"}))
    weekdays = forms.MultipleChoiceField(
        label=_("The patient can come on"),
        choices=[(str(day), name) for day, name in WEEKDAYS.items()],
        widget=forms.CheckboxSelectMultiple,
        initial=["0", "1", "2", "3", "4"],
    )
    physiatrist = forms.ChoiceField(label=_("With"), required=False)

    def __init__(self, *args: Any, physiatrists: Iterable[Resource], **values: Any) -> None:
        super().__init__(*args, **values)
        self.known = {str(one.pk): one for one in physiatrists}
        choices = [("", _("anybody")), *((key, one.name) for key, one in self.known.items())]
        self.fields["physiatrist"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField, as above

    def chosen(self) -> Resource | None:
        """The physiatrist the patient wishes, if one."""
        return self.known.get(self.cleaned_data["physiatrist"])
