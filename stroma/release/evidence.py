"""The evidence that the release rule judges, read for many lots in as many statements as for one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from django.db.models import Model

from stroma.candidacy.domain.codes import BODY_WEIGHT
from stroma.clinic.models import Site
from stroma.clinic.queries import authorization_for, protocol_of
from stroma.collection.models import Collection
from stroma.courses.models import Course
from stroma.custody.domain.states import LotState
from stroma.custody.models import DonorEligibility, DonorTest, Label, Lot, Material
from stroma.patients.models import ConsentWithdrawal, Measurement
from stroma.processing.domain.batch_order import StepDone, incomplete_steps
from stroma.processing.domain.review import Review
from stroma.processing.models import Batch, BatchStep
from stroma.processing.queries import done_of, steps_of
from stroma.processing.record_queries import reviews_of
from stroma.protocols.domain.schema import Donor, SpecificationLimit
from stroma.release.domain import decision
from stroma.release.domain.derived import BatchSummary, derived_results
from stroma.release.domain.specification import Judgement, Result, judge
from stroma.release.models import (
    AssayResult,
    Investigation,
    InvestigationConclusion,
    ReleaseException,
    ResultHold,
)

FINISHED = (Material.Kind.DOSE, Material.Kind.STORED)
"""The containers that a release lets go: doses, and what is frozen for a later treatment."""

Row = TypeVar("Row", bound=Model)


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


def evidence_for(lot: Lot, *, at: datetime) -> decision.LotEvidence:
    """Everything the release rule asks about a lot."""
    return Records([lot]).evidence_for(lot, at=at)


def judgements_for(lot: Lot) -> list[Judgement]:
    """Each line of the specification with its newest result and the verdict."""
    return Records([lot]).judgements_for(lot)


def results_for(lot: Lot) -> list[Result]:
    """The lot's results with those that follow from its batch record."""
    return Records([lot]).results_for(lot)


def finished_containers(lot: Lot) -> list[Material]:
    """The containers that a release of this lot lets go."""
    return list(Material.objects.filter(lot=lot, kind__in=FINISHED).order_by("division"))


