"""Review by exception: everything in a batch record that a reviewer has to look at, and nothing else.

A pure function over the record. It is told what it looked at as well, so that "nothing was found" says of what.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import fsum, sqrt
from typing import Any

from stroma.ledger.domain.canonical import canonical, digest, time_text
from stroma.processing.domain.recounting import RECOUNT_SOURCE
from stroma.processing.domain.step_wants import (
    RECORD_SOURCE,
    EquipmentFacts,
    ReagentFacts,
    equipment_blockers,
    is_outside,
    limits_text,
    reagent_blockers,
    words,
)
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import Processing, ProcessingStep

DRIFT_SOURCE = "Westgard rule 1-3s on this clinic's earlier lots, as a prediction interval (ISO 16269-8)"
DRIFT_CHANCE = 0.0027
"""How often a lot like the earlier ones is called drifting: the chance of rule 1-3s where mean and spread are known."""
DRIFT_LEAST = 8
"""Of five lots' limits a jump of five standard deviations is seen once in four times, of eight in six of ten: with
fewer it is not worth asking (our choice)."""
DRIFT_MOST = 200
"""So many of the newest earlier lots say what is usual now (our choice)."""
REVIEW_SOURCE = "21 CFR 211.22(a), 211.192"
OF_EARLIER_LOTS = frozenset({"mean", "spread", "lots", "low", "high"})
"""Values of a finding that are not of this record: an acceptance holds although an earlier lot was put right."""
ONLY_DONE = frozenset({"step_not_done", "step_count_missing"})
"""What is missing so is done and not accepted: the record cannot be closed without it."""


@dataclass(frozen=True, slots=True)
class ValueFacts:
    """A value that stands, with what it replaced and what earlier lots had at the same step."""

    code: str
    title: str
    value: Decimal
    unit: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    was: Decimal | None = None
    """What it was before it was corrected."""
    reason: str = ""
    earlier: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Recount:
    """A count that was put right: viable cells before and after, as they are written, and why.

    ``follows``: nothing was seen otherwise here, only another count was put right and what was worked out follows it.
    """

    was: str
    now: str
    reason: str
    follows: bool = False


@dataclass(frozen=True, slots=True)
class TwoSamples:
    """Two samples counted at one step: the viable cells of each and their mean, as they are written."""

    first: str
    second: str
    mean: str
    agree: bool
    """Whether they differ no more than two samples of one suspension do."""


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A recorded step."""

    code: str
    at: datetime
    has_count: bool
    equipment: Sequence[EquipmentFacts] = ()
    reagents: Sequence[ReagentFacts] = ()
    recalled_since: Sequence[ReagentFacts] = ()
    """Reagent lots that were recalled after they were used here."""
    values: Sequence[ValueFacts] = ()
    exceptions: Sequence[tuple[str, str]] = ()
    """Code and reason of what was accepted at the bench."""
    recounts: Sequence[Recount] = ()
    """Each time the count was put right."""
    samples: TwoSamples | None = None
    """Where a second sample was counted."""
    lacks_second_sample: bool = False
    """Whether the forecast asked for one and none was counted."""
    doublings: float | None = None
    """Cumulative population doublings as counted at this step."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That quality looked at a finding: why the lot may go on in spite of it, who said so, and when."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at, the step where it is, and the acceptance, if quality has accepted it."""

    step: str
    title: str
    blocker: Blocker
    accepted: Acceptance | None = None

    @property
    def key(self) -> str:
        """Names the finding for an acceptance: whatever changes in this record makes it another finding."""
        own = {
            name: packed(value) for name, value in self.blocker.values.items() if name not in OF_EARLIER_LOTS
        }
        return digest(canonical({"step": self.step, "code": self.blocker.code, "values": own}))

    @property
    def is_open(self) -> bool:
        """Whether neither the bench has said why nor quality has accepted it."""
        return self.blocker.weight is Weight.HARD and self.accepted is None

    @property
    def waits_for_quality(self) -> bool:
        """Whether it is open and can be accepted."""
        return self.is_open and self.blocker.code not in ONLY_DONE


@dataclass(frozen=True, slots=True)
class Review:
    """What was found, and on how much of the record."""

    findings: Sequence[Finding]
    steps: int
    values: int
    equipment: int
    reagents: int

    @property
    def waiting(self) -> list[Finding]:
        """The findings that quality has to accept before anybody signs for the lot."""
        return [one for one in self.findings if one.waits_for_quality]


