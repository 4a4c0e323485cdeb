"""Before a mail address of a patient's account changes, or a second one is added, what was said of the account is void.

django-allauth's pages change addresses and save the account; here the attestation ends first, and the database refuses
the change of an address that is still attested.
"""

from typing import Any

from allauth.account.models import EmailAddress
from django.db.models.signals import pre_save

from stroma.clinic.models import User
from stroma.ledger.record import present
from stroma.patients.actions import void_attestation


def listen() -> None:
    """Hear every change. Called once at start-up."""
    pre_save.connect(_account_is_saved, sender=User, dispatch_uid="stroma.patients.account_changes")
    pre_save.connect(
        _address_is_saved, sender=EmailAddress, dispatch_uid="stroma.patients.account_changes.address"
    )


def _account_is_saved(
    sender: Any, *, instance: User, update_fields: frozenset[str] | None = None, **told: Any
) -> None:
    del sender, told
    if instance.pk is None or (update_fields is not None and "email" not in update_fields):
        return
    # Nothing is asked of the record unless the address is another one.
    if User.objects.filter(pk=instance.pk).exclude(email=instance.email).exists():
        void_attestation(account=instance, by=instance, at=present())


def _address_is_saved(sender: Any, *, instance: EmailAddress, **told: Any) -> None:
    del sender, told
    if instance.email.lower() != instance.user.email.lower():
        void_attestation(account=instance.user, by=instance.user, at=present())
