"""Reads about patients' accounts: who gave one, and whether a second person said that it is the patient's."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import F

from stroma.clinic.models import User
from stroma.clinic.queries import colleagues
from stroma.patients.domain.attesting import ATTESTERS
from stroma.patients.models import AccountAttestation, AccountGiven, Patient


def live_attestation(account: User) -> AccountAttestation | None:
    """What a second person said of this account and the mail address it has now; None until somebody has."""
    said = AccountAttestation.objects.filter(
        given__account=account, email=F("given__account__email"), void__isnull=True
    )
    return said.select_related("attested_by", "given__given_by").first()


def account_is_attested(account: User | None) -> bool:
    """Whether a second person said that the account, with the mail address it has now, is the patient's."""
    return account is not None and live_attestation(account) is not None


def others_could_attest(given: AccountGiven, *, at: datetime) -> bool:
    """Whether anybody at the site but who gave the account could say that it is the patient's."""
    others = colleagues(given.site, *ATTESTERS, at=at)
    return others.exclude(pk__in=[given.given_by_id, given.account_id]).exists()


def has_other_addresses(account: User) -> bool:
    """Whether codes to sign in to the account also go to a mail address other than its own."""
    others = EmailAddress.objects.filter(user=account).exclude(email__iexact=account.email)
    return bool(others.exists())


@dataclass(frozen=True, slots=True)
class AccountState:
    """A patient's account as staff see it."""

    given: AccountGiven | None
    attestation: AccountAttestation | None
    is_givers: bool
    """Whether the reader gave the account, and somebody else has to say that it is the patient's."""


def account_state(patient: Patient, *, reader: User, at: datetime) -> AccountState | None:
    """The account of a patient, with the two people who stand behind it; None without an account."""
    if patient.user is None:
        return None
    given = AccountGiven.objects.filter(account=patient.user).select_related("site", "given_by").first()
    is_givers = given is not None and given.given_by_id == reader.pk and others_could_attest(given, at=at)
    return AccountState(given, live_attestation(patient.user), is_givers)
