"""Reads about batches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q

from stroma.clinic.models import AdoptedProtocol, Place, Site
from stroma.clinic.queries import protocol_of
from stroma.collection.models import Collection
from stroma.courses.models import Course
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models import Lot, Material, Scan
from stroma.look.paging import Page, page_of
from stroma.patients.models import ConsentedTarget
from stroma.patients.queries import consent_is_valid
from stroma.planning.domain.harvest import HarvestForecast
from stroma.processing.domain.batch_order import BatchFacts, StepDone
from stroma.processing.domain.counting import Counted, Earlier
from stroma.processing.models import Batch, BatchStep, CellCount, GrowthForecast
from stroma.protocols.domain import schema

PLATED = ("passage", "harvest")
"""Kinds of steps whose count is one of plated cells."""
STEP_PURPOSE = "batch_step"
"""What a scan is kept for when it chooses the container of a step."""
THING_PURPOSE = "step_thing"
"""What a scan is kept for when it names equipment or a reagent of a step."""


def steps_of(lot: Lot) -> schema.Processing:
    """The steps of this lot's batch: a part set aside from a frozen lot is thawed, every other lot is processed."""
    protocol = protocol_of(lot.protocol)
    assert protocol.processing is not None
    return protocol.processing.model_copy(
        update={"steps": _steps(protocol, is_part=lot.parent_id is not None)}
    )


def _steps(protocol: schema.Protocol, *, is_part: bool) -> list[schema.ProcessingStep]:
    steps = protocol.processing.steps if protocol.processing else []
    return [step for step in steps if (step.kind == "thaw") == is_part]


def collection_rule(lot: Lot) -> schema.Collection:
    """How the protocol wants the tissue collected."""
    rule = protocol_of(lot.protocol).collection
    assert rule is not None
    return rule


def steps_done(batch: Batch) -> tuple[StepDone, ...]:
    """The steps recorded so far, with their counts."""
    return tuple(map(done_of, batch.steps.prefetch_related("counts")))


def done_of(step: BatchStep) -> StepDone:
    """A recorded step as the rules take it."""
    count = step.standing_count()
    return StepDone(
        step.code,
        step.done_at,
        float(count.viable_cells) if count else None,
        float(count.viability) if count else None,
    )


def previous_count(batch: Batch, *, before: int | None = None) -> Earlier | None:
    """The last count of this culture, for its doublings; the last before the step at position ``before``, if given.

    Only counts of cells that have been plated say something about doublings: the count of the tissue or of the
    concentrate is mostly blood cells.
    """
    counts = CellCount.objects.standing().filter(step__batch=batch, step__kind__in=PLATED)
    if before is not None:
        counts = counts.filter(step__position__lt=before)
    last = counts.order_by("step__position").last()
    return None if last is None else Earlier(last.viable_cells, last.cumulative_population_doublings)


def batch_facts(batch: Batch, material: Material, counted: Counted | None) -> BatchFacts:
    """What the rules of order need to know."""
    lot = batch.lot
    # Read anew: the patient may have withdrawn since the batch was fetched.
    course = Course.objects.select_related("consent").get(pk=lot.course_id) if lot.course_id else None
    done = steps_done(batch)
    collection = Collection.objects.filter(lot=lot).first()
    known = counted or previous_count(batch)
    doublings = known.cumulative_population_doublings if known else None
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


def lots_in_process(site: Site, *, at: datetime, page: int = 1) -> Page[BatchRow]:
    """The lots of a site that are being processed, a page at a time: the late ones first, then by their next step.

    Every lot is put in its place by the few facts that decide it; only the lots of the page are read whole.
    """
    places = sorted(_places(site, at))
    shown = page_of(places, page)
    whole = Lot.objects.filter(pk__in=[place.lot_id for place in shown.rows]).select_related(
        "course", "batch"
    )
    lots = {lot.pk: lot for lot in whole}
    newest = GrowthForecast.objects.filter(step__batch__lot__in=lots, replaced_by=None).select_related(
        "step__batch"
    )
    forecasts = {forecast.step.batch.lot_id: forecast for forecast in newest.order_by("step__position")}
    rows = [
        BatchRow(
            lot=(lot := lots[place.lot_id]),
            batch=getattr(lot, "batch", None),
            step=place.steps[place.done] if place.done < len(place.steps) else None,
            done=place.done,
            total=len(place.steps),
            due_at=place.due_at,
            is_late=not place.is_in_time,
            forecast=forecasts.get(lot.pk),
        )
        for place in shown.rows
    ]
    return Page(rows, shown.number, shown.has_more)


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """What decides where a lot stands in the bench's list, in that order."""

    is_in_time: bool
    due_at: datetime
    din: str
    lot_id: UUID
    done: int = field(compare=False)
    steps: Sequence[schema.ProcessingStep] = field(compare=False)


