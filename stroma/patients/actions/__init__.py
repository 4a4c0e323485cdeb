"""Registering a patient, merging duplicates, giving and withdrawing consent."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model

from stroma.clinic.actions import sign
from stroma.clinic.authority import authorize
from stroma.clinic.credentials import Credential
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AdoptedProtocol, Signature, Site, User
from stroma.clinic.queries import protocol_of
from stroma.ledger import readers
from stroma.ledger.domain.canonical import canonical, digest
from stroma.ledger.domain.entry import patient_chain, site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.patients.account_queries import account_is_attested
from stroma.patients.actions.accounts import (
    NoAccount,
    NotAttested,
    attest_account,
    give_account,
    void_attestation,
)
from stroma.patients.authority import refuse_strangers
from stroma.patients.domain.attesting import account_blockers
from stroma.patients.domain.consenting import Place, place_blockers, waiting_blockers
from stroma.patients.domain.intake import PatientIntake, validate_intake
from stroma.patients.models import (
    Allergy,
    Condition,
    Consent,
    ConsentedTarget,
    ConsentWithdrawal,
    Contact,
    EarlierTreatment,
    Identifier,
    Measurement,
    Medication,
    Patient,
)
from stroma.patients.queries import (
    consent_digest,
    hold_consents,
    likely_duplicates,
    next_record_number,
    patient_with_identifier,
)
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.problem import BadInput
from stroma.protocols.domain.spine import Side

__all__ = [
    "LikelyDuplicate",
    "NoAccount",
    "NotAttested",
    "NotConsented",
    "NotMergeable",
    "Place",
    "attest_account",
    "give_account",
    "give_consent",
    "merge_patients",
    "record_measurement",
    "register_patient",
    "void_attestation",
    "withdraw_consent",
]


class LikelyDuplicate(Refused):
    """Somebody very like this patient is registered. Say whether they are the same person."""


class NotMergeable(Refused):
    """The two records cannot be merged."""


class NotConsented(Refused):
    """The consent cannot be recorded or withdrawn."""


@action
def register_patient(
    *,
    site: Site,
    intake: PatientIntake,
    is_new_person: bool = False,
    same_person: Patient | None = None,
    source: str = "form",
    by: User,
    at: datetime,
) -> Patient:
    """Write down who came, with everything that came with them.

    A person who carries an identifier known at this site is that patient: their new facts are added. Somebody merely
    very like a known patient raises LikelyDuplicate, unless somebody has looked and says ``is_new_person`` or names the
    ``same_person``. Raises BadInput with every fault of the intake.
    """
    authorize(by, Role.COORDINATOR, Role.NURSE, Role.PHYSIATRIST, site=site, at=at)
    if problems := validate_intake(intake, today=at.date()):
        raise BadInput(problems)
    # Locked before looking: two desks that register one person at once come one after the other, and the second
    # finds what the first wrote. Record numbers are given out behind the same lock.
    rows_to_change(Site.objects).get(pk=site.pk)
    known = same_person or patient_with_identifier(site, intake)
    if known is None and not is_new_person and (suspects := likely_duplicates(site, intake)):
        raise LikelyDuplicate(
            Blocker(
                "likely_duplicate",
                {"record": p.record_number, "reasons": ", ".join(reasons)},
                "Stroma patients",
            )
            for p, reasons in suspects
        )
    patient = known or _create(site, intake, at)
    ended = _end_medications(patient, intake) if known else 0
    _write_facts(patient, intake)
    record(
        "patient.updated" if known else "patient.registered",
        by=by,
        at=at,
        chains=[patient_chain(patient.id), site_chain(site.id)],
        facts={
            "patient": patient.id,
            "source": source,
            "counts": {
                "conditions": len(intake.conditions),
                "medications": len(intake.medications),
                "treatments": len(intake.treatments),
                "measurements": len(intake.measurements),
                "allergies": len(intake.allergies),
                **({"medications_ended": ended} if ended else {}),
            },
        },
        sealed={
            "identity": f"{intake.family_name}\n{' '.join(intake.given_names)}\n{intake.birth_date}\n{intake.sex}"
        },
    )
    return patient


def _create(site: Site, intake: PatientIntake, at: datetime) -> Patient:
    return Patient.objects.create(
        site=site,
        record_number=next_record_number(site),
        family_name=intake.family_name,
        given_names=" ".join(intake.given_names),
        birth_date=intake.birth_date,
        birth_date_is_partial=intake.birth_date_is_partial,
        sex=intake.sex,
        is_deceased=intake.deceased,
        deceased_at=intake.deceased_at,
        language=intake.language or "en",
        registered_at=at,
    )


def _write_facts(patient: Patient, intake: PatientIntake) -> None:
    """Add what came. On a second intake only what is new is added; a death that became known is kept."""
    if intake.deceased and not patient.is_deceased:
        patient.is_deceased, patient.deceased_at = True, intake.deceased_at
        patient.save(update_fields=["is_deceased", "deceased_at"])
    for identifier in intake.identifiers:
        Identifier.objects.get_or_create(
            site=patient.site,
            system=identifier.system,
            value=identifier.value,
            defaults={"patient": patient, "type_code": identifier.type_code},
        )
    _add_new(Contact, patient, [asdict(contact) for contact in intake.contacts])
    _add_new(Condition, patient, [asdict(condition) for condition in intake.conditions])
    _add_new(Medication, patient, [asdict(medication) for medication in intake.medications])
    _add_new(EarlierTreatment, patient, [asdict(treatment) for treatment in intake.treatments])
    _add_new(Allergy, patient, [asdict(allergy) for allergy in intake.allergies])
    _add_new(
        Measurement,
        patient,
        [
            asdict(measurement)
            | {"value": str(measurement.value), "value_is_number": not isinstance(measurement.value, str)}
            for measurement in intake.measurements
        ],
    )


def _end_medications(patient: Patient, intake: PatientIntake) -> int:
    """End each medicine that the new intake knows as ended, and no longer as taken; gives how many."""
    taken = {(one.system, one.code) for one in intake.medications if one.is_active}
    ended = {(one.system, one.code) for one in intake.medications} - taken
    active = Medication.objects.filter(patient=patient, is_active=True)
    over = [one.pk for one in active if (one.system, one.code) in ended]
    return Medication.objects.filter(pk__in=over).update(is_active=False)


def _add_new(model: type[Model], patient: Patient, rows: list[dict[str, Any]]) -> None:
    """Add the rows that the patient does not have yet; the fields of an intake are those of its table."""
    if not rows:
        return
    manager = model._default_manager
    known = set(manager.filter(patient=patient).values_list(*rows[0]))
    fresh = {tuple(row.values()): row for row in rows}
    manager.bulk_create(model(patient=patient, **row) for key, row in fresh.items() if key not in known)


@action
def record_measurement(
    *,
    patient: Patient,
    system: str,
    code: str,
    display: str,
    value: Decimal,
    unit: str,
    by: User,
    at: datetime,
) -> Measurement:
    """Record a value measured here, such as the patient's weight."""
    authorize(by, Role.NURSE, Role.PHYSIATRIST, Role.COORDINATOR, site=patient.site, at=at)
    measurement = Measurement.objects.create(
        patient=patient,
        system=system,
        code=code,
        display=display,
        value=str(value),
        unit=unit,
        measured_at=at,
    )
    record(
        "patient.measured",
        by=by,
        at=at,
        chains=[patient_chain(patient.id), site_chain(patient.site_id)],
        facts={"patient": patient.id, "measurement": measurement.id, "code": code},
        sealed={"value": f"{value} {unit}"},
    )
    return measurement


