"""What is filled in about equipment and reagents. A day means its end, in the site's zone."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from stroma.processing.domain.step_wants import words

KIND = RegexValidator(
    r"^[a-z][a-z0-9_]*$", _("Small letters, digits and underscores, as protocols write it.")
)


class _DayForm(forms.Form):
    """A form that takes days: each is read as the end of that day where the site is."""

    def __init__(self, *args: object, zone: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.zone = ZoneInfo(zone)

    def end_of(self, day: date) -> datetime:
        """The moment after which that day is over."""
        return datetime.combine(day + timedelta(days=1), time(0), self.zone)


def _day(label: object) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))  # type: ignore[arg-type]  # a lazy text is one


OTHER = "OTHER"
"""Chosen where the kind is none of those that protocols ask for; no kind is written so."""


class _KindForm(forms.Form):
    """A form that asks for a kind: one that a protocol of the site asks for, or knowingly another."""

    kind = forms.ChoiceField(label=_("Kind"))
    other_kind = forms.CharField(
        label=_("Which other kind"),
        max_length=60,
        validators=[KIND],
        required=False,
        help_text=_("Only where none of the list fits. Small letters, digits and underscores."),
    )
    field_order = ("name", "kind", "other_kind")

    def __init__(self, *args: object, kinds: Sequence[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        asked = [(kind, words(kind)) for kind in kinds]
        field = cast(forms.ChoiceField, self.fields["kind"])
        field.choices = [("", "–"), *asked, (OTHER, _("other, used by no protocol"))]

    def clean(self) -> dict[str, Any]:
        """The kind as it is registered, and whether it is knowingly one that no protocol asks for."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        other = told.pop("other_kind", "")
        told["used_by_no_protocol"] = told.get("kind") == OTHER
        if told["used_by_no_protocol"]:
            if not other and "other_kind" not in self.errors:
                self.add_error("other_kind", _("Say which kind it is."))
            told["kind"] = other
        return told


class EquipmentForm(_KindForm):
    """A piece of equipment."""

    name = forms.CharField(label=_("Name"), max_length=120)
    code = forms.CharField(label=_("Code on it"), max_length=80)
    cleaned_for_hours = forms.IntegerField(
        label=_("A cleaning keeps for"),
        min_value=1,
        max_value=24 * 366,
        required=False,
        help_text=_("In hours; empty where it needs no cleaning."),
    )
    needs_calibration = forms.BooleanField(label=_("It needs calibration"), required=False, initial=True)


class CalibrationForm(_DayForm):
    """Until when a calibration holds."""

    valid_until = _day(_("Holds until the end of"))

    def clean_valid_until(self) -> datetime:
        """The end of that day."""
        return self.end_of(self.cleaned_data["valid_until"])


class RegisterReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=400)


class ReagentForm(_DayForm, _KindForm):
    """A reagent lot that came in."""

    name = forms.CharField(label=_("Name"), max_length=120)
    manufacturer = forms.CharField(label=_("Manufacturer"), max_length=120)
    number = forms.CharField(label=_("Lot number"), max_length=80)
    code = forms.CharField(label=_("Code on it"), max_length=80, help_text=_("Scan it."))
    expires_at = _day(_("Expires at the end of"))
    keeps_open_hours = forms.IntegerField(
        label=_("Keeps once opened for"),
        min_value=1,
        max_value=24 * 366,
        required=False,
        help_text=_("In hours; empty where its expiry stands."),
    )
    quantity = forms.CharField(label=_("Quantity"), max_length=40, required=False)

    def clean_expires_at(self) -> datetime:
        """The end of that day."""
        return self.end_of(self.cleaned_data["expires_at"])


class RecallForm(RegisterReasonForm):
    """Why, and whether what it touched is held back."""

    quarantines: Any = forms.BooleanField(
        label=_("Put every container that is left of these lots into quarantine"),
        required=False,
        initial=True,
    )
