"""What an administrator is asked: who gets an account, with which roles."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from stroma.clinic.actions import NewPerson
from stroma.clinic.domain.roles import STAFF, Role
from stroma.ledger.wording import word


class PersonForm(forms.Form):
    """A new account. A patient's account is given on the patient's page."""

    name = forms.CharField(
        label=_("Printed name"), help_text=_("As it stands under a signature"), max_length=150
    )
    username = forms.SlugField(label=_("User name"), max_length=150)
    email = forms.EmailField(
        label=_("Mail"), help_text=_("Where the link to choose a password is sent"), required=False
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=lambda: [(role.value, capfirst(word(role.value))) for role in Role if role in STAFF],
        widget=forms.CheckboxSelectMultiple,
    )

    def person(self) -> NewPerson:
        """The account to be made, without a password: the person chooses it, by the link they are given."""
        told = self.cleaned_data
        return NewPerson(told["username"], told["name"], told["email"])

    def chosen_roles(self) -> list[Role]:
        """The roles that were ticked."""
        return [Role(role) for role in self.cleaned_data["roles"]]


class EndingForm(forms.Form):
    """Why a person's roles at the site end."""

    reason = forms.CharField(label=_("Why do the roles end?"), widget=forms.Textarea(attrs={"rows": 2}))


class RevocationForm(forms.Form):
    """Why a person's badge is revoked."""

    reason = forms.CharField(
        label=_("Why is the badge revoked?"), widget=forms.Textarea(attrs={"rows": 2}), max_length=300
    )


class WithdrawalForm(forms.Form):
    """Why a person's passkeys and one-time codes are made void."""

    reason = forms.CharField(label=_("What was lost, and when?"), widget=forms.Textarea(attrs={"rows": 2}))
