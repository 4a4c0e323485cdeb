"""What a patient tells the clinic: that something is wrong, or that they take their consent back."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stroma.follow_up.domain.warning_signs import WARNING_SIGNS


def sign_choices() -> list[tuple[str, str]]:
    """The warning signs in the reader's language."""
    return [(sign.code, _(sign.text)) for sign in WARNING_SIGNS]


class ProblemForm(forms.Form):
    """What is there, and what happened."""

    signs = forms.MultipleChoiceField(
        label=gettext_lazy("Is one of these there?"),
        required=False,
        choices=sign_choices,
        widget=forms.CheckboxSelectMultiple,
    )
    words = forms.CharField(
        label=gettext_lazy("What is wrong? Since when?"),
        required=False,
        widget=forms.Textarea,
        max_length=4000,
    )


class WithdrawForm(forms.Form):
    """Taking the consent back. No reason is owed."""

    sure = forms.BooleanField(label=gettext_lazy("Yes, I take my consent back"))
    reason = forms.CharField(
        label=gettext_lazy("Do you want to tell us why?"),
        required=False,
        widget=forms.Textarea,
        max_length=2000,
    )
