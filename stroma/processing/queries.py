"""Reads about batches."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from stroma.clinic.models import Place, Site
from stroma.clinic.queries import protocol_of
from stroma.collection.models import Collection
from stroma.courses.models import Course
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models import Lot, Material, Scan
from stroma.patients.models import ConsentedTarget
from stroma.patients.queries import consent_is_valid
from stroma.planning.domain.harvest import HarvestForecast
from stroma.processing.domain.batch_order import BatchFacts, StepDone
from stroma.processing.domain.counting import Counted, Earlier
from stroma.processing.models import Batch, BatchStep, CellCount, GrowthForecast
from stroma.protocols.domain import schema

STEP_PURPOSE = "batch_step"
"""What a scan is kept for when it chooses the container of a step."""


def steps_of(lot: Lot) -> schema.Processing:
    """The steps of this lot's batch: a part set aside from a frozen lot is thawed, every other lot is processed."""
    processing = protocol_of(lot.protocol).processing
    assert processing is not None
    is_part = lot.parent_id is not None
    return processing.model_copy(
        update={"steps": [step for step in processing.steps if (step.kind == "thaw") == is_part]}
    )


def collection_rule(lot: Lot) -> schema.Collection:
    """How the protocol wants the tissue collected."""
    rule = protocol_of(lot.protocol).collection
    assert rule is not None
    return rule


def steps_done(batch: Batch) -> tuple[StepDone, ...]:
    """The steps recorded so far, with their counts."""
    return tuple(
        StepDone(
            step.code,
            step.done_at,
            float(step.count.viable_cells) if hasattr(step, "count") else None,
            float(step.count.viability) if hasattr(step, "count") else None,
        )
        for step in batch.steps.select_related("count")
    )


def previous_count(batch: Batch, material: Material) -> Earlier | None:
    """The last count of this culture, for its doublings.

    Only counts of cells that have been plated say something about doublings: the count of the tissue or of the
    concentrate is mostly blood cells.
    """
    last = (
        CellCount.objects.filter(step__batch=batch, step__kind__in=["passage", "harvest"])
        .order_by("step__position")
        .last()
    )
    if last is None:
        return None
    del material
    return Earlier(last.viable_cells, last.cumulative_population_doublings)


def batch_facts(batch: Batch, material: Material, counted: Counted | None) -> BatchFacts:
    """What the rules of order need to know."""
    lot = batch.lot
    # Read anew: the patient may have withdrawn since the batch was fetched.
    course = Course.objects.select_related("consent").get(pk=lot.course_id) if lot.course_id else None
    done = steps_done(batch)
    collection = Collection.objects.filter(lot=lot).first()
    doublings = counted.cumulative_population_doublings if counted else None
    return BatchFacts(
        done=done,
        collected_at=collection.collected_at if collection else None,
        material_is_here=material.place.kind
        in {Place.Kind.LABORATORY, Place.Kind.INCUBATOR, Place.Kind.FREEZER},
        passage=sum(step.kind == "passage" for step in batch.steps.all()),
        cumulative_population_doublings=float(doublings) if doublings is not None else None,
        course_is_open=course is None or course.state == Course.State.OPEN,
        consent_is_valid=course is None or consent_is_valid(course.consent),
    )


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A lot in process on the bench's list: its next step, when that is expected, and whether it is late."""

    lot: Lot
    batch: Batch | None
    step: schema.ProcessingStep | None
    done: int
    total: int
    due_at: datetime | None
    is_late: bool
    forecast: GrowthForecast | None = None
    """The last one: when the culture is expected to hold the dose."""


def lots_in_process(site: Site, *, at: datetime) -> list[BatchRow]:
    """The lots of a site that are being processed, the late ones first, then by when their next step is expected."""
    lots = (
        Lot.objects.filter(site=site, state=LotState.IN_PROCESS.value)
        .select_related("course", "batch", "collection")
        .prefetch_related(
            "protocol", "batch__steps__forecast"
        )  # a protocol is long: read once, not for each lot
        .order_by("made_at")
    )
    in_process = {"batch__lot__site": site, "batch__lot__state": LotState.IN_PROCESS.value}
    steps: dict[UUID, dict[str, datetime]] = defaultdict(dict)
    done = BatchStep.objects.filter(**in_process).order_by("batch", "position")
    for batch_id, code, done_at in done.values_list("batch_id", "code", "done_at"):
        steps[batch_id][code] = done_at
    forecasts = {
        forecast.step.batch_id: forecast
        for forecast in GrowthForecast.objects.filter(
            **{f"step__{key}": of for key, of in in_process.items()}
        )
        .select_related("step")
        .order_by("step__position")  # the last one of a batch stays
    }
    rows = [_batch_row(lot, steps, forecasts, at) for lot in lots]
    return sorted(rows, key=lambda row: (not row.is_late, row.due_at is None, row.due_at or at, row.lot.din))


