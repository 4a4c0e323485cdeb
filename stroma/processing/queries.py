"""Reads about batches."""

from stroma.clinic.models import Place
from stroma.clinic.queries import protocol_of
from stroma.collection.models import Collection
from stroma.courses.models import Course
from stroma.custody.models import Lot, Material
from stroma.patients.queries import consent_is_valid
from stroma.processing.domain.batch_order import BatchFacts, StepDone
from stroma.processing.domain.counting import Counted, Earlier
from stroma.processing.models import Batch, CellCount
from stroma.protocols.domain import schema


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
