"""Reads about results and release: the evidence that the rules judge, and the certificate that people sign."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from stroma.candidacy.domain.codes import BODY_WEIGHT
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Signature, Site
from stroma.clinic.queries import authorization_for, protocol_of, roles_of
from stroma.collection.models import Collection
from stroma.courses.models import Course
from stroma.custody.domain.states import LotState
from stroma.custody.models import DonorEligibility, Label, Lot, Material
from stroma.custody.queries import reactive_since
from stroma.ledger.domain.canonical import canonical
from stroma.ledger.domain.entry import Nature
from stroma.ledger.record import installation
from stroma.patients.models import Measurement
from stroma.patients.queries import consent_is_valid
from stroma.processing.domain.batch_order import incomplete_steps
from stroma.processing.models import Batch, BatchStep, CellCount
from stroma.processing.queries import steps_done, steps_of
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import Donor, SpecificationLimit
from stroma.release.domain import decision, signing
from stroma.release.domain.derived import BatchSummary, derived_results
from stroma.release.domain.specification import Judgement, Result, judge
from stroma.release.models import AssayResult, Release


def limits_for(lot: Lot) -> list[SpecificationLimit]:
    """The specification that applies: a bank lot has no recipient, so what needs one is judged on its parts."""
    specification = protocol_of(lot.protocol).specification
    return [limit for limit in specification if lot.course_id is not None or not limit.for_recipient]


def result_of(row: AssayResult) -> Result:
    """A recorded result as the specification judges it."""
    return Result(
        row.code,
        value=float(row.value) if row.value is not None else None,
        text=row.text,
        method=row.method,
        at=row.performed_at,
    )


def results_for(lot: Lot) -> list[Result]:
    """The lot's results with those that follow from its batch record; a part inherits what it has not itself."""
    measured = [result_of(row) for row in AssayResult.objects.filter(lot=lot)]
    inherited = results_for(lot.parent) if lot.parent else []
    own = {result.code for result in measured}
    known = [*measured, *(result for result in inherited if result.code not in own)]
    numbers = {result.code: result.value for result in known if result.value is not None}
    derived = derived_results(batch_summary(lot), numbers)
    codes = {result.code for result in derived}
    wanted = {limit.code for limit in limits_for(lot)}
    return [
        result for result in (*(r for r in known if r.code not in codes), *derived) if result.code in wanted
    ]


def batch_summary(lot: Lot) -> BatchSummary:
    """What the batch record says about the finished product."""
    protocol = protocol_of(lot.protocol)
    count = CellCount.objects.filter(step__batch__lot=lot).order_by("step__position").last()
    doses = finished_containers(lot)
    smallest = min(doses, key=lambda dose: dose.viable_cells or 0) if doses else None
    filled = BatchStep.objects.filter(batch__lot=lot).order_by("position").last()
    collection = Collection.objects.filter(lot=lot).first()
    doublings = (
        CellCount.objects.filter(step__batch__lot__in=[lot.id, lot.parent_id])
        .exclude(cumulative_population_doublings=None)
        .order_by("step__done_at")
        .last()
    )
    return BatchSummary(
        viability=float(count.viability) if count else None,
        viable_cells_per_container=_float(smallest.viable_cells) if smallest else None,
        label_dose_cells=protocol.dose.viable_cells if protocol.dose else None,
        cells_per_ml=float(count.viable_cells / count.volume_ml) if count else None,
        cumulative_population_doublings=_float(doublings.cumulative_population_doublings)
        if doublings
        else None,
        collected_at=collection.collected_at if collection else None,
        filled_at=filled.done_at if filled else None,
        dose_ml=_float(smallest.amount) if smallest else None,
        recipient_kg=weight_of(lot),
    )


def finished_containers(lot: Lot) -> list[Material]:
    """The containers that a release lets go: doses, and what is frozen for a later treatment."""
    kinds = [Material.Kind.DOSE, Material.Kind.STORED]
    return list(Material.objects.filter(lot=lot, kind__in=kinds).order_by("division"))


def weight_of(lot: Lot) -> float | None:
    """The recipient's last known weight in kilograms."""
    if lot.course is None:
        return None
    last = (
        Measurement.objects.filter(patient=lot.course.patient, code=BODY_WEIGHT, value_is_number=True)
        .order_by("measured_at")
        .last()
    )
    return float(last.value) if last else None


def evidence_for(lot: Lot, *, at: datetime) -> decision.LotEvidence:
    """Everything the release rule asks about a lot."""
    protocol = protocol_of(lot.protocol)
    doses = finished_containers(lot)
    labels = Label.objects.filter(material__in=doses)
    batch = Batch.objects.filter(lot=lot).first()
    course = lot.course
    expiries = [dose.expires_at for dose in doses]
    missing = (
        incomplete_steps(steps_of(lot), steps_done(batch))
        if batch
        else tuple(step.code for step in steps_of(lot).steps)
    )
    return decision.LotEvidence(
        judgements=tuple(judgements_for(lot)),
        state=LotState(lot.state),
        expires_at=None if None in expiries or not expiries else min(e for e in expiries if e),
        donor=Donor(lot.donor.relation.lower()),
        donor_eligibility=_eligibility(lot),
        labels=decision.LabelCount(
            containers=len(doses),
            printed=labels.count(),
            applied=labels.filter(state=Label.State.APPLIED).count(),
            destroyed=labels.filter(state=Label.State.DESTROYED).count(),
            missing=labels.filter(state=Label.State.MISSING).count(),
        ),
        consent_withdrawn=course is not None and not consent_is_valid(course.consent),
        course_stopped=course is not None and course.state != Course.State.OPEN,
        incomplete_steps=missing,
        authorization_required=protocol.legal.authorization_required,
        authorization_in_force=authorization_for(lot.site, protocol.id, at=at) is not None,
        legal_basis=protocol.legal.basis,
        legal_source=protocol.legal.source,
    )


