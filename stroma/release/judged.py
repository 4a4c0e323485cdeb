"""The lots' results and how the specification judges them, read for hundreds of lots in as many statements as for one.

Of the batch record only what a line is computed from is read, so that a whole site's quarantine can be judged for
the order of one page.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef

from stroma.candidacy.domain.codes import BODY_WEIGHT
from stroma.clinic.queries import protocol_of
from stroma.collection.models import Collection
from stroma.courses.models import Course
from stroma.custody.models import Lot, Material
from stroma.patients.models import Measurement
from stroma.processing.count_keeping import cells_rested_on
from stroma.processing.domain.count_figures import viability_interval
from stroma.processing.models import BatchStep, CellCount
from stroma.protocols.domain.schema import SpecificationLimit
from stroma.release.domain.derived import BatchSummary, derived_results
from stroma.release.domain.specification import Judgement, Result, judge
from stroma.release.models import AssayResult, Investigation, InvestigationConclusion, ResultHold

FINISHED = (Material.Kind.DOSE, Material.Kind.STORED)
"""The containers that a release lets go: doses, and what is frozen for a later treatment."""

Row = TypeVar("Row")


class _Dose(NamedTuple):
    """A finished container, as far as the specification asks for it."""

    viable_cells: Decimal | None
    amount: Decimal
    expires_at: datetime | None


class _Count(NamedTuple):
    """The count that holds of a step."""

    step: UUID
    done_at: datetime
    viability: Decimal
    viable_cells: Decimal
    volume_ml: Decimal
    doublings: Decimal | None
    """Cumulative population doublings."""
    live: int | None
    dead: int | None
    told: int | None
    """How many cells an automated counter saw, where it says so."""
    live_before: int | None
    dead_before: int | None
    told_before: int | None
    """The same of the first sample."""
    first: UUID | None
    """The first sample's count, where this is the mean of two."""

    @property
    def viability_interval(self) -> tuple[float, float]:
        """The 95 % interval of the viability, of the cells seen."""
        seen = cells_rested_on(self.live, self.dead, self.told)
        if self.first is not None:
            seen += cells_rested_on(self.live_before, self.dead_before, self.told_before)
        return viability_interval(float(self.viability), seen)


def limits_for(lot: Lot) -> list[SpecificationLimit]:
    """The specification that applies: a bank lot has no recipient, so what needs one is judged on its parts."""
    specification = protocol_of(lot.protocol).specification
    return [limit for limit in specification if lot.course_id is not None or not limit.for_recipient]


def result_of(row: AssayResult, *, is_held: bool = False, is_invalid: bool = False) -> Result:
    """A recorded result as the specification judges it."""
    return Result(
        row.code,
        value=float(row.value) if row.value is not None else None,
        text=row.text,
        method=row.method,
        at=row.performed_at,
        low=_float(row.low),
        high=_float(row.high),
        limit_of_detection=_float(row.limit_of_detection),
        is_held=is_held,
        is_invalid=is_invalid,
        key=str(row.pk),
    )


def judgements_for(lot: Lot) -> list[Judgement]:
    """Each line of the specification with its newest result and the verdict."""
    return Judged([lot]).judgements_for(lot)


def results_for(lot: Lot) -> list[Result]:
    """The lot's results with those that follow from its batch record."""
    return Judged([lot]).results_for(lot)


