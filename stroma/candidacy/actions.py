"""Assessing a patient against a protocol, and deciding."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stroma.candidacy.domain.answer import Value, gather
from stroma.candidacy.domain.decision import candidacy_blockers
from stroma.candidacy.domain.findings import findings
from stroma.candidacy.models import Assessment, Decision
from stroma.candidacy.queries import decision_digest, stored_blockers
from stroma.clinic.actions import sign
from stroma.clinic.authority import authorize
from stroma.clinic.credentials import Credential
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AdoptedProtocol, Signature, User
from stroma.clinic.queries import authorization_for, protocol_of, roles_of
from stroma.ledger.domain.entry import patient_chain, site_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.patients.models import Patient
from stroma.patients.queries import intake_of
from stroma.protocols.domain.blocker import Blocker, Refused, Weight, stopping


class NotACandidate(Refused):
    """This treatment is not right for this patient, or not now."""


class RoutedToCare(NotACandidate):
    """A red flag: the patient needs care now, and nothing else is offered."""


class NotDecidable(Refused):
    """The assessment cannot be decided."""


@action
def assess_candidacy(
    *,
    patient: Patient,
    protocol: AdoptedProtocol,
    asked: Mapping[str, Value],
    assumed: Mapping[str, Value],
    red_flags: Mapping[str, bool | None],
    asked_basis: str = "",
    assumed_basis: str = "",
    by: User,
    at: datetime,
) -> Assessment:
    """Hold a patient against a protocol and keep every answer and every reason. Refuses nothing; it only says."""
    authorize(by, Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR, site=patient.site, at=at)
    answers, contradicted = gather(
        findings(intake_of(patient), at=at), asked, assumed, basis=asked_basis, assumed_basis=assumed_basis
    )
    blockers = candidacy_blockers(
        protocol_of(protocol),
        answers,
        red_flags,
        contradicted=contradicted,
        has_authorization=authorization_for(patient.site, protocol.protocol_id, at=at) is not None,
        at=at,
    )
    assessment = Assessment.objects.create(
        site=patient.site,
        patient=patient,
        protocol=protocol,
        salt=secrets.token_hex(16),
        answers=[answer.as_json() for answer in answers.values()],
        red_flags=dict(red_flags),
        blockers=[_as_json(blocker) for blocker in blockers],
        assessed_by=by,
        assessed_at=at,
    )
    record(
        "candidacy.assessed",
        by=by,
        at=at,
        chains=[patient_chain(patient.id), site_chain(patient.site_id)],
        facts={
            "assessment": assessment.id,
            "protocol": str(protocol),
            "protocol_digest": protocol.digest,
            "blockers": [{"code": b.code, "weight": b.weight, "source": b.source} for b in blockers],
            "assumed": sorted(a.variable for a in answers.values() if a.origin == "assumed"),
            "shown": decision_digest(assessment),
        },
    )
    return assessment


@action
def decide_candidacy(
    *,
    assessment: Assessment,
    outcome: Decision.Outcome,
    overrides: Mapping[str, str],
    credential: Credential,
    by: User,
    at: datetime,
) -> Decision:
    """A physiatrist or surgeon decides, and signs exactly the answers and reasons that were shown.

    ``overrides`` gives, for each overridable reason set aside, why. Deciding that the patient is a candidate while an
    urgent or hard reason stands, or an overridable one without a reason, raises NotACandidate with all of them.
    """
    authorize(by, Role.PHYSIATRIST, Role.SURGEON, site=assessment.site, at=at)
    if Decision.objects.filter(assessment=assessment).exists():
        raise NotDecidable([Blocker("assessment_decided", {}, "Stroma candidacy")])
    blockers = stored_blockers(assessment)
    if outcome is Decision.Outcome.CANDIDATE:
        in_the_way = stopping(
            blockers, overridden=[code for code, reason in overrides.items() if reason.strip()]
        )
        if in_the_way:
            urgent = any(blocker.weight is Weight.URGENT for blocker in in_the_way)
            raise (RoutedToCare if urgent else NotACandidate)(in_the_way)
    held = roles_of(by, assessment.site, at=at)
    signature = sign(
        site=assessment.site,
        document_kind="assessment",
        document_id=assessment.id,
        document_digest=decision_digest(assessment),
        meaning=Signature.Meaning.APPROVAL,
        role=Role.PHYSIATRIST if Role.PHYSIATRIST in held else Role.SURGEON,
        credential=credential,
        by=by,
        at=at,
    )
    decision = Decision.objects.create(
        assessment=assessment,
        outcome=outcome,
        overrides=dict(overrides),
        decided_by=by,
        decided_at=at,
        signature=signature,
    )
    record(
        "candidacy.decided",
        by=by,
        at=at,
        chains=[patient_chain(assessment.patient_id), site_chain(assessment.site_id)],
        facts={
            "assessment": assessment.id,
            "decision": decision.id,
            "outcome": outcome,
            "overridden": sorted(overrides),
            "signature": signature.as_facts(),
        },
        sealed={f"override_{code}": reason for code, reason in overrides.items()},
    )
    return decision


def _as_json(blocker: Blocker) -> dict[str, Any]:
    return {
        "code": blocker.code,
        "values": dict(blocker.values),
        "source": blocker.source,
        "weight": blocker.weight.value,
    }
