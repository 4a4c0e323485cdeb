"""What a visitor gives to book a consultation: a time, a name and a way to be reached. Nothing about their health."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _


class ConsultationForm(forms.Form):
    """The chosen time, and how to reach the visitor."""

    time = forms.CharField(widget=forms.HiddenInput, error_messages={"required": _("Choose a time.")})
    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Say what we may call you.")},
    )
    email = forms.EmailField(
        label=_("E-mail"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    telephone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=40,
        help_text=_("Leave an e-mail address or a telephone number, so that we can reach you."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )

    def clean_time(self) -> tuple[UUID, datetime]:
        """The physiatrist and the start that one radio button stands for."""
        who, _bar, starts_at = str(self.cleaned_data["time"]).partition("|")
        try:
            chosen = UUID(who), datetime.fromisoformat(starts_at)
        except ValueError:
            raise forms.ValidationError(_("Choose a time.")) from None
        if chosen[1].tzinfo is None:
            raise forms.ValidationError(_("Choose a time."))
        return chosen

    def clean(self) -> dict[str, Any]:
        """One of the two ways to be reached must be there."""
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("email") and not cleaned.get("telephone"):
            self.add_error(
                "email", _("Leave an e-mail address or a telephone number, so that we can reach you.")
            )
        return cleaned
