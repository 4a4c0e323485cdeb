"""Reads about results and release: the evidence that the rules judge, and the certificate that people sign."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from stroma.clinic.competence_queries import is_competent
from stroma.clinic.domain.competence import Skill
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Signature
from stroma.clinic.queries import protocol_of, roles_of
from stroma.custody.models import Lot
from stroma.ledger.domain.canonical import canonical
from stroma.ledger.record import installation
from stroma.release.domain import signing
from stroma.release.domain.specification import Result
from stroma.release.evidence import Records, finished_containers
from stroma.release.investigation_queries import exception_written, investigations_written
from stroma.release.models import Release
from stroma.release.review_written import reviews_written


def certificate_of(lot: Lot, records: Records | None = None) -> str:
    """The certificate of analysis as canonical text: the same for everyone who signs it, whenever they do.

    ``records`` are those that the lot was judged on just now, so that nothing is read twice.
    """
    protocol, records = protocol_of(lot.protocol), records or Records([lot])
    return canonical(
        {
            "certificate": "stroma-certificate-4",
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
                    "low": _decimal(judgement.result.low) if judgement.result else None,
                    "high": _decimal(judgement.result.high) if judgement.result else None,
                    "limit_of_detection": _decimal(judgement.result.limit_of_detection)
                    if judgement.result
                    else None,
                    "held": judgement.is_held,
                    "within_error": judgement.is_within_error,
                    "superseded": [_words_of(result) for result in judgement.superseded],
                    "method": judgement.result.method if judgement.result else "",
                    "verdict": judgement.verdict,
                    "source": judgement.limit.source,
                }
                for judgement in records.judged.judgements_for(lot)
            ],
            "reviews": reviews_written(records.reviews_for(lot)),
            "investigations": investigations_written(lot),
            "exception": exception_written(lot),
        }
    ).decode()


def signatures_under(lot: Lot) -> list[signing.Signature]:
    """The signatures given for this lot's certificate, as the rule wants them; void ones among them.

    Competent is whoever held the role at the time, and was trained where the site asked for it then; the credential is
    checked in the moment of signing, so its time is the signature's.
    """
    return [
        signing.Signature(
            signer=signature.signer.ledger_name,
            role=Role(signature.role),
            is_competent=Role(signature.role) in roles_of(signature.signer, lot.site, at=signature.signed_at)
            and is_competent(signature.signer, Skill.RELEASE, site=lot.site, at=signature.signed_at),
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


def signed_roles(lots: Iterable[Lot]) -> dict[UUID, set[str]]:
    """In which roles somebody signed a certificate of each lot."""
    found: dict[UUID, set[str]] = {lot.pk: set() for lot in lots}
    signed = Signature.objects.filter(document_kind="certificate", document_id__in=found)
    for lot_id, role in signed.values_list("document_id", "role"):
        found[lot_id].add(role)
    return found


def _decimal(value: float | None) -> str | None:
    return None if value is None else f"{value:.10g}"


def _words_of(result: Result) -> str:
    return result.text or _decimal(result.value) or ""


def certificates_section(course_id: UUID) -> dict[str, Any] | None:
    """The certificates of the course's lots, exactly as they were signed."""
    releases = Release.objects.filter(lot__course_id=course_id).order_by("released_at")
    certificates = [
        {"lot": row.lot_id, "kind": row.kind, "digest": row.certificate_digest, "text": row.certificate}
        for row in releases
    ]
    return {"certificates": certificates} if certificates else None
