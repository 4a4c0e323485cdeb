"""The evidence that the release rule judges, read for many lots in as many statements as for one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from django.db.models import Model

from stroma.clinic.models import Site
from stroma.clinic.queries import authorization_for, protocol_of
from stroma.courses.models import Course
from stroma.custody.domain.states import LotState
from stroma.custody.models import DonorEligibility, DonorTest, Label, Lot, Material
from stroma.patients.models import ConsentWithdrawal
from stroma.processing.domain.batch_order import StepDone, incomplete_steps
from stroma.processing.domain.review import Review
from stroma.processing.models import Batch, BatchStep
from stroma.processing.queries import done_of, steps_of
from stroma.processing.record_queries import reviews_of
from stroma.protocols.domain.schema import Donor
from stroma.release.domain import decision
from stroma.release.judged import FINISHED, Judged
from stroma.release.models import Investigation, ReleaseException

Row = TypeVar("Row", bound=Model)


def evidence_for(lot: Lot, *, at: datetime) -> decision.LotEvidence:
    """Everything the release rule asks about a lot."""
    return Records([lot]).evidence_for(lot, at=at)


def finished_containers(lot: Lot) -> list[Material]:
    """The containers that a release of this lot lets go."""
    return list(Material.objects.filter(lot=lot, kind__in=FINISHED).order_by("division"))


@dataclass(frozen=True)
class Records:
    """What is on record of these lots and of the lots they come from, as it is when it is first asked for."""

    lots: Sequence[Lot]
    of_many: Judged | None = None
    """How these lots are judged, where they were judged among others; they are judged anew if it is not given."""

    @cached_property
    def judged(self) -> Judged:
        """How the specification judges the lots."""
        return self.of_many or Judged(self.lots)

    def evidence_for(self, lot: Lot, *, at: datetime) -> decision.LotEvidence:
        """Everything the release rule asks about one of the lots."""
        protocol = protocol_of(lot.protocol)
        labels = self._labels[lot.pk]
        course = self._courses.get(lot.course_id) if lot.course_id else None
        steps = self._steps[lot.pk]
        return decision.LotEvidence(
            judgements=tuple(self.judged.judgements_for(lot)),
            state=LotState(lot.state),
            expires_at=self.judged.expires_at(lot),
            donor=Donor(lot.donor.relation.lower()),
            donor_eligibility=self._eligibility(lot),
            labels=decision.LabelCount(
                containers=self.judged.finished_count(lot),
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

    def reviews_for(self, lot: Lot) -> list[tuple[Batch, Review]]:
        """The review of its batch record, and of that of the lot it was set aside from."""
        family = [lot.pk, *([lot.parent_id] if lot.parent_id else [])]
        return [self._reviews[one] for one in family if one in self._reviews]

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
    def _family(self) -> set[UUID]:
        """The lots and those they were set aside from."""
        return {lot.pk for lot in self.lots} | {lot.parent_id for lot in self.lots if lot.parent_id}

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
        records = Batch.objects.filter(lot__in=self._family)
        batches = records.select_related("lot__site", "lot__protocol").defer("lot__protocol__document")
        steps = [step for lot_steps in self._steps.values() for step in lot_steps]
        found = reviews_of(list(batches), steps)
        return {one.lot_id: (one, found[one.pk]) for one in batches}

    @cached_property
    def _labels(self) -> dict[UUID, Counter[str]]:
        """How many labels of finished containers are in which state."""
        found: dict[UUID, Counter[str]] = defaultdict(Counter)
        labels = Label.objects.filter(material__lot__in=self._family, material__kind__in=FINISHED)
        for lot_id, state in labels.values_list("material__lot_id", "state"):
            found[lot_id][state] += 1
        return found

    @cached_property
    def _courses(self) -> dict[UUID, Course]:
        """Read anew: the course may have stopped since the lot was fetched."""
        return Course.objects.in_bulk({lot.course_id for lot in self.lots if lot.course_id})

    @cached_property
    def _consents(self) -> set[UUID]:
        """The consents that hold."""
        given = {course.consent_id for course in self._courses.values() if course.consent_id}
        withdrawn = ConsentWithdrawal.objects.filter(consent__in=given).values_list("consent_id", flat=True)
        return given - set(withdrawn)

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