def review(
    processing: Processing, done: Sequence[StepFacts], accepted: Mapping[str, Acceptance] | None = None
) -> Review:
    """Look at a whole record, in the order of the protocol; ``accepted`` is by the key of the finding."""
    by_code = {step.code: step for step in done}
    findings: list[Finding] = []
    before: datetime | None = None
    for step in processing.steps:
        recorded = by_code.get(step.code)
        reasons = (
            [Blocker("step_not_done", {"title": step.title}, processing.source)]
            if recorded is None
            else [*_of_step(step, recorded, before), *_of_count(processing, recorded)]
        )
        found = [Finding(step.code, step.title, reason) for reason in reasons]
        findings += [replace(one, accepted=(accepted or {}).get(one.key)) for one in found]
        before = recorded.at if recorded else before
    return Review(
        findings,
        steps=len(done),
        values=sum(len(step.values) for step in done),
        equipment=sum(len(step.equipment) for step in done),
        reagents=sum(len(step.reagents) for step in done),
    )


def _of_step(step: ProcessingStep, done: StepFacts, before: datetime | None) -> Iterator[Blocker]:
    yield from _missing(step, done)
    yield from _late(step, done, before)
    for equipment in done.equipment:
        yield from equipment_blockers(equipment, at=done.at)
    for reagent in done.reagents:
        yield from reagent_blockers(reagent, at=done.at)
    for reagent in done.recalled_since:
        values = {"name": reagent.name, "number": reagent.number}
        yield Blocker("reagent_recalled_since", values, "21 CFR 1271.210; 21 CFR 1271.290")
    for value in done.values:
        yield from _of_value(value)


def _of_count(processing: Processing, done: StepFacts) -> Iterator[Blocker]:
    for recount in done.recounts:
        explained = bool(recount.reason.strip())
        values = {"was": recount.was, "value": recount.now, "reason": recount.reason}
        weight = Weight.CAUTION if explained else Weight.HARD
        code = "count_follows_another" if recount.follows else "count_was_corrected"
        yield Blocker(code, values, "21 CFR 11.10(e)", weight)
    yield from _of_samples(done)
    limit = processing.cumulative_population_doublings_max
    if limit is not None and done.doublings is not None and done.doublings > limit:
        # A step is refused above it, so that only a corrected count brings a record here.
        told = {"doublings": done.doublings, "limit": limit}
        yield Blocker("population_doublings_above_maximum", told, processing.source)


def _of_samples(done: StepFacts) -> Iterator[Blocker]:
    if done.samples is not None:
        told = {"first": done.samples.first, "second": done.samples.second, "mean": done.samples.mean}
        code, weight = ("count_was_repeated", Weight.CAUTION)
        if not done.samples.agree:
            code, weight = ("samples_disagree", Weight.HARD)
        yield Blocker(code, told, RECOUNT_SOURCE, weight)
    elif done.lacks_second_sample:
        why = next((reason for code, reason in done.exceptions if code == "recount_declined"), "")
        if why:
            yield Blocker("recount_not_made", {"reason": why}, RECOUNT_SOURCE, Weight.CAUTION)
        else:
            yield Blocker("recount_missing", {}, RECOUNT_SOURCE)


def _missing(step: ProcessingStep, done: StepFacts) -> Iterator[Blocker]:
    if step.count and not done.has_count:
        yield Blocker("step_count_missing", {"title": step.title}, step.source)
    for code, kinds, used in (
        ("equipment_missing", step.equipment, {one.kind for one in done.equipment}),
        ("reagent_missing", step.reagents, {one.kind for one in done.reagents}),
    ):
        for kind in kinds:
            if kind not in used:
                yield Blocker(code, {"kind": words(kind)}, step.source)
    read = {value.code for value in done.values}
    for reading in step.readings:
        if reading.code not in read:
            yield Blocker("value_missing", {"title": reading.title}, reading.source)


def _late(step: ProcessingStep, done: StepFacts, before: datetime | None) -> Iterator[Blocker]:
    if step.within is None or before is None or done.at - before <= step.within:
        return
    why = next((reason for code, reason in done.exceptions if code == "step_late"), "")
    values = {
        "title": step.title,
        "minutes": round((done.at - before) / timedelta(minutes=1)),
        "limit": round(step.within / timedelta(minutes=1)),
        "reason": why,
    }
    yield Blocker("step_was_late", values, step.source, Weight.CAUTION if why else Weight.HARD)


