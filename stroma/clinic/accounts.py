"""Accounts as the clinic wants them: made by the site for people it knows, never by signing oneself up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the package ships no types
    """The rules that django-allauth asks for."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody opens an account for themselves."""
        del request
        return False
