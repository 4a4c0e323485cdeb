"""Why a visit was missed, a chain cancelled, a calendar changed back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.planning.models import Resource


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class ShortReasonForm(forms.Form):
    """Why, in one line."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class PlaceForm(ReasonForm):
    """Where cells are by now that stayed in their place, and why."""

    NOWHERE = "nowhere"

    def __init__(self, *args: Any, places: Sequence[Resource], **values: Any) -> None:
        super().__init__(*args, **values)
        self.by_id = {str(one.pk): one for one in places}
        self.fields["to"] = forms.ChoiceField(
            label=_("Where the cells are now"),
            choices=[
                ("", _("choose")),
                (self.NOWHERE, _("nowhere: there are none any more")),
                *((str(one.pk), one.name) for one in places),
            ],
        )
        self.order_fields(["to", "reason"])

    def moved_to(self) -> Resource | None:
        """Where they were moved; None where there are none any more."""
        return self.by_id.get(self.cleaned_data["to"])
