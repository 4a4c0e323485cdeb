"""Why a visit was missed, a chain cancelled, a calendar changed back."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class ShortReasonForm(forms.Form):
    """Why, in one line."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
