"""When a chain of visits may begin, and why a visit was missed or the rest is cancelled."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _


class EarliestForm(forms.Form):
    """From which day on."""

    earliest = forms.DateField(
        label=_("Not before"),
        help_text=_("The earliest chain that keeps every rule is offered from this day on."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def earliest_at(self, zone: ZoneInfo) -> datetime:
        """The beginning of that day at the site."""
        day: date = self.cleaned_data["earliest"]
        return datetime.combine(day, time(), tzinfo=zone)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class ShortReasonForm(forms.Form):
    """Why, in one line."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