@dataclass(frozen=True)
class Records:
    """What is on record of these lots and of the lots they come from, as it is when it is first asked for."""

    lots: Sequence[Lot]

    def evidence_for(self, lot: Lot, *, at: datetime) -> decision.LotEvidence:
        """Everything the release rule asks about one of the lots."""
        protocol = protocol_of(lot.protocol)
        doses = self._doses[lot.pk]
        labels = self._labels[lot.pk]
        course = self._courses.get(lot.course_id) if lot.course_id else None
        steps = self._steps[lot.pk]
        return decision.LotEvidence(
            judgements=tuple(self.judgements_for(lot)),
            state=LotState(lot.state),
            expires_at=self.expires_at(lot),
            donor=Donor(lot.donor.relation.lower()),
            donor_eligibility=self._eligibility(lot),
            labels=decision.LabelCount(
                containers=len(doses),
                printed=labels.total(),
                applied=labels[Label.State.APPLIED],
                destroyed=labels[Label.State.DESTROYED],
                missing=labels[Label.State.MISSING],
            ),
            consent_withdrawn=course is not None and course.consent_id not in self._consents,
            course_stopped=course is not None and course.state != Course.State.OPEN,
            incomplete_steps=incomplete_steps(steps_of(lot), _done(steps)),
            open_findings=tuple(
                one.blocker for _batch, found in self.reviews_for(lot) for one in found.waiting
            ),
            authorization_required=protocol.legal.authorization_required,
            authorization_in_force=self._is_authorized(lot.site, protocol.id, at),
            legal_basis=protocol.legal.basis,
            legal_source=protocol.legal.source,
            investigated=frozenset(one.code for one in self._investigations_of(lot)),
            open_investigations=frozenset(
                one.code for one in self._investigations_of(lot) if not hasattr(one, "conclusion")
            ),
            exception_basis=protocol.legal.exception_basis,
            excepted=frozenset(asked.codes) if (asked := self._exceptions.get(lot.pk)) else frozenset(),
        )

    def expires_at(self, lot: Lot) -> datetime | None:
        """When the first of the lot's finished containers expires; None while none is there or one has no such time."""
        expiries = [dose.expires_at for dose in self._doses[lot.pk]]
        return None if None in expiries or not expiries else min(e for e in expiries if e)

    def judgements_for(self, lot: Lot) -> list[Judgement]:
        """Each line of the specification with its newest result and the verdict."""
        return judge(limits_for(lot), self.results_for(lot))

    def results_for(self, lot: Lot) -> list[Result]:
        """A lot's results with those that follow from the batch record; a part inherits what it has not itself."""
        measured = [
            result_of(row, is_held=row.pk in self._held, is_invalid=row.pk in self._invalid)
            for row in self._measured[lot.pk]
        ]
        parent = self._family.get(lot.parent_id) if lot.parent_id else None
        inherited = self.results_for(parent) if parent else []
        own = {result.code for result in measured}
        known = [*measured, *(result for result in inherited if result.code not in own)]
        counting = {result.code: result for result in known if not result.is_invalid}
        derived = derived_results(self._summary_of(lot), counting)
        codes = {result.code for result in derived}
        wanted = {limit.code for limit in limits_for(lot)}
        return [r for r in (*(r for r in known if r.code not in codes), *derived) if r.code in wanted]

    def reviews_for(self, lot: Lot) -> list[tuple[Batch, Review]]:
        """The review of its batch record, and of that of the lot it was set aside from."""
        family = [lot.pk, *([lot.parent_id] if lot.parent_id else [])]
        return [self._reviews[one] for one in family if one in self._reviews]

    def _summary_of(self, lot: Lot) -> BatchSummary:
        """What the batch record says about the finished product."""
        protocol, steps, doses = protocol_of(lot.protocol), self._steps[lot.pk], self._doses[lot.pk]
        counted = [(step, count) for step in steps if (count := step.standing_count()) is not None]
        last, count = counted[-1] if counted else (None, None)
        smallest = min(doses, key=lambda dose: dose.viable_cells or 0) if doses else None
        grown = [
            (step.done_at, one.cumulative_population_doublings, step.pk)
            for step in [*(self._steps[lot.parent_id] if lot.parent_id else []), *steps]
            if (one := step.standing_count()) is not None and one.cumulative_population_doublings is not None
        ]
        grown_last = max(grown, key=lambda one: one[0]) if grown else None
        course = self._courses.get(lot.course_id) if lot.course_id else None
        return BatchSummary(
            viability=float(count.viability) if count else None,
            viable_cells_per_container=_float(smallest.viable_cells) if smallest else None,
            label_dose_cells=protocol.dose.viable_cells if protocol.dose else None,
            cells_per_ml=float(count.viable_cells / count.volume_ml) if count else None,
            cumulative_population_doublings=_float(grown_last[1]) if grown_last else None,
            collected_at=self._collected.get(lot.pk),
            filled_at=steps[-1].done_at if steps else None,
            dose_ml=_float(smallest.amount) if smallest else None,
            recipient_kg=self._weights.get(course.patient_id) if course else None,
            count_is_held=last is not None and last.pk in self._held_counts,
            doublings_are_held=grown_last is not None and grown_last[2] in self._held_counts,
        )

    def _investigations_of(self, lot: Lot) -> list[Investigation]:
        """Its own, and those of the lot it was set aside from."""
        inherited = self._investigations[lot.parent_id] if lot.parent_id else []
        return [*self._investigations[lot.pk], *inherited]

    def _eligibility(self, lot: Lot) -> decision.DonorEligibility:
        if lot.donor.relation == "AUTOLOGOUS":
            return decision.DonorEligibility.NOT_REQUIRED
        found = self._eligibilities.get(lot.donor_id)
        if found is None:
            return decision.DonorEligibility.INCOMPLETE
        if any(reported_at > found.determined_at for reported_at in self._reactive[lot.donor_id]):
            return decision.DonorEligibility.INELIGIBLE
        return decision.DonorEligibility(found.outcome)

    def _is_authorized(self, site: Site, protocol_id: str, at: datetime) -> bool:
        key = (site.pk, protocol_id)
        if key not in self._authorized:
            self._authorized[key] = authorization_for(site, protocol_id, at=at) is not None
        return self._authorized[key]

    # --- One statement each, when it is first asked for -------------------------------------------------------------

    @cached_property
    def _family(self) -> dict[UUID, Lot]:
        """The lots and those they come from."""
        found = {lot.pk: lot for lot in self.lots}
        while missing := {lot.parent_id for lot in found.values() if lot.parent_id} - set(found):
            parents = Lot.objects.filter(pk__in=missing).select_related("site", "protocol", "donor", "course")
            found |= {lot.pk: lot for lot in parents}
        return found

    @cached_property
    def _measured(self) -> dict[UUID, list[AssayResult]]:
        return _by(AssayResult.objects.filter(lot__in=self._family), "lot_id")

    @cached_property
    def _held(self) -> set[UUID]:
        """The results that a failed control holds."""
        holds = ResultHold.objects.filter(result__lot__in=self._family, lift=None)
        return set(holds.values_list("result_id", flat=True))

    @cached_property
    def _held_counts(self) -> set[UUID | None]:
        """The steps whose count a failed control holds."""
        holds = ResultHold.objects.filter(step__batch__lot__in=self._family, lift=None)
        return set(holds.values_list("step_id", flat=True))

    @cached_property
    def _invalid(self) -> set[UUID | None]:
        """The results that an investigation found to be an error of the laboratory."""
        outcome = InvestigationConclusion.Outcome.LABORATORY_ERROR
        found = Investigation.objects.filter(lot__in=self._family, conclusion__outcome=outcome)
        return set(found.values_list("result_id", flat=True))

    @cached_property
    def _investigations(self) -> dict[UUID, list[Investigation]]:
        found = Investigation.objects.filter(lot__in=self._family).select_related("conclusion")
        return _by(found, "lot_id")

    @cached_property
    def _exceptions(self) -> dict[UUID, ReleaseException]:
        """The last exception asked for of each lot."""
        asked = ReleaseException.objects.filter(lot__in=self._family)
        return {row.lot_id: row for row in asked.order_by("recorded_at")}

    @cached_property
    def _steps(self) -> dict[UUID, list[BatchStep]]:
        steps = (
            BatchStep.objects.filter(batch__lot__in=self._family)
            .select_related("batch")
            .prefetch_related("counts")
        )
        found: dict[UUID, list[BatchStep]] = defaultdict(list)
        for step in steps.order_by("position"):
            found[step.batch.lot_id].append(step)
        return found

    @cached_property
    def _reviews(self) -> dict[UUID, tuple[Batch, Review]]:
        """What a review finds in each batch record, by lot; a constant number of statements."""
        batches = Batch.objects.filter(lot__in=self._family).select_related("lot__site", "lot__protocol")
        steps = [step for lot_steps in self._steps.values() for step in lot_steps]
        found = reviews_of(list(batches), steps)
        return {one.lot_id: (one, found[one.pk]) for one in batches}

    @cached_property
    def _doses(self) -> dict[UUID, list[Material]]:
        doses = Material.objects.filter(lot__in=self._family, kind__in=FINISHED)
        return _by(doses.order_by("division"), "lot_id")

    @cached_property
    def _labels(self) -> dict[UUID, Counter[str]]:
        """How many labels of finished containers are in which state."""
        found: dict[UUID, Counter[str]] = defaultdict(Counter)
        labels = Label.objects.filter(material__lot__in=self._family, material__kind__in=FINISHED)
        for lot_id, state in labels.values_list("material__lot_id", "state"):
            found[lot_id][state] += 1
        return found

    @cached_property
    def _collected(self) -> dict[UUID, datetime]:
        return dict(Collection.objects.filter(lot__in=self._family).values_list("lot_id", "collected_at"))

    @cached_property
    def _courses(self) -> dict[UUID, Course]:
        """Read anew: the course may have stopped since the lot was fetched."""
        return Course.objects.in_bulk({lot.course_id for lot in self._family.values() if lot.course_id})

    @cached_property
    def _consents(self) -> set[UUID]:
        """The consents that hold."""
        given = {course.consent_id for course in self._courses.values() if course.consent_id}
        withdrawn = ConsentWithdrawal.objects.filter(consent__in=given).values_list("consent_id", flat=True)
        return given - set(withdrawn)

    @cached_property
    def _weights(self) -> dict[UUID, float]:
        """The last known weight of each recipient, in kilograms."""
        weights = Measurement.objects.filter(
            patient__in={course.patient_id for course in self._courses.values()},
            code=BODY_WEIGHT,
            value_is_number=True,
        )
        return {row.patient_id: float(row.value) for row in weights.order_by("measured_at")}

    @cached_property
    def _eligibilities(self) -> dict[UUID, DonorEligibility]:
        donors = {lot.donor_id for lot in self.lots}
        return {row.donor_id: row for row in DonorEligibility.objects.filter(donor__in=donors)}

    @cached_property
    def _reactive(self) -> dict[UUID, list[datetime]]:
        """When a test of a donor came in that excludes: not non-reactive. CMV alone excludes nobody."""
        tests = DonorTest.objects.filter(donor__in=self._eligibilities).exclude(agent="CMV")
        found: dict[UUID, list[datetime]] = defaultdict(list)
        for donor_id, reported_at in tests.exclude(result=DonorTest.Result.NON_REACTIVE).values_list(
            "donor_id", "reported_at"
        ):
            found[donor_id].append(reported_at)
        return found

    @cached_property
    def _authorized(self) -> dict[tuple[UUID, str], bool]:
        return {}


def _by(rows: Iterable[Row], key: str) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return found


def _done(steps: Sequence[BatchStep]) -> tuple[StepDone, ...]:
    return tuple(map(done_of, steps))


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
