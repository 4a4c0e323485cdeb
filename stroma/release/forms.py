"""What is filled in about a lot's results, its signatures, its release and its failure."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.clinic.signing import SigningFields
from stroma.protocols.domain.schema import SpecificationLimit
from stroma.release.domain.assays import Assay
from stroma.release.models import FailureDecision, FailureNotice


class ResultForm(forms.Form):
    """One line of the specification: a number in its unit, or the word that decides it."""

    def __init__(self, *args: object, limit: SpecificationLimit, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.limit = limit
        if limit.kind == "number":
            self.fields["value"] = forms.DecimalField(
                label=limit.attribute,
                help_text=_limits_text(limit),
                min_value=Decimal(0),
                decimal_places=4,
                required=False,
            )
            self.fields["is_below"] = forms.BooleanField(
                label=_("Below the limit of detection"), required=False
            )
            for name, label in (("low", _("From")), ("high", _("To"))):
                self.fields[name] = forms.DecimalField(
                    label=_("%(end)s (95 %% interval, where the method gives one)") % {"end": label},
                    min_value=Decimal(0),
                    decimal_places=4,
                    required=False,
                )
        else:
            self.fields["text"] = forms.ChoiceField(
                label=limit.attribute, choices=_words(limit), widget=forms.RadioSelect
            )
        self.fields["method"] = forms.CharField(label=_("Method"), max_length=120, initial=limit.method)
        self.fields["limit_of_detection"] = forms.DecimalField(
            label=_("Limit of detection"),
            help_text=_(
                "What the method can see at least, in the unit of the line or in colony-forming units."
            ),
            min_value=Decimal(0),
            decimal_places=4,
            required=False,
        )
        self.fields["instrument"] = forms.CharField(label=_("Instrument"), max_length=120, required=False)
        for name, label in (("started_at", _("Begun")), ("finished_at", _("Ended"))):
            self.fields[name] = forms.DateTimeField(
                label=label,
                required=False,
                widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            )
        self.fields["file"] = forms.FileField(
            label=_("What the instrument wrote, or a picture"),
            help_text=_("At most 20 MB. It is kept as it is."),
            required=False,
        )

    def clean(self) -> dict[str, object]:
        """A number is there, or is below a limit of detection that is there."""
        given = super().clean() or {}
        if self.limit.kind != "number" or self.errors:
            return given
        seen, is_below = given.get("limit_of_detection"), given.get("is_below")
        if is_below and seen is None:
            self.add_error("limit_of_detection", _("A result below the limit of detection needs that limit."))
        elif is_below and given.get("value") is not None:
            self.add_error(
                "value", _("Enter a number, or that it is below the limit of detection; not both.")
            )
        elif not is_below and given.get("value") is None:
            self.add_error("value", _("Enter a number, or that it is below the limit of detection."))
        elif is_below:
            given["text"] = f"<{seen:f}"
        return given

    def clean_file(self) -> object:
        """Of a size that is kept in the record."""
        upload = self.cleaned_data.get("file")
        if upload is not None and upload.size > MAX_FILE_MEGABYTES * 1024 * 1024:
            raise forms.ValidationError(_("The file has more than 20 MB."), code="too_large")
        return upload

    @property
    def assay(self) -> Assay:
        """How it was measured, as it was filled in."""
        given = self.cleaned_data
        return Assay(
            low=given.get("low"),
            high=given.get("high"),
            limit_of_detection=given.get("limit_of_detection"),
            instrument=given.get("instrument", ""),
            started_at=given.get("started_at"),
            finished_at=given.get("finished_at"),
        )


MAX_FILE_MEGABYTES = 20


def _limits_text(limit: SpecificationLimit) -> str:
    unit = f" {limit.unit}" if limit.unit else ""
    if limit.minimum is not None and limit.maximum is not None:
        return _("The specification asks for %(least)g to %(most)g%(unit)s.") % {
            "least": limit.minimum,
            "most": limit.maximum,
            "unit": unit,
        }
    if limit.minimum is not None:
        return _("The specification asks for at least %(least)g%(unit)s.") % {
            "least": limit.minimum,
            "unit": unit,
        }
    return _("The specification allows at most %(most)g%(unit)s.") % {"most": limit.maximum, "unit": unit}


def _words(limit: SpecificationLimit) -> list[tuple[str, object]]:
    """The words a laboratory writes, as the specification's rule reads them; the good one is never preset."""
    if limit.kind == "pass":
        return [("pass", _("Pass")), ("fail", _("Fail"))]
    if limit.code == "gram":
        return [("no organisms", _("No organisms")), ("organisms seen", _("Organisms seen"))]
    if limit.code.startswith("sterility"):
        return [("no growth", _("No growth")), ("growth", _("Growth"))]
    return [("not detected", _("Not detected")), ("detected", _("Detected"))]


class CytometryForm(forms.Form):
    """A file of the cytometer and the unstained cells measured with it."""

    sample = forms.FileField(
        label=_("The stained cells"),
        help_text=_("FCS 2.0, 3.0 or 3.1, at most 100 MB. It is kept as it is."),
        widget=forms.FileInput(attrs={"accept": ".fcs,.lmd"}),
    )
    control = forms.FileField(
        label=_("The control: unstained or isotype-stained cells"),
        required=False,
        help_text=_(
            "Measured the same way. Thresholds are taken from it; without one the result is provisional."
        ),
        widget=forms.FileInput(attrs={"accept": ".fcs,.lmd"}),
    )


class MoveGateForm(forms.Form):
    """Where a gate goes, and why. An empty bound is open."""

    low = forms.FloatField(label=_("From (belongs to the gate)"), required=False)
    high = forms.FloatField(label=_("To (does not belong to it)"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea)

    def clean(self) -> dict[str, object]:
        """A gate goes upwards, and has at least one bound."""
        given = super().clean() or {}
        low, high = given.get("low"), given.get("high")
        if self.errors:
            return given
        if low is None and high is None:
            raise forms.ValidationError(_("Give at least one bound."), code="no_bound")
        if low is not None and high is not None and low >= high:
            raise forms.ValidationError(
                _("The gate must go from a smaller to a larger value."), code="upside_down"
            )
        return given


class SigningForm(SigningFields):
    """What is asked of whoever signs a certificate."""


class RejectForm(forms.Form):
    """Why the lot is rejected."""

    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea)


class TellForm(forms.Form):
    """How the patient was told."""

    means = forms.ChoiceField(
        label=_("How the patient was told"), choices=FailureNotice.Means.choices, widget=forms.RadioSelect
    )


class DecideForm(forms.Form):
    """What patient and physiatrist decided."""

    kind = forms.ChoiceField(
        label=_("What you decided together"),
        choices=FailureDecision.Kind.choices,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason, in the patient's words"), max_length=400)
