"""What happened, in the words of whoever saw it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.planning.domain.happenings import Happening, Upset


class AwayForm(forms.Form):
    """Somebody is ill, or something is broken."""

    resource = forms.ChoiceField(label=_("Who or what"))
    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To and with"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(
        self, data: Mapping[str, Any] | None, *, resources: Sequence[tuple[str, str]], **more: Any
    ) -> None:
        super().__init__(data, **more)
        self.fields["resource"].choices = resources  # type: ignore[attr-defined]  # it is the ChoiceField above

    def upset(self) -> Upset:
        """What happened."""
        told = self.cleaned_data
        return Upset(Happening.AWAY, resource=UUID(told["resource"]), first=told["first"], last=told["last"])


class ChainForm(forms.Form):
    """A visit cannot be before a day, or the cells are lost."""

    kind = forms.ChoiceField(
        label=_("What happened"),
        choices=[
            (
                Happening.HELD_BACK,
                _("A visit cannot be before a day: the culture is slow, the patient did not or cannot come"),
            ),
            (Happening.LOT_FAILED, _("The lot failed: begin anew with a visit, the collection as a rule")),
        ],
        widget=forms.RadioSelect,
    )
    visit = forms.ChoiceField(label=_("Which visit"))
    not_before = forms.DateField(
        label=_("Not before"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Leave it out after a failed lot."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None, *, visits: Sequence[tuple[str, str]], **more: Any
    ) -> None:
        super().__init__(data, **more)
        self.fields["visit"].choices = visits  # type: ignore[attr-defined]  # it is the ChoiceField above

    def upset(self, course: UUID) -> Upset:
        """What happened."""
        told = self.cleaned_data
        kind = Happening(told["kind"])
        day = told["not_before"] if kind is Happening.HELD_BACK else None
        return Upset(kind, course=course, visit=told["visit"], not_before=day)


class TakeForm(forms.Form):
    """Which chains are taken over, which patients agreed, and why."""

    reason = forms.CharField(label=_("Why it moves"), max_length=300)