@dataclass(frozen=True)
class Judged:
    """What the specification is judged on of these lots and those they come from, as it is when first asked for."""

    lots: Sequence[Lot]

    def judgements_for(self, lot: Lot) -> list[Judgement]:
        """Each line of the specification with its newest result and the verdict."""
        return judge(limits_for(lot), self.results_for(lot))

    def expires_at(self, lot: Lot) -> datetime | None:
        """When the first of the lot's finished containers expires; None while none is there or one has no such time."""
        expiries = [dose.expires_at for dose in self._doses[lot.pk]]
        return None if None in expiries or not expiries else min(e for e in expiries if e)

    def finished_count(self, lot: Lot) -> int:
        """How many finished containers the lot has."""
        return len(self._doses[lot.pk])

    def results_for(self, lot: Lot) -> list[Result]:
        """A lot's results with those that follow from the batch record; a part inherits what it has not itself."""
        held_results, _held_counts = self._held
        measured = [
            result_of(row, is_held=row.pk in held_results, is_invalid=row.pk in self._invalid)
            for row in self._measured[lot.pk]
        ]
        parent = self.family.get(lot.parent_id) if lot.parent_id else None
        inherited = self.results_for(parent) if parent else []
        own = {result.code for result in measured}
        known = [*measured, *(result for result in inherited if result.code not in own)]
        counting = {result.code: result for result in known if not result.is_invalid}
        derived = derived_results(self._summary_of(lot), counting)
        codes = {result.code for result in derived}
        wanted = {limit.code for limit in limits_for(lot)}
        return [r for r in (*(r for r in known if r.code not in codes), *derived) if r.code in wanted]

    def _summary_of(self, lot: Lot) -> BatchSummary:
        """What the batch record says about the finished product."""
        protocol, counts, doses = protocol_of(lot.protocol), self._counts[lot.pk], self._doses[lot.pk]
        _held_results, held_counts = self._held
        last = counts[-1] if counts else None
        smallest = min(doses, key=lambda dose: dose.viable_cells or 0) if doses else None
        of_parent = self._counts[lot.parent_id] if lot.parent_id else []
        grown = [count for count in (*of_parent, *counts) if count.doublings is not None]
        grown_last = max(grown, key=lambda count: count.done_at) if grown else None
        patient = self._patients.get(lot.course_id) if lot.course_id else None
        low, high = last.viability_interval if last else (None, None)
        return BatchSummary(
            viability=float(last.viability) if last else None,
            viability_low=low,
            viability_high=high,
            viable_cells_per_container=_float(smallest.viable_cells) if smallest else None,
            label_dose_cells=protocol.dose.viable_cells if protocol.dose else None,
            cells_per_ml=float(last.viable_cells / last.volume_ml) if last else None,
            cumulative_population_doublings=_float(grown_last.doublings) if grown_last else None,
            collected_at=self._collected.get(lot.pk),
            filled_at=self._filled.get(lot.pk),
            dose_ml=_float(smallest.amount) if smallest else None,
            recipient_kg=self._weights.get(patient) if patient else None,
            count_is_held=last is not None and last.step in held_counts,
            doublings_are_held=grown_last is not None and grown_last.step in held_counts,
        )

    # --- One statement each, when it is first asked for -------------------------------------------------------------

    @cached_property
    def family(self) -> dict[UUID, Lot]:
        """The lots and those they come from."""
        found = {lot.pk: lot for lot in self.lots}
        while missing := {lot.parent_id for lot in found.values() if lot.parent_id} - set(found):
            parents = Lot.objects.filter(pk__in=missing).select_related("protocol")
            found |= {lot.pk: lot for lot in parents.defer("protocol__document")}
        return found

    @cached_property
    def _measured(self) -> dict[UUID, list[AssayResult]]:
        found: dict[UUID, list[AssayResult]] = defaultdict(list)
        for row in AssayResult.objects.filter(lot__in=self.family):
            found[row.lot_id].append(row)
        return found

    @cached_property
    def _held(self) -> tuple[set[UUID], set[UUID]]:
        """The results that a failed control holds, and the steps whose count one holds."""
        holds = ResultHold.objects.filter(lift=None).values_list("result_id", "step_id")
        of_results = holds.filter(result__lot__in=self.family)
        held = list(of_results.union(holds.filter(step__batch__lot__in=self.family)))
        return {result for result, _step in held if result}, {step for _result, step in held if step}

    @cached_property
    def _invalid(self) -> set[UUID | None]:
        """The results that an investigation found to be an error of the laboratory."""
        outcome = InvestigationConclusion.Outcome.LABORATORY_ERROR
        found = Investigation.objects.filter(lot__in=self.family, conclusion__outcome=outcome)
        return set(found.values_list("result_id", flat=True))

    @cached_property
    def _counts(self) -> dict[UUID, list[_Count]]:
        """The counts that hold, in the order of their steps."""
        counts = CellCount.objects.standing().filter(step__batch__lot__in=self.family)
        fields = ("viability", "viable_cells", "volume_ml", "cumulative_population_doublings")
        seen = ("live_cells", "dead_cells", "cells_seen")
        rows = counts.order_by("step__position").values_list(
            "step__batch__lot",
            "step",
            "step__done_at",
            *fields,
            *seen,
            *(f"repeats__{name}" for name in seen),
            "repeats",
        )
        return _by_lot((lot, _Count(*row)) for lot, *row in rows)

    @cached_property
    def _filled(self) -> dict[UUID, datetime]:
        """When the last step of each batch was done."""
        later = BatchStep.objects.filter(batch=OuterRef("batch"), position__gt=OuterRef("position"))
        last = BatchStep.objects.filter(~Exists(later), batch__lot__in=self.family).order_by()
        return dict(last.values_list("batch__lot", "done_at"))

    @cached_property
    def _doses(self) -> dict[UUID, list[_Dose]]:
        doses = Material.objects.filter(lot__in=self.family, kind__in=FINISHED).order_by("division")
        rows = doses.values_list("lot", "viable_cells", "amount", "expires_at")
        return _by_lot((lot, _Dose(cells, amount, expiry)) for lot, cells, amount, expiry in rows)

    @cached_property
    def _collected(self) -> dict[UUID, datetime]:
        return dict(Collection.objects.filter(lot__in=self.family).values_list("lot_id", "collected_at"))

    @cached_property
    def _patients(self) -> dict[UUID, UUID]:
        """The recipient of each course."""
        courses = {lot.course_id for lot in self.family.values() if lot.course_id}
        return dict(Course.objects.filter(pk__in=courses).order_by().values_list("pk", "patient_id"))

    @cached_property
    def _weights(self) -> dict[UUID, float]:
        """The last known weight of each recipient, in kilograms."""
        weights = Measurement.objects.filter(
            patient__in=set(self._patients.values()), code=BODY_WEIGHT, value_is_number=True
        )
        rows = weights.order_by("measured_at").values_list("patient_id", "value")
        return {patient: float(value) for patient, value in rows}


def _by_lot(rows: Iterable[tuple[UUID, Row]]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = defaultdict(list)
    for lot, row in rows:
        found[lot].append(row)
    return found


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
