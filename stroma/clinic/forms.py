"""What an administrator is asked: who gets an account, with which roles."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from stroma.clinic.actions import NewPerson
from stroma.clinic.domain.roles import STAFF, Role


class PersonForm(forms.Form):
    """A new account. A patient's account is given on the patient's page."""

    name = forms.CharField(
        label=_("Printed name"), help_text=_("As it stands under a signature"), max_length=150
    )
    username = forms.SlugField(label=_("User name"), max_length=150)
    email = forms.EmailField(label=_("Mail"), required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role.value, role.value.capitalize()) for role in Role if role in STAFF],
        widget=forms.CheckboxSelectMultiple,
    )
    password = forms.CharField(
        label=_("First password"),
        help_text=_("Twelve characters or more; the person changes it at the first sign-in."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        """As the site's rules for passwords ask."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password

    def person(self) -> NewPerson:
        """The account to be made."""
        told = self.cleaned_data
        return NewPerson(told["username"], told["name"], told["email"], told["password"])

    def chosen_roles(self) -> list[Role]:
        """The roles that were ticked."""
        return [Role(role) for role in self.cleaned_data["roles"]]