@action
def merge_patients(*, duplicate: Patient, survivor: Patient, reason: str, by: User, at: datetime) -> Patient:
    """Make two records of one person one: everything of ``duplicate`` becomes ``survivor``'s, by a person's decision.

    Both chains stay whole and each says what happened. Later steps move their own rows (courses, donors, bookings)
    through the readers they registered.
    """
    authorize(by, Role.COORDINATOR, Role.PHYSIATRIST, Role.ADMINISTRATOR, site=survivor.site, at=at)
    duplicate, survivor = (
        rows_to_change(Patient.objects).get(pk=duplicate.pk),
        rows_to_change(Patient.objects).get(pk=survivor.pk),
    )
    blockers = []
    if duplicate.pk == survivor.pk:
        blockers.append(Blocker("merge_with_itself", {}, "Stroma patients"))
    if duplicate.site_id != survivor.site_id:
        blockers.append(Blocker("merge_across_sites", {}, "Stroma patients"))
    if duplicate.merged_into_id or survivor.merged_into_id:
        blockers.append(Blocker("merged_already", {}, "Stroma patients"))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if blockers:
        raise NotMergeable(blockers)
    # First of all: the guards let a row go from one patient to another only along a merge that is on record.
    duplicate.merged_into = survivor
    duplicate.save(update_fields=["merged_into"])
    for name in (Identifier, Contact, Condition, Medication, EarlierTreatment, Measurement, Allergy, Consent):
        name._default_manager.filter(patient=duplicate).update(patient=survivor)
    for move in readers.registered("patient_merge").values():
        move(duplicate, survivor)
    if duplicate.user is not None and survivor.user is None:
        # The person keeps the account they sign in with.
        account, duplicate.user = duplicate.user, None
        duplicate.save(update_fields=["user"])
        survivor.user = account
        survivor.save(update_fields=["user"])
    record(
        "patient.merged",
        by=by,
        at=at,
        chains=[patient_chain(duplicate.id), patient_chain(survivor.id), site_chain(survivor.site_id)],
        facts={"duplicate": duplicate.id, "survivor": survivor.id},
        sealed={"reason": reason},
    )
    return survivor


