"""What is put right in a batch record, and the photos that are put into it."""

from datetime import datetime
from decimal import Decimal

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody.containers import chains_of
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.processing.actions.steps import StepRefused
from stroma.processing.models import Batch, BatchStep, StepPhoto, StepValue
from stroma.processing.photos import Photo
from stroma.protocols.domain.blocker import Blocker

EDIT_SOURCE = "21 CFR 11.10(e)"


@action
def correct_value(*, value: StepValue, right: Decimal, reason: str, by: User, at: datetime) -> StepValue:
    """Put a value right: the wrong one stays and can be read, the new one says why and by whom."""
    lot = value.step.batch.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    batch = rows_to_change(Batch.objects).get(pk=value.step.batch_id)
    blockers = []
    if batch.closed_at is not None:
        blockers.append(Blocker("batch_closed", {}, "21 CFR 1271.270"))
    if StepValue.objects.filter(corrects=value).exists():
        blockers.append(Blocker("value_corrected_already", {"title": value.title}, EDIT_SOURCE))
    if right == value.value:
        blockers.append(Blocker("value_is_the_same", {"title": value.title}, EDIT_SOURCE))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, EDIT_SOURCE))
    if blockers:
        raise StepRefused(blockers)
    new = StepValue.objects.create(
        step=value.step,
        code=value.code,
        title=value.title,
        value=right,
        unit=value.unit,
        minimum=value.minimum,
        maximum=value.maximum,
        entered_by=by,
        entered_at=at,
        corrects=value,
        reason=reason.strip(),
    )
    record(
        "batch.value_corrected",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "lot": lot.id,
            "batch": batch.id,
            "step": value.step.code,
            "value": new.id,
            "corrects": value.id,
            "code": value.code,
            "was": value.value,
            "is": right,
        },
        sealed={"reason": reason},
    )
    return new


@action
def keep_photo(*, step: BatchStep, photo: Photo, by: User, at: datetime) -> StepPhoto:
    """Keep a photo with a step of an open batch record, byte for byte. The same photo again is kept once."""
    lot = step.batch.lot
    authorize(by, Role.TECHNOLOGIST, site=lot.site, at=at)
    batch = rows_to_change(Batch.objects).get(pk=step.batch_id)
    if batch.closed_at is not None:
        raise StepRefused([Blocker("batch_closed", {}, "21 CFR 1271.270")])
    known = StepPhoto.objects.filter(step=step, sha256=photo.sha256).first()
    if known is not None:
        return known
    kept = StepPhoto.objects.create(
        step=step,
        name=photo.name,
        media_type=photo.media_type,
        sha256=photo.sha256,
        content=photo.content,
        taken_by=by,
        taken_at=at,
    )
    record(
        "batch.photo_kept",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "lot": lot.id,
            "batch": batch.id,
            "step": step.code,
            "photo": kept.id,
            "sha256": photo.sha256,
        },
    )
    return kept
