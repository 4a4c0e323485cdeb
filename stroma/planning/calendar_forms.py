"""What changes a calendar: the hours of a week, a time that is closed or away, set-up and cleaning."""

import re
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

STRETCH = re.compile(
    r"""
    (?P<opens>\d{1,2}:\d{2})      # when it opens
    \s*[-–]\s*                    # to
    (?P<closes>\d{1,2}:\d{2})     # when it closes; 24:00 is the end of the day
    """,
    re.VERBOSE,
)


class WithReason(forms.Form):
    """Every change says why; whoever reads the calendar sees it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Whoever reads the calendar sees it. Write nothing about a person's health."),
    )

    field_order: tuple[str, ...] = ()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])


class WeekForm(WithReason):
    """The hours of a week, one line for each weekday, from a day on."""

    valid_from = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        for day, name in WEEKDAYS.items():
            self.fields[f"day_{day}"] = forms.CharField(label=name, required=False, max_length=80)
        self.fields["day_0"].help_text = _(
            "For example 08:00-12:00, 13:00-18:00. Leave a day empty where it is closed."
        )
        self.order_fields(["valid_from", *(f"day_{day}" for day in WEEKDAYS), "reason"])

    def clean(self) -> dict[str, Any]:
        """The stretches of each weekday, as ``hours``."""
        cleaned = super().clean() or {}
        hours = {}
        for day in WEEKDAYS:
            written = cleaned.get(f"day_{day}", "")
            try:
                stretches = stretches_in(written)
            except ValueError:
                self.add_error(f"day_{day}", _("Write stretches as 08:00-12:00, 13:00-18:00."))
                continue
            if stretches:
                hours[day] = stretches
        return {**cleaned, "hours": hours}


def stretches_in(written: str) -> list[tuple[time, time]]:
    """The stretches that a line names. Raises ValueError for what is none."""
    found = []
    for part in filter(None, (part.strip() for part in written.split(","))):
        match = STRETCH.fullmatch(part)
        if match is None:
            raise ValueError(part)
        opens, closes = (
            time() if text == "24:00" else time.fromisoformat(text.zfill(5)) for text in match.groups()
        )
        found.append((opens, closes))
    return found


def written_as(stretches: Any) -> str:
    """Stretches as one writes them in the form."""
    return ", ".join(
        f"{opens:%H:%M}-{'24:00' if closes == time() else closes.strftime('%H:%M')}"
        for opens, closes in stretches
    )


class AbsenceForm(WithReason):
    """From when to when something is closed, away or down."""

    from_day = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    from_time = forms.TimeField(label=_("At"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    to_day = forms.DateField(label=_("To and with"), widget=forms.DateInput(attrs={"type": "date"}))
    to_time = forms.TimeField(
        label=_("Until"),
        required=False,
        help_text=_("Without a time the whole day is meant."),
        widget=forms.TimeInput(attrs={"type": "time"}),
    )

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The time by the site's clock; without an hour the last day is closed as a whole."""
        given = self.cleaned_data
        first: date = given["from_day"]
        last: date = given["to_day"]
        starts_at = datetime.combine(first, given["from_time"] or time(), zone)
        if given["to_time"]:
            return starts_at, datetime.combine(last, given["to_time"], zone)
        return starts_at, datetime.combine(date.fromordinal(last.toordinal() + 1), time(), zone)


class ClosureForm(AbsenceForm):
    """A time at which the whole site is closed."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[("HOLIDAY", _("A holiday")), ("CLOSURE", _("Closed for another reason"))],
    )
    is_for_laboratory = forms.BooleanField(
        label=_("The laboratory is closed as well: no cells are tended"), required=False
    )


class AwayForm(AbsenceForm):
    """A time at which somebody is away, something is down, or is not to be booked as one of its kinds."""

    as_kind = forms.ChoiceField(label=_("As what?"), required=False)

    def __init__(self, *args: Any, kinds: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        choices: list[tuple[str, Any]] = [("", _("Everything: not there at all"))]
        choices += [(kind, _("Only as %(kind)s") % {"kind": kind.replace("_", " ")}) for kind in kinds]
        self.fields["as_kind"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField, as above


class TurnForm(WithReason):
    """Set-up and cleaning of a kind."""

    before_minutes = forms.IntegerField(
        label=_("Minutes of set-up before a visit"), min_value=0, max_value=240
    )
    after_minutes = forms.IntegerField(
        label=_("Minutes of cleaning after a visit"), min_value=0, max_value=240
    )
    valid_from = forms.DateField(
        label=_("For what is booked from"), widget=forms.DateInput(attrs={"type": "date"})
    )
