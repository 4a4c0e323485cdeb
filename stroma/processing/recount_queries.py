"""Which counts are in doubt, so that a second sample is wanted, and of which one may still be counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from stroma.clinic.models import Site
from stroma.custody.domain.states import LotState
from stroma.processing.domain.growth.doubt import RECOUNT
from stroma.processing.domain.recounting import RECOUNT_WITHIN, Recountable
from stroma.processing.growth import reasons_of, wants_recount
from stroma.processing.models import Batch, BatchStep, GrowthForecast, StepException
from stroma.protocols.domain.blocker import Blocker

DECLINED = "recount_declined"
"""The exception that says why a second count was not made."""


def recountable(step: BatchStep, batch: Batch) -> Recountable:
    """The step as the rule looks at it."""
    samples = step.standing_samples()
    return Recountable(
        counted_at=step.done_at,
        is_wanted=wants_recount(step.forecasts.filter(replaced_by=None).first()),
        is_counted=bool(samples),
        is_counted_twice=len(samples) > 1,
        is_declined=step.exceptions.filter(code=DECLINED).exists(),
        is_last=not batch.steps.filter(position__gt=step.position).exists(),
        is_closed=batch.closed_at is not None,
    )


@dataclass(frozen=True, slots=True)
class RecountWanted:
    """A count that is to be repeated: the step, why, and until when."""

    step: BatchStep
    reasons: Sequence[Blocker]
    until: datetime


def recounts_wanted(site: Site, *, at: datetime) -> list[RecountWanted]:
    """The counts of a site of which a second sample is to be counted now, the one with the least time left first."""
    return _wanted(GrowthForecast.objects.filter(step__batch__lot__site=site), at)


def recount_wanted(batch: Batch, *, at: datetime) -> RecountWanted | None:
    """The same of one batch."""
    return next(iter(_wanted(GrowthForecast.objects.filter(step__batch=batch), at)), None)


def _wanted(forecasts: QuerySet[GrowthForecast], at: datetime) -> list[RecountWanted]:
    later = BatchStep.objects.filter(batch=OuterRef("step__batch"), position__gt=OuterRef("step__position"))
    declined = StepException.objects.filter(step=OuterRef("step"), code=DECLINED)
    last = forecasts.filter(
        ~Exists(later),
        ~Exists(declined),
        replaced_by=None,
        step__batch__lot__state=LotState.IN_PROCESS.value,
        step__batch__closed_at=None,
        step__done_at__gte=at - RECOUNT_WITHIN,
        step__done_at__lte=at,
    )
    return [
        RecountWanted(
            kept.step,
            [one for one in reasons_of(kept) if one.code in RECOUNT],
            kept.step.done_at + RECOUNT_WITHIN,
        )
        for kept in last.select_related("step__batch__lot").order_by("step__done_at", "step")
        if wants_recount(kept)
    ]
