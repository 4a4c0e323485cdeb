"""From which day on a chain is looked for, and what is wished on top of the rules."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from stroma.planning.domain.asking import Wish
from stroma.planning.domain.hours import EVERY_DAY
from stroma.planning.models import Resource

OVERTIMES = [("0", _("none")), ("30", _("30 minutes")), ("60", _("60 minutes")), ("90", _("90 minutes"))]


class OffersForm(forms.Form):
    """What the offers are asked for."""

    earliest = forms.DateField(label=_("Not before"), widget=forms.DateInput(attrs={"type": "date"}))
    first_by = forms.DateField(
        label=_("First visit by"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    physiatrist = forms.ChoiceField(label=_("With"), required=False)
    overtime = forms.ChoiceField(label=_("Overtime"), required=False, choices=OVERTIMES)
    weekdays = forms.MultipleChoiceField(
        label=_("The patient can come on"),
        required=False,
        choices=[(str(day), name) for day, name in WEEKDAYS_ABBR.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, physiatrists: Iterable[Resource], **values: Any) -> None:
        super().__init__(*args, **values)
        choices = [("", _("anybody")), *((str(one.pk), one.name) for one in physiatrists)]
        self.fields["physiatrist"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField, as above

    def clean(self) -> dict[str, Any]:
        """The first visit cannot be by a day before the search begins."""
        cleaned = super().clean() or {}
        first_by, earliest = cleaned.get("first_by"), cleaned.get("earliest")
        if first_by and earliest and first_by < earliest:
            self.add_error("first_by", _("This day is before the first one. Choose a later day."))
        return cleaned

    def earliest_at(self, zone: ZoneInfo) -> datetime:
        """The beginning of the first day at the site."""
        return beginning(self.cleaned_data["earliest"], zone)

    def wish(self, zone: ZoneInfo) -> Wish:
        """What is wished."""
        given = self.cleaned_data
        last: date | None = given["first_by"]
        days = frozenset(int(day) for day in given["weekdays"])
        return Wish(
            physiatrist=UUID(given["physiatrist"]) if given["physiatrist"] else None,
            weekdays=days or EVERY_DAY,
            first_by=beginning(last + timedelta(days=1), zone) if last else None,
            overtime=timedelta(minutes=int(given["overtime"] or 0)),
        )


class ChosenForm(forms.Form):
    """The chain that was chosen: its signature, from when on it was found, and a reason where it takes overtime."""

    chosen = forms.CharField(max_length=2000, widget=forms.HiddenInput)
    from_at = forms.DateTimeField(widget=forms.HiddenInput)
    reason = forms.CharField(max_length=200, required=False)


def beginning(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins at the site."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