def _batch_row(
    lot: Lot,
    done: Mapping[UUID, Mapping[str, datetime]],
    forecasts: Mapping[UUID, GrowthForecast],
    at: datetime,
) -> BatchRow:
    batch: Batch | None = getattr(lot, "batch", None)
    codes = done.get(batch.pk, {}) if batch else {}
    processing = steps_of(lot)
    step = next((step for step in processing.steps if step.code not in codes), None)
    collection: Collection | None = getattr(lot, "collection", None)
    if batch is None and collection is not None:
        # The tissue's clock runs from the collection: it must be in process within the protocol's hours.
        due_at = collection.collected_at + timedelta(hours=collection_rule(lot).hours_to_processing_max)
    else:
        began = max(codes.values()) if codes else batch.began_at if batch else lot.made_at
        due_at = began + ((step.after if step else None) or timedelta(0))
    # A step with no set time is not late until a working day has passed over it.
    patience = timedelta(hours=8) if batch is not None else timedelta(0)
    return BatchRow(
        lot,
        batch,
        step,
        len(codes),
        len(processing.steps),
        due_at,
        is_late=at > due_at + patience,
        forecast=forecasts.get(batch.pk) if batch else None,
    )


def current_container(lot: Lot) -> Material | None:
    """The container the next step works on: the one filled last that is held and is no dose, frozen part or sample."""
    working = [Material.Kind.TISSUE, Material.Kind.CULTURE, Material.Kind.PRODUCT]
    return (
        Material.objects.filter(lot=lot, state=MaterialState.HELD.value, kind__in=working)
        .select_related("place")
        .order_by("made_at", "division")
        .last()
    )


def container_with_division(lot: Lot, division: str | None) -> Material | None:
    """The container of a lot with that division, where there is one."""
    return Material.objects.filter(lot=lot, division=division).select_related("place").first()


def accepted_scan(batch: Batch, scan_id: UUID) -> Scan | None:
    """The scan that was answered with GO for a step of this batch."""
    return (
        Scan.objects.filter(pk=scan_id, material__lot=batch.lot_id, is_go=True, purpose=STEP_PURPOSE)
        .select_related("material__place")
        .first()
    )


def places_consented(lot: Lot) -> int:
    """How many places of the spine the lot's patient consented to; none for a bank lot."""
    if lot.course is None or lot.course.consent_id is None:
        return 0
    return ConsentedTarget.objects.filter(consent=lot.course.consent_id).count()


def viability_limit(lot: Lot) -> float | None:
    """The least viability the specification asks for, as a fraction; None where it names none."""
    found = [line for line in protocol_of(lot.protocol).specification if line.code == "viability"]
    return None if not found or found[0].minimum is None else found[0].minimum / 100


def record_of(batch: Batch) -> list[BatchStep]:
    """The batch record: the steps done, with who, when, which container, and the count."""
    return list(batch.steps.select_related("material", "done_by", "count").order_by("position"))


def batch_at(site: Site | None, batch_id: UUID) -> Batch | None:
    """The batch with that id, where it is one of this site's."""
    return Batch.objects.filter(pk=batch_id, lot__site=site).first() if site else None


def batch_of(lot: Lot) -> Batch | None:
    """The batch record of a lot, where it was begun."""
    return Batch.objects.filter(lot=lot).first()


def harvest_forecasts(site: Site) -> dict[UUID, HarvestForecast]:
    """For planning: the newest growth forecast of the lot in process of each course of ``site``."""
    rows = (
        GrowthForecast.objects.filter(
            step__batch__lot__site=site, step__batch__lot__state=LotState.IN_PROCESS.value
        )
        .order_by("step__batch__lot__made_at", "step__position")  # the last one of the newest lot stays
        .values_list("step__batch__lot__course", "ready_early", "ready_likely", "ready_late")
    )
    return {course: HarvestForecast(early, likely, late) for course, early, likely, late in rows}
