"""What is filled in about training. A day means its beginning where it was given, and its end where it ends."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.clinic.domain.competence import Skill
from stroma.clinic.models import SKILL_CHOICES


class TrainingForm(forms.Form):
    """A training that was given."""

    skill = forms.ChoiceField(label=_("For what?"), choices=SKILL_CHOICES)
    procedure = forms.CharField(
        label=_("Procedure and version"), help_text=_("Such as SOP-014 version 3"), max_length=200
    )
    trained_by = forms.CharField(
        label=_("Who trained them and saw them do it?"),
        help_text=_("Somebody of the site or from outside"),
        max_length=150,
    )
    trained_on = forms.DateField(label=_("When?"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_until = forms.DateField(
        label=_("Until and with"),
        help_text=_("Empty where the procedure names no end"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def chosen_skill(self) -> Skill:
        """What the training is for."""
        return Skill(self.cleaned_data["skill"])

    def span(self, zone: str) -> tuple[datetime, datetime | None]:
        """From the beginning of its day to the end of the last one, by the site's clock."""
        clock, last = ZoneInfo(zone), self.cleaned_data["valid_until"]
        began: date = self.cleaned_data["trained_on"]
        until = datetime.combine(last + timedelta(days=1), time(), clock) if last else None
        return datetime.combine(began, time(), clock), until


class WhyForm(forms.Form):
    """A reason that stays on record."""

    reason = forms.CharField(label=_("Why?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