@action
def give_consent(
    *,
    patient: Patient,
    protocol: AdoptedProtocol,
    places: Sequence[Place],
    language: str,
    method: Consent.Method,
    decided_at: datetime,
    credential: Credential | None = None,
    by: User,
    at: datetime,
) -> Consent:
    """Record what the patient agreed to, and where the needle may go.

    Without a ``credential`` it was signed before ``by`` as witness. With one the patient signs it here, for
    themselves: ``by`` is the patient, whose account a second person attested, and the signature holds for the points
    and the places shown. Refuses a place
    that the protocol does not treat, and a consent given before the protocol's waiting time after the decision
    (``decided_at``) has passed. Raises NotConsented with every reason, NotSignable when the credential fails.
    """
    if credential is None:
        authorize(by, Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR, Role.SURGEON, site=patient.site, at=at)
    else:
        authorize(by, Role.PATIENT, site=patient.site, at=at)
        refuse_strangers(by, patient=patient, at=at)
        # Held, so that the address stays the one that a second person spoke of.
        rows_to_change(User.objects).get(pk=by.pk)
    document = protocol_of(protocol)
    blockers = waiting_blockers(document, decided_at=decided_at, at=at) + place_blockers(document, places)
    if credential is not None:
        blockers += account_blockers(is_attested=account_is_attested(by))
    if blockers:
        raise NotConsented(blockers)
    consent = Consent(
        site=patient.site,
        patient=patient,
        protocol=protocol,
        text_version=document.consent.version,
        text_digest=digest(canonical(list(document.consent.points))),
        language=language,
        method=method,
        given_at=at,
    )
    if credential is None:
        consent.witnessed_by = by
    else:
        consent.signature = sign(
            site=patient.site,
            document_kind="consent",
            document_id=consent.id,
            document_digest=consent_digest(protocol, places),
            meaning=Signature.Meaning.APPROVAL,
            role=Role.PATIENT,
            credential=credential,
            by=by,
            at=at,
        )
    consent.save(force_insert=True)
    targets = [
        ConsentedTarget.objects.create(consent=consent, target=place.target, level=place.level, side=side)
        for place in places
        for side in ([Side.LEFT, Side.RIGHT] if place.side is Side.BOTH else [place.side])
    ]
    record(
        "consent.given",
        by=by,
        at=at,
        chains=[patient_chain(patient.id), site_chain(patient.site_id)],
        facts={
            "consent": consent.id,
            "protocol": document.key,
            "text_version": consent.text_version,
            "text_digest": consent.text_digest,
            "language": language,
            "method": method,
            "targets": [{"target": t.target, "level": t.level, "side": t.side} for t in targets],
            "signature": consent.signature.as_facts() if consent.signature else None,
        },
    )
    return consent


@action
def withdraw_consent(*, consent: Consent, reason: str, by: User, at: datetime) -> ConsentWithdrawal:
    """Record that the patient takes the consent back. It holds from this moment on; no reason is owed."""
    authorize(by, Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR, Role.PATIENT, site=consent.site, at=at)
    refuse_strangers(by, Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR, patient=consent.patient, at=at)
    hold_consents([consent.pk])
    if ConsentWithdrawal.objects.filter(consent=consent).exists():
        raise NotConsented([Blocker("consent_withdrawn_already", {}, "Stroma patients")])
    withdrawal = ConsentWithdrawal.objects.create(consent=consent, withdrawn_at=at, received_by=by)
    record(
        "consent.withdrawn",
        by=by,
        at=at,
        chains=[patient_chain(consent.patient_id), site_chain(consent.site_id)],
        facts={"consent": consent.id},
        sealed={"reason": reason},
    )
    return withdrawal
