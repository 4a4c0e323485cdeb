"""Patients' accounts: given by one, confirmed by a second, and to be confirmed anew when the address changes."""

import uuid
from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import RoleAssignment, User
from stroma.ledger.domain.entry import patient_chain, site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.patients.account_queries import has_other_addresses, live_attestation, others_could_attest
from stroma.patients.domain.attesting import ATTESTERS, SOURCE, DocumentSeen, attesting_blockers
from stroma.patients.models import AccountAttestation, AccountGiven, AttestationVoid, Patient
from stroma.patients.queries import account_problems
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.problem import BadInput


class NoAccount(Refused):
    """The patient cannot be given an account."""


class NotAttested(Refused):
    """Nobody has said now that the account is the patient's."""


@action
def give_account(
    *, patient: Patient, username: str, email: str, password: str | None = None, by: User, at: datetime
) -> User:
    """Give a patient an account for their own pages: the role of a patient at their site, and nothing else.

    Without a password they sign in by a code sent to ``email`` and choose one themselves. It reads; it signs once a
    second person attests it. Raises NoAccount when the record has an account or is no longer theirs, BadInput when the
    user name is taken.
    """
    authorize(
        by, Role.COORDINATOR, Role.NURSE, Role.PHYSIATRIST, Role.ADMINISTRATOR, site=patient.site, at=at
    )
    patient = rows_to_change(Patient.objects).get(pk=patient.pk)
    blockers = []
    if patient.user_id is not None:
        blockers.append(Blocker("account_given_already", {}, "Stroma patients"))
    if patient.merged_into_id is not None:
        blockers.append(Blocker("merged_already", {}, "Stroma patients"))
    if blockers:
        raise NoAccount(blockers)
    if problems := account_problems(username, email):
        raise BadInput(problems)
    name = f"{patient.given_names} {patient.family_name}".strip()
    user = User.objects.create_user(username, email=email, password=password, uuid=uuid.uuid4(), name=name)
    RoleAssignment.objects.create(user=user, site=patient.site, role=Role.PATIENT.value, active_from=at)
    AccountGiven.objects.create(site=patient.site, account=user, given_by=by, given_at=at)
    patient.user = user
    patient.save(update_fields=["user"])
    record(
        "patient.account_given",
        by=by,
        at=at,
        chains=[patient_chain(patient.id), site_chain(patient.site_id)],
        facts={"patient": patient.id, "person": user.ledger_name},
    )
    return user


@action
def attest_account(*, patient: Patient, document: DocumentSeen, by: User, at: datetime) -> AccountAttestation:
    """Say, as the second person, that the account and its mail address are those of the patient one sees.

    ``document`` is the kind by which the patient was known. Where nobody else at the site could, who gave the account
    may, and the entry says that one person did both. Raises NotAttested with every reason.
    """
    authorize(by, *ATTESTERS, site=patient.site, at=at)
    patient = rows_to_change(Patient.objects).get(pk=patient.pk)
    given = AccountGiven.objects.filter(account=patient.user_id).select_related("site").first()
    if patient.user_id is None or given is None:
        raise NotAttested([Blocker("account_missing", {}, SOURCE)])
    # Held, so that the address stays the one that is spoken of.
    account = rows_to_change(User.objects).get(pk=patient.user_id)
    others_could = others_could_attest(given, at=at)
    is_giver = given.given_by_id == by.pk
    blockers = attesting_blockers(
        is_attested=live_attestation(account) is not None,
        is_giver=is_giver,
        is_owner=account.pk == by.pk,
        others_could=others_could,
        has_other_addresses=has_other_addresses(account),
    )
    if blockers:
        raise NotAttested(blockers)
    attestation = AccountAttestation.objects.create(
        given=given,
        number=given.attestations.count() + 1,
        email=account.email,
        document=document.value,
        is_alone=is_giver,
        attested_by=by,
        attested_at=at,
    )
    record(
        "patient.account_attested",
        by=by,
        at=at,
        chains=[patient_chain(patient.id), site_chain(patient.site_id)],
        facts={
            "patient": patient.id,
            "person": account.ledger_name,
            "attestation": attestation.id,
            "document": document.value,
            "alone": is_giver,
        },
        sealed={"email": account.email},
    )
    return attestation


@action
def void_attestation(*, account: User, by: User, at: datetime) -> AttestationVoid | None:
    """Let what was said of an account hold no more, before its mail address changes or another one is added.

    None where nobody had said anything. ``by`` is the owner of the account, who changes it.
    """
    rows_to_change(User.objects).get(pk=account.pk)
    said = AccountAttestation.objects.filter(given__account=account, void__isnull=True).first()
    if said is None:
        return None
    void = AttestationVoid.objects.create(attestation=said, voided_by=by, voided_at=at)
    patient = Patient.objects.filter(user=account).first()
    record(
        "patient.attestation_void",
        by=by,
        at=at,
        chains=[
            *([patient_chain(patient.id)] if patient else []),
            site_chain(said.given.site_id),
        ],
        facts={"attestation": said.id, "person": account.ledger_name},
    )
    return void
