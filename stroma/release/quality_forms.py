"""What is filled in about controls, investigations, exceptions and late positives."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from stroma.release.domain.controls import LEAST_TO_LEARN
from stroma.release.models import InvestigationConclusion, InvestigationStep, ReleaseException


def _sentences(choices: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The choices as they stand alone, beside a button."""
    return [(value, capfirst(label)) for value, label in choices]


class ControlForm(forms.Form):
    """A control material, with its target or how many runs it is learned from."""

    name = forms.CharField(label=_("Control material"), max_length=120)
    lot_number = forms.CharField(label=_("Lot number"), max_length=60)
    codes = forms.MultipleChoiceField(label=_("Results it covers"), widget=forms.CheckboxSelectMultiple)
    unit = forms.CharField(label=_("Unit"), max_length=30, required=False)
    target = forms.DecimalField(label=_("Target"), decimal_places=4, required=False)
    sd = forms.DecimalField(label=_("Standard deviation"), decimal_places=4, required=False)
    learn_from = forms.IntegerField(
        label=_("Or learn both from the first runs"),
        help_text=_("How many: at least 10, better 20. Until then nothing is judged by it."),
        min_value=LEAST_TO_LEARN,
        required=False,
    )

    def __init__(self, *args: object, lines: Sequence[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.fields["codes"].choices = lines  # type: ignore[attr-defined]  # a choice field


class RunForm(forms.Form):
    """One run of a control."""

    value = forms.DecimalField(label=_("Result of the control"), decimal_places=4)
    instrument = forms.CharField(label=_("Instrument"), max_length=120, required=False)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea)


class StepForm(forms.Form):
    """What is written into an investigation."""

    kind = forms.ChoiceField(
        label=_("What you write"),
        choices=_sentences(InvestigationStep.Kind.choices),
        widget=forms.RadioSelect,
    )
    words = forms.CharField(label=_("In words"), max_length=2000, widget=forms.Textarea)


class ConcludeForm(forms.Form):
    """How quality concludes."""

    outcome = forms.ChoiceField(
        label=_("Conclusion"),
        choices=_sentences(InvestigationConclusion.Outcome.choices),
        widget=forms.RadioSelect,
    )
    words = forms.CharField(label=_("On what it rests"), max_length=2000, widget=forms.Textarea)


class ExceptionForm(forms.Form):
    """Why the lot is given all the same, and how the patient was told."""

    reason = forms.CharField(
        label=_("Why this lot is given to this patient all the same"), max_length=1000, widget=forms.Textarea
    )
    means = forms.ChoiceField(
        label=_("How you told the patient"),
        choices=_sentences(ReleaseException.Means.choices),
        widget=forms.RadioSelect,
    )
    is_informed = forms.BooleanField(
        label=_("The patient was told which limit is not met and what that may mean, and agrees")
    )


class LateStepForm(forms.Form):
    """What was done, or the notice as it was sent or read out."""

    words = forms.CharField(label=_("What was done, or said"), max_length=4000, widget=forms.Textarea)


class CloseForm(forms.Form):
    """How the case ended."""

    words = forms.CharField(label=_("How it ended"), max_length=2000, widget=forms.Textarea)
