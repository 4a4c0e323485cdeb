"""Signing a consent: every point read, then the password. Nothing is ticked beforehand."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.clinic.signing import SigningFields


class SignConsentForm(SigningFields):
    """What the patient confirms, and the credential they sign with."""

    understood = forms.BooleanField(label=_("I have read every point and could ask my questions"))
    agrees = forms.BooleanField(
        label=_("I want this treatment. I know that I can change my mind at any time.")
    )

    field_order = ("understood", "agrees", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A simulated signature takes no password; the action refuses it in a real record.
        if self.data.get("sign") == "simulated":
            self.fields["password"].required = False


class OfferConsentForm(forms.Form):
    """Where the needle may go, of the levels and the side that the protocol treats."""

    levels = forms.MultipleChoiceField(label=_("Levels"), widget=forms.CheckboxSelectMultiple)
    side = forms.ChoiceField(label=_("Side"), widget=forms.RadioSelect)

    def __init__(self, levels: Sequence[str], sides: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["levels"].choices = [(level, level) for level in levels]  # type: ignore[attr-defined]  # a choice field's
        self.fields["side"].choices = [(side, side.lower()) for side in sides]  # type: ignore[attr-defined]  # likewise
