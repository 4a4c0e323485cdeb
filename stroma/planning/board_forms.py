"""Where a visit shall stand: day, time, who takes it, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.planning.domain.moving import OVERRIDABLE
from stroma.planning.models import Resource


@dataclass(frozen=True, slots=True)
class Take:
    """Somebody or something a visit holds, and who could be taken instead."""

    resource: Resource
    kinds: Sequence[str]
    others: Sequence[Resource]

    @property
    def field(self) -> str:
        """The name of its choice in the form."""
        return f"take_{self.resource.pk}"


class MoveForm(forms.Form):
    """A visit's new place. ``day`` and ``time`` are the site's clock."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    time = forms.TimeField(label=_("Begins at"), widget=forms.TimeInput(attrs={"type": "time", "step": 900}))
    has_patient_agreed = forms.BooleanField(
        label=_("The patient was asked and agrees to the new time"), required=False
    )
    overrides = forms.BooleanField(
        label=_("Move it even outside the opening hours, for the reason below"), required=False
    )
    reason = forms.CharField(label=_("Why it moves"), max_length=300, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        takes: Sequence[Take],
        is_told: bool,
        stands_at: datetime,
    ) -> None:
        super().__init__(
            data,
            initial={"day": stands_at.date().isoformat(), "time": f"{stands_at:%H:%M}"},
        )
        self.takes = takes
        if not is_told:
            del self.fields["has_patient_agreed"]
        for take in takes:
            choices = [(str(one.pk), one.name) for one in (take.resource, *take.others)]
            self.fields[take.field] = forms.ChoiceField(
                label=", ".join(kind.replace("_", " ") for kind in take.kinds),
                choices=choices,
                required=False,
                initial=str(take.resource.pk),
            )

    @property
    def taking(self) -> list[Any]:
        """The choices of who takes the visit."""
        return [self[take.field] for take in self.takes if take.others]

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """The new beginning."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], tzinfo=zone)

    def instead(self) -> dict[Resource, Resource]:
        """Who is replaced, and by whom."""
        found = {}
        for take in self.takes:
            chosen = self.cleaned_data.get(take.field) or str(take.resource.pk)
            if chosen != str(take.resource.pk):
                found[take.resource] = next(one for one in take.others if str(one.pk) == chosen)
        return found

    def overriding(self) -> list[str]:
        """The soft reasons that are lifted."""
        return sorted(OVERRIDABLE) if self.cleaned_data["overrides"] else []