def judgements_for(lot: Lot) -> list[Judgement]:
    """Each line of the specification with its newest result and the verdict."""
    return judge(limits_for(lot), results_for(lot))


def _eligibility(lot: Lot) -> decision.DonorEligibility:
    if lot.donor.relation == "AUTOLOGOUS":
        return decision.DonorEligibility.NOT_REQUIRED
    found = DonorEligibility.objects.filter(donor=lot.donor).first()
    if found is None:
        return decision.DonorEligibility.INCOMPLETE
    if reactive_since(lot.donor, found.determined_at):
        return decision.DonorEligibility.INELIGIBLE
    return decision.DonorEligibility(found.outcome)


def certificate_of(lot: Lot) -> str:
    """The certificate of analysis as canonical text: the same for everyone who signs it, whenever they do."""
    protocol = protocol_of(lot.protocol)
    return canonical(
        {
            "certificate": "stroma-certificate-1",
            "nature": installation().nature,
            "din": lot.din,
            "product": lot.product_name,
            "product_code": lot.product_code,
            "protocol": protocol.key,
            "protocol_digest": lot.protocol.digest,
            "course": lot.course.number if lot.course else None,
            "donor": lot.donor.relation,
            "containers": [
                {
                    "division": dose.division,
                    "amount": dose.amount,
                    "unit": dose.unit,
                    "viable_cells": dose.viable_cells,
                    "expires_at": dose.expires_at,
                }
                for dose in finished_containers(lot)
            ],
            "results": [
                {
                    "code": judgement.limit.code,
                    "attribute": judgement.limit.attribute,
                    "minimum": _decimal(judgement.limit.minimum),
                    "maximum": _decimal(judgement.limit.maximum),
                    "unit": judgement.limit.unit,
                    "value": _decimal(judgement.result.value) if judgement.result else None,
                    "text": judgement.result.text if judgement.result else "",
                    "method": judgement.result.method if judgement.result else "",
                    "verdict": judgement.verdict,
                    "source": judgement.limit.source,
                }
                for judgement in judgements_for(lot)
            ],
        }
    ).decode()


def signatures_under(lot: Lot) -> list[signing.Signature]:
    """The signatures given for this lot's certificate, as the rule wants them; void ones among them.

    Competent is whoever held the role at the time; the credential is checked in the moment of signing, so its time is
    the signature's.
    """
    return [
        signing.Signature(
            signer=signature.signer.ledger_name,
            role=Role(signature.role),
            is_competent=Role(signature.role) in roles_of(signature.signer, lot.site, at=signature.signed_at),
            credential=signing.Credential(signature.method),
            credential_checked_at=signature.signed_at,
            signed_at=signature.signed_at,
            document_digest=signature.document_digest,
        )
        for signature in certificate_signatures(lot)
    ]


def certificate_signatures(lot: Lot) -> list[Signature]:
    """The signatures under certificates of this lot, the newest of each role last."""
    return list(
        Signature.objects.filter(document_kind="certificate", document_id=lot.id)
        .select_related("signer")
        .order_by("signed_at")
    )


def is_simulated() -> bool:
    """Whether simulated signatures count in this database."""
    return Nature(installation().nature) is Nature.SIMULATED


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _decimal(value: float | None) -> str | None:
    return None if value is None else f"{value:.10g}"


def certificates_section(course_id: UUID) -> dict[str, Any] | None:
    """The certificates of the course's lots, exactly as they were signed."""
    releases = Release.objects.filter(lot__course_id=course_id).order_by("released_at")
    certificates = [
        {"lot": row.lot_id, "kind": row.kind, "digest": row.certificate_digest, "text": row.certificate}
        for row in releases
    ]
    return {"certificates": certificates} if certificates else None


def failed_chains(site: Site) -> dict[UUID, Blocker]:
    """For planning: the open courses of a site whose newest lot was rejected."""
    newer = Lot.objects.filter(course=OuterRef("course"), made_at__gt=OuterRef("made_at"))
    failed = Lot.objects.filter(
        site=site, state=LotState.REJECTED, course__state=Course.State.OPEN, rejection__isnull=False
    ).exclude(Exists(newer))
    return {
        course: Blocker("chain_lot_failed", {"at": rejected_at}, "Stroma release", Weight.CAUTION)
        for course, rejected_at in failed.values_list("course_id", "rejection__rejected_at")
    }
