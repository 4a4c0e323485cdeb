"""Where a booked visit shall stand, whom it takes, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.planning.models import Resource


class MoveForm(forms.Form):
    """A day and a time by the site's clock, somebody or something for each role, and the reason."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    time = forms.TimeField(
        label=_("Begins at"), widget=forms.TimeInput(attrs={"type": "time", "step": 900}, format="%H:%M")
    )
    has_patient_agreed = forms.BooleanField(
        label=_("The patient was asked and agrees to the new time"), required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)
    overriding = forms.BooleanField(
        label=_("Move it all the same: the reason above is kept with my name"), required=False
    )

    def __init__(
        self, *args: Any, takes: Sequence[tuple[Resource, str, Sequence[Resource]]], **values: Any
    ) -> None:
        super().__init__(*args, **values)
        self.takes = {resource.pk: resource for resource, _kind, _others in takes}
        self.by_id = {str(one.pk): one for resource, _kind, others in takes for one in (resource, *others)}
        for resource, kind, others in takes:
            self.fields[f"take_{resource.pk}"] = forms.ChoiceField(
                label=kind.replace("_", " ").capitalize(),
                choices=[(str(one.pk), one.name) for one in (resource, *others)],
                initial=str(resource.pk),
                required=False,  # whoever is not named stays
            )
        self.order_fields(
            [
                "day",
                "time",
                *(f"take_{resource.pk}" for resource, _kind, _others in takes),
                "has_patient_agreed",
                "reason",
                "overriding",
            ]
        )

    def to(self, zone: ZoneInfo) -> datetime:
        """When it shall begin."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], zone)

    def instead(self) -> Mapping[Resource, Resource]:
        """Who is taken in whose place."""
        return {
            resource: self.by_id[chosen]
            for pk, resource in self.takes.items()
            if (chosen := self.cleaned_data.get(f"take_{pk}") or str(pk)) != str(pk)
        }


class AnswerForm(forms.Form):
    """A word to the patient on why a visit stays where it is."""

    answer = forms.CharField(label=_("What we tell the patient"), max_length=500)
