"""What is filled in about containers and lots: discarding, deciding, dividing; and the scanner."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.clinic.credentials import Credential, Password, Simulated
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place, User
from stroma.clinic.queries import colleagues, places_of
from stroma.courses.models import Course
from stroma.custody.models import Disposition, Lot, Material
from stroma.custody.queries import courses_to_serve
from stroma.ledger.record import is_simulated
from stroma.look.formats import amount_text

HANDLERS = (Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST)
"""Who handles cells, and so may be a witness."""


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # the class takes its type in checking only
    """A colleague, shown by printed name."""

    def label_from_instance(self, obj: User) -> str:
        """The name as it is printed under a signature."""
        return obj.name


class DiscardForm(forms.Form):
    """Before whom, and why."""

    witness = PersonChoice(
        None,
        label=_("Witness"),
        empty_label=_("Choose a person"),
        help_text=_("Somebody else who sees it destroyed."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)
    password = forms.CharField(
        label=_("Password of the witness"),
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("The witness signs here and now, with their own password."),
    )
    is_simulated = forms.BooleanField(label=_("Simulated witness: signs without a password"), required=False)

    def __init__(self, *args: object, lot: Lot, by: User, at: datetime, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        if not is_simulated():
            del self.fields["is_simulated"]
        self.fields["witness"].queryset = colleagues(lot.site, *HANDLERS, at=at).exclude(pk=by.pk)  # type: ignore[attr-defined]  # of a ModelChoiceField

    def credential(self) -> Credential:
        """What the witness shows."""
        if self.cleaned_data.get("is_simulated"):
            return Simulated()
        return Password(self.cleaned_data["password"])


class DispositionForm(forms.Form):
    """What becomes of a lot that will not be given."""

    kind = forms.ChoiceField(
        label=_("What becomes of it"), choices=Disposition.Kind.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class DivideForm(forms.Form):
    """For whom a part of a released lot is set aside."""

    course: "forms.ModelChoiceField[Course]" = forms.ModelChoiceField(None, label=_("For which course"))
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.001"), decimal_places=3)
    place: "forms.ModelChoiceField[Place]" = forms.ModelChoiceField(None, label=_("Where it is put"))

    def __init__(self, *args: object, material: Material, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.fields["course"].queryset = courses_to_serve(material.lot)  # type: ignore[attr-defined]  # of a ModelChoiceField
        self.fields["place"].queryset = places_of(material.lot.site)  # type: ignore[attr-defined]  # likewise
        self.fields["amount"].help_text = _("In %(unit)s; the container holds %(held)s.") % {
            "unit": material.unit,
            "held": amount_text(material.remaining),
        }


class ProductTableForm(forms.Form):
    """A site's table of product codes, as a CSV file."""

    MOST_BYTES = 1_000_000
    """Ten thousand lines; a table of product codes has a few."""

    table = forms.FileField(
        label=_("Table of product codes (CSV)"),
        help_text=_("First line: protocol_id, product_code, collection_type, product_name."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    name = ""
    """The file's name, for the faults that are found in it."""

    def clean_table(self) -> str:
        """The text of the file."""
        file = self.cleaned_data["table"]
        self.name = file.name
        if file.size > self.MOST_BYTES:
            raise forms.ValidationError(_("The file is too large for a table of product codes."))
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError(_("The file is not text in UTF-8.")) from None


class ScannerForm(forms.Form):
    """Which of the site's scanners this browser works with."""

    scanner = forms.ChoiceField(label=_("Scanner"), required=False)

    def __init__(self, *args: object, scanners: Sequence[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        known = [(code, f"{name} ({code})") for code, name in scanners]
        self.fields["scanner"].choices = [("", _("None of these")), *known]  # type: ignore[attr-defined]  # of a ChoiceField