def _places(site: Site, at: datetime) -> Iterator[_Place]:
    """Steps are done in order, so that their number says which is next."""
    lots = Lot.objects.filter(site=site, state=LotState.IN_PROCESS.value)
    steps_of_kind: dict[tuple[UUID, bool], Sequence[schema.ProcessingStep]] = {}
    hours: dict[UUID, float] = {}
    for adopted in AdoptedProtocol.objects.filter(pk__in=lots.values("protocol")):
        protocol = protocol_of(adopted)
        for is_part in (False, True):
            steps_of_kind[adopted.pk, is_part] = _steps(protocol, is_part=is_part)
        hours[adopted.pk] = protocol.collection.hours_to_processing_max if protocol.collection else 0
    facts: Iterable[tuple[Any, ...]] = lots.annotate(
        done=Count("batch__steps"), last_at=Max("batch__steps__done_at")
    ).values_list(
        "pk",
        "protocol_id",
        "parent_id",
        "din",
        "made_at",
        "done",
        "last_at",
        "batch__began_at",
        "collection__collected_at",
    )
    for lot_id, version, parent, din, made_at, done, last_at, began_at, collected_at in facts:
        steps = steps_of_kind[version, parent is not None]
        if began_at is None and collected_at is not None:
            # The tissue's clock runs from the collection: it must be in process within the protocol's hours.
            due_at = collected_at + timedelta(hours=hours[version])
        else:
            after = steps[done].after if done < len(steps) else None
            due_at = (last_at or began_at or made_at) + (after or timedelta(0))
        # A step with no set time is not late until a working day has passed over it.
        patience = timedelta(hours=8) if began_at is not None else timedelta(0)
        yield _Place(at <= due_at + patience, due_at, din, lot_id, done, steps)


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


def scans_of_step(
    batch: Batch, material: Material, codes: Sequence[str], *, since: datetime | None
) -> list[Scan]:
    """The scans that were accepted for a step that is done now, in their order.

    That is the newest scan of the container and of each kind of thing, after ``since``, when the step before was done.
    ``codes`` are those of the things it was done with; one that was scanned and not used is none of them.
    """
    of_container = Q(purpose=STEP_PURPOSE, material=material)
    found = Scan.objects.filter(
        of_container | Q(purpose=THING_PURPOSE), material__lot=batch.lot_id, is_go=True
    )
    if since is not None:
        found = found.filter(scanned_at__gt=since)
    newest = {
        name: scan
        for scan in found.prefetch_related("readings").order_by("scanned_at", "id")
        for name, raw in scan.raw.items()
        if scan.purpose == STEP_PURPOSE or raw in codes
    }
    return sorted(newest.values(), key=lambda scan: (scan.scanned_at, str(scan.pk)))


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
    return list(
        batch.steps.select_related("material", "done_by").prefetch_related("counts").order_by("position")
    )


def batch_at(site: Site | None, batch_id: UUID) -> Batch | None:
    """The batch with that id, where it is one of this site's."""
    return Batch.objects.filter(pk=batch_id, lot__site=site).first() if site else None


def batch_of(lot: Lot) -> Batch | None:
    """The batch record of a lot, where it was begun."""
    found = Batch.objects.filter(lot=lot).first()
    if found is not None:
        found.lot = lot
    return found


def harvest_forecasts(site: Site, courses: Iterable[UUID] | None) -> dict[UUID, HarvestForecast]:
    """For planning: the newest growth forecast of the lot in process of each course of ``site``, or of ``courses``."""
    wanted = Q() if courses is None else Q(step__batch__lot__course__in=list(courses))
    rows = (
        GrowthForecast.objects.filter(
            wanted,
            step__batch__lot__site=site,
            step__batch__lot__state=LotState.IN_PROCESS.value,
            replaced_by=None,
        )
        .order_by("step__batch__lot__made_at", "step__position")  # the last one of the newest lot stays
        .values_list("step__batch__lot__course", "ready_early", "ready_likely", "ready_late")
    )
    return {course: HarvestForecast(early, likely, late) for course, early, likely, late in rows}


def collected_at(lot: Lot) -> datetime | None:
    """When the tissue of a lot was taken; None for a part set aside from another."""
    found = Collection.objects.filter(lot=lot).first()
    return found.collected_at if found else None


def is_same_day(lot: Lot) -> bool:
    """Whether the lot is made on the day of the collection, from the tissue itself."""
    return protocol_of(lot.protocol).route is schema.Route.SAME_DAY and lot.parent_id is None
