"""What is asked of a person who comes, of two records of one person, and on the scales."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.patients.domain.attesting import DocumentSeen
from stroma.patients.domain.intake import IntakeContact, PatientIntake, Sex
from stroma.patients.models import DOCUMENTS

NEW, SAME = "new", "same:"


class RegistrationForm(forms.Form):
    """Who comes: the least that makes a record, and how to reach them."""

    given_names = forms.CharField(label=_("Given names"), max_length=200)
    family_name = forms.CharField(label=_("Family name"), max_length=120)
    birth_date = forms.DateField(label=_("Date of birth"), widget=forms.DateInput(attrs={"type": "date"}))
    sex = forms.ChoiceField(
        label=_("Sex"),
        choices=[
            ("female", _("female")),
            ("male", _("male")),
            ("other", _("other")),
            ("unknown", _("unknown")),
        ],
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("es", "Español")])
    phone = forms.CharField(label=_("Telephone"), required=False, max_length=40)
    email = forms.EmailField(label=_("Mail"), required=False)

    def intake(self) -> PatientIntake:
        """The answers as the rules take them."""
        told = self.cleaned_data
        contacts: list[IntakeContact] = []
        if told["phone"]:
            contacts.append(IntakeContact("phone", told["phone"]))
        if told["email"]:
            contacts.append(IntakeContact("email", told["email"]))
        return PatientIntake(
            family_name=told["family_name"],
            given_names=tuple(told["given_names"].split()),
            birth_date=told["birth_date"],
            sex=cast(Sex, told["sex"]),
            language=told["language"],
            contacts=tuple(contacts),
        )


class SamePersonForm(forms.Form):
    """The answer to a likely duplicate: one of the records named, or somebody else."""

    answer = forms.ChoiceField(label=_("Is this the same person?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, records: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (f"{SAME}{record}", _("Yes, this is %(record)s") % {"record": record}) for record in records
        ]
        cast(forms.ChoiceField, self.fields["answer"]).choices = [*choices, (NEW, _("No, somebody else"))]

    @property
    def record(self) -> str | None:
        """The record number of the same person; None for somebody else."""
        answer = str(self.cleaned_data["answer"])
        return answer.removeprefix(SAME) if answer.startswith(SAME) else None


class MergeForm(forms.Form):
    """Which record stays, and why the two are one person."""

    survivor = forms.CharField(
        label=_("Record that stays"),
        help_text=_("The record number of the same person, such as P0000012"),
        max_length=12,
    )
    reason = forms.CharField(
        label=_("How do you know that they are one person?"), widget=forms.Textarea(attrs={"rows": 3})
    )
    is_sure = forms.BooleanField(label=_("I have looked at both records. A merge cannot be undone."))


class WeightForm(forms.Form):
    """What the scales say; the endotoxin limit of a dose is per kilogram."""

    weight_kg = forms.DecimalField(
        label=_("Weight in kilograms"), min_value=20, max_value=350, max_digits=5, decimal_places=1
    )


class AccountForm(forms.Form):
    """The name and the address by which a patient signs in to their own pages."""

    username = forms.SlugField(
        label=_("User name"),
        help_text=_("The record number will do; the patient may sign in by mail too"),
        max_length=150,
    )
    email = forms.EmailField(
        label=_("Mail"), help_text=_("Where the link to choose a password, and codes to sign in, are sent")
    )


class AttestationForm(forms.Form):
    """By what a second person knew the patient, and that the account is theirs."""

    document = forms.ChoiceField(
        label=_("What did the patient show?"), choices=DOCUMENTS, widget=forms.RadioSelect
    )
    is_theirs = forms.BooleanField(
        label=_("The patient sits before me, named the mail address, and signed in by their own means.")
    )

    def seen(self) -> DocumentSeen:
        """The kind of document."""
        return DocumentSeen(self.cleaned_data["document"])
