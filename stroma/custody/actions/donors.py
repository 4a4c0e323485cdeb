"""Donors: who they are, what was tested, and whether their cells may go to somebody else."""

import secrets
from datetime import datetime

from stroma.clinic.actions import sign
from stroma.clinic.authority import authorize
from stroma.clinic.credentials import Credential
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Signature, Site, User
from stroma.custody.domain.eligibility import Relation, eligibility_blockers
from stroma.custody.models import (
    Donor,
    DonorEligibility,
    DonorScreening,
    DonorTest,
)
from stroma.custody.queries import donor_results, eligibility_digest
from stroma.ledger.domain.entry import ChainKey, patient_chain, site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.patients.models import Patient
from stroma.protocols.domain.blocker import Refused


class NotEligible(Refused):
    """The donor's cells may not go to somebody else."""


@action
def register_donor(
    *, site: Site, relation: Donor.Relation, patient: Patient | None, by: User, at: datetime
) -> Donor:
    """Write down a donor. An autologous one is a patient; an allogeneic one is nobody's patient here."""
    authorize(by, Role.PHYSIATRIST, Role.NURSE, Role.TECHNOLOGIST, Role.QUALITY, site=site, at=at)
    donor = Donor.objects.create(site=site, relation=relation, patient=patient, salt=secrets.token_hex(16))
    record(
        "donor.registered",
        by=by,
        at=at,
        chains=_donor_chains(donor),
        facts={"donor": donor.id, "relation": relation},
    )
    return donor


@action
def record_donor_test(
    *,
    donor: Donor,
    agent: str,
    method: str,
    result: DonorTest.Result,
    sampled_at: datetime,
    by: User,
    at: datetime,
) -> DonorTest:
    """Record an infectious-disease test of a donor."""
    authorize(by, Role.PHYSIATRIST, Role.NURSE, Role.TECHNOLOGIST, Role.QUALITY, site=donor.site, at=at)
    _hold(donor)
    test = DonorTest.objects.create(
        donor=donor, agent=agent, method=method, result=result, sampled_at=sampled_at, reported_at=at
    )
    record(
        "donor.tested",
        by=by,
        at=at,
        chains=_donor_chains(donor),
        facts={"donor": donor.id, "test": test.id, "agent": agent, "sampled_at": sampled_at},
        sealed={"result": result},
    )
    return test


@action
def screen_donor(*, donor: Donor, has_risk: bool, by: User, at: datetime) -> DonorScreening:
    """Record that the donor's history, records and examination were gone through, and whether a risk was found."""
    authorize(by, Role.PHYSIATRIST, Role.NURSE, site=donor.site, at=at)
    _hold(donor)
    screening = DonorScreening.objects.create(donor=donor, has_risk=has_risk, screened_by=by, screened_at=at)
    record("donor.screened", by=by, at=at, chains=_donor_chains(donor), facts={"donor": donor.id})
    return screening


@action
def determine_eligibility(
    *, donor: Donor, exception_reason: str = "", credential: Credential, by: User, at: datetime
) -> DonorEligibility:
    """A physician determines, and signs, that a donor's cells may go to somebody else.

    Raises NotEligible with every reason while screening or tests are missing or speak against it, unless
    ``exception_reason`` documents why the cells are used all the same (21 CFR 1271.65(b)).
    """
    authorize(by, Role.PHYSIATRIST, site=donor.site, at=at)
    _hold(donor)
    screening = DonorScreening.objects.filter(donor=donor).first()
    blockers = eligibility_blockers(
        relation=Relation(donor.relation),
        is_screened=screening is not None,
        has_risk=screening is not None and screening.has_risk,
        results=donor_results(donor),
    )
    if blockers and not exception_reason.strip():
        raise NotEligible(blockers)
    signature = sign(
        site=donor.site,
        document_kind="donor_eligibility",
        document_id=donor.id,
        document_digest=eligibility_digest(donor),
        meaning=Signature.Meaning.RESPONSIBILITY,
        role=Role.PHYSIATRIST,
        credential=credential,
        by=by,
        at=at,
    )
    outcome = DonorEligibility.Outcome.EXCEPTION if blockers else DonorEligibility.Outcome.ELIGIBLE
    eligibility = DonorEligibility.objects.create(
        donor=donor, outcome=outcome, signature=signature, determined_by=by, determined_at=at
    )
    record(
        "donor.eligibility_determined",
        by=by,
        at=at,
        chains=_donor_chains(donor),
        facts={"donor": donor.id, "outcome": outcome, "signature": signature.as_facts()},
        sealed={"exception_reason": exception_reason},
    )
    return eligibility


def _hold(donor: Donor) -> None:
    """Lock the donor: what rests on the donor's tests and screening comes before this or after it.

    A row that refers to the donor locks it too, but only when it is committed: by then a dose holds the donor and waits
    for the ledger's chains, which this one holds, and PostgreSQL would end one of the two without a reason.
    """
    rows_to_change(Donor.objects).get(pk=donor.pk)


def _donor_chains(donor: Donor) -> list[ChainKey]:
    own = [patient_chain(donor.patient_id)] if donor.patient_id else []
    return [*own, site_chain(donor.site_id)]