def _of_value(value: ValueFacts) -> Iterator[Blocker]:
    shown = {"title": value.title, "value": f"{value.value:f}", "reason": value.reason}
    if is_outside(value.value, value.minimum, value.maximum):
        limits = limits_text(value.minimum, value.maximum, value.unit)
        weight = Weight.CAUTION if value.reason.strip() else Weight.HARD
        yield Blocker("value_was_out_of_limits", shown | {"limits": limits}, RECORD_SOURCE, weight)
    if value.was is not None:
        # An edit that nobody explained is not to be: the database refuses it. It is looked for all the same.
        code = "value_was_corrected" if value.reason.strip() else "value_edited_without_reason"
        weight = Weight.CAUTION if value.reason.strip() else Weight.HARD
        yield Blocker(code, shown | {"was": f"{value.was:f}"}, "21 CFR 11.10(e)", weight)
    usual = usual_of(value.earlier)
    if usual is not None and not usual.low <= float(value.value) <= usual.high:
        yield Blocker("value_drifts", shown | asdict(usual), DRIFT_SOURCE)


@dataclass(frozen=True, slots=True)
class Usual:
    """What earlier lots say of the next one: their mean and standard deviation, and between what it is expected."""

    mean: float
    spread: float
    low: float
    high: float
    lots: int


def usual_of(earlier: Sequence[float]) -> Usual | None:
    """What is usual; None where too few earlier lots, or lots that were all alike, say nothing of it.

    A prediction interval: mean and standard deviation are only estimates, so the limits lie further out the fewer lots
    there are, and one lot like the others in ``1 / DRIFT_CHANCE`` lies outside whatever their number. Three standard
    deviations of eight lots would call one in forty.

    References
    ----------
    ISO 16269-8:2004, two-sided prediction interval, standard deviation unknown, one further observation.
    """
    lots = len(earlier)
    if lots < DRIFT_LEAST:
        return None
    mean = fsum(earlier) / lots
    spread = sqrt(fsum((one - mean) ** 2 for one in earlier) / (lots - 1))
    if spread == 0:
        return None
    reach = _spreads_of(lots) * spread
    return Usual(mean, spread, mean - reach, mean + reach, lots)


@lru_cache(maxsize=DRIFT_MOST)
def _spreads_of(lots: int) -> float:
    """How many standard deviations from the mean of so many lots the limits lie: 4.8 for 8 lots, 3.05 for 200."""
    from scipy.special import stdtrit  # slow import

    return -float(stdtrit(lots - 1, DRIFT_CHANCE / 2)) * sqrt(1 + 1 / lots)


def acceptance_blockers(found: Review, reasons: Mapping[str, str]) -> list[Blocker]:
    """Why these findings cannot be accepted so; ``reasons`` is by the key of the finding.

    One that somebody has explained, or that quality has accepted, needs no acceptance; one that is not there any more
    was put right meanwhile, or has become another.
    """
    if not reasons:
        return [Blocker("no_finding_named", {}, REVIEW_SOURCE)]
    by_key = {one.key: one for one in found.findings}
    blockers = []
    for key, reason in reasons.items():
        finding = by_key.get(key)
        if finding is None:
            blockers.append(Blocker("finding_is_gone", {}, REVIEW_SOURCE))
        elif finding.blocker.code in ONLY_DONE:
            blockers.append(finding.blocker)
        elif not finding.is_open:
            blockers.append(Blocker("finding_is_explained", {"title": finding.title}, REVIEW_SOURCE))
        elif not reason.strip():
            blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    return blockers


def packed(value: Any) -> Any:
    """A value of a finding as a signed text has it, which holds no floating-point number; ``unpacked`` reads it."""
    if isinstance(value, float):
        return {"number": f"{value:.10g}"}
    return {"time": time_text(value)} if isinstance(value, datetime) else value


def unpacked(value: Any) -> Any:
    """What was packed: a number, a time, or the value as it stands."""
    if isinstance(value, dict):
        return float(value["number"]) if "number" in value else datetime.fromisoformat(value["time"])
    return value
