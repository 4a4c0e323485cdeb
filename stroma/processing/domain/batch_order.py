"""The order of a batch record: what comes next, and what stands in the way of it.

The steps are the protocol's (``Processing.steps``); here they are walked, each once, never skipped. A batch
that is fed more often has more feeding steps in its protocol. Who did a step, with which reagent and in which
cabinet, is checked where those are recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import Collection, Processing, ProcessingStep

CONSENT_SOURCE = "21 CFR 50.25 (clinical.md §6.6)"
RECORD_SOURCE = "21 CFR 1271.270 (clinical.md §6.3: a record is made at the time, accurate, in order)"


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step that was recorded: when, and its count where the protocol asks for one."""

    code: str
    at: datetime
    viable_cells: float | None = None
    viability: float | None = None
    """0–1."""

    @property
    def has_count(self) -> bool:
        """Whether both halves of the count are there."""
        return self.viable_cells is not None and self.viability is not None


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What is known of a batch when a step is about to begin."""

    done: tuple[StepDone, ...] = ()
    """In the order recorded."""
    collected_at: datetime | None = None
    """When the tissue left the patient or donor; none for a batch that starts from a bank."""
    material_is_here: bool = False
    """Whether the custody record has the material in this laboratory."""
    passage: int = 0
    """The passage the cells are in; the first plating is passage 0."""
    cumulative_population_doublings: float | None = None
    """None while unknown. Counted from passage 0 where a colony count exists, else from passage 1."""
    course_is_open: bool = True
    """Of the one patient a lot is for; a donor's bank lot has no course and goes on."""
    consent_is_valid: bool = True
    """Likewise."""


def next_step(processing: Processing, done: Sequence[StepDone]) -> ProcessingStep | None:
    """The first step that is not done; None when the batch is complete."""
    codes = {step.code for step in done}
    return next((step for step in processing.steps if step.code not in codes), None)


def incomplete_steps(processing: Processing, done: Sequence[StepDone]) -> tuple[str, ...]:
    """The codes of the steps that are missing, or whose count is; none for a batch fit to be released."""
    counted = {step.code: step.has_count for step in done}
    return tuple(
        step.code
        for step in processing.steps
        if step.code not in counted or (step.count and not counted[step.code])
    )


def step_blockers(
    processing: Processing, collection: Collection, step_code: str, facts: BatchFacts, *, at: datetime
) -> list[Blocker]:
    """What stands in the way of beginning ``step_code`` at ``at``; every reason, not only the first."""
    step = next((step for step in processing.steps if step.code == step_code), None)
    if step is None:
        return [Blocker("step_unknown", {"step": step_code}, processing.source)]
    blockers = [
        *_course_blockers(facts),
        *_order_blockers(processing, step, facts),
        *_time_blockers(facts, at),
        *_limit_blockers(processing, step, facts),
    ]
    if not facts.material_is_here:
        source = "21 CFR 1271.290 (clinical.md §6.3: traceability)"
        blockers.append(Blocker("material_not_here", {"step": step.code}, source))
    if _processing_has_not_begun(processing, facts):
        blockers += _collection_blockers(collection, step, facts, at)
    return blockers


def _course_blockers(facts: BatchFacts) -> list[Blocker]:
    """Nobody's cells are worked on against their will: they wait until somebody decides what becomes of them."""
    blockers = []
    if not facts.course_is_open:
        blockers.append(Blocker("course_not_open", {}, CONSENT_SOURCE))
    if not facts.consent_is_valid:
        blockers.append(Blocker("consent_missing", {}, CONSENT_SOURCE))
    return blockers


def _order_blockers(processing: Processing, step: ProcessingStep, facts: BatchFacts) -> list[Blocker]:
    expected = next_step(processing, facts.done)
    blockers: list[Blocker] = []
    if any(done.code == step.code for done in facts.done):
        blockers.append(Blocker("step_already_done", {"step": step.code}, processing.source))
    elif expected is not None and expected.code != step.code:
        values = {"step": step.code, "expected": expected.code}
        blockers.append(Blocker("step_out_of_order", values, processing.source))
    counts_asked = {known.code for known in processing.steps if known.count}
    blockers += [
        Blocker("count_missing", {"step": done.code}, processing.source)
        for done in facts.done
        if done.code in counts_asked and not done.has_count
    ]
    return blockers


def _time_blockers(facts: BatchFacts, at: datetime) -> list[Blocker]:
    if facts.done and at < facts.done[-1].at:
        values = {"at": at, "before": facts.done[-1].code, "done_at": facts.done[-1].at}
        return [Blocker("step_before_the_last_one", values, RECORD_SOURCE)]
    return []


def _limit_blockers(processing: Processing, step: ProcessingStep, facts: BatchFacts) -> list[Blocker]:
    blockers: list[Blocker] = []
    # Asked before the step: a passage begins the next one, so it is judged by the number it would make.
    passage = facts.passage + (step.kind == "passage")
    if processing.passages_max is not None and passage > processing.passages_max:
        values = {"passage": passage, "limit": processing.passages_max}
        blockers.append(Blocker("passage_above_maximum", values, processing.source))
    limit, doublings = processing.cumulative_population_doublings_max, facts.cumulative_population_doublings
    if limit is None:
        return blockers
    if doublings is not None and doublings > limit:
        values_cpd = {"doublings": doublings, "limit": limit}
        blockers.append(Blocker("population_doublings_above_maximum", values_cpd, processing.source))
    if doublings is None and facts.passage >= 1:
        values_unknown = {"passage": facts.passage, "limit": limit}
        blockers.append(
            Blocker("population_doublings_unknown", values_unknown, processing.source, Weight.CAUTION)
        )
    return blockers


def _processing_has_not_begun(processing: Processing, facts: BatchFacts) -> bool:
    """Receiving the tissue does not stop its clock; the first step that does something to it does."""
    receiving = {step.code for step in processing.steps if step.kind == "receive"}
    return all(done.code in receiving for done in facts.done)


def _collection_blockers(
    collection: Collection, step: ProcessingStep, facts: BatchFacts, at: datetime
) -> list[Blocker]:
    if facts.collected_at is None:
        return []
    if at < facts.collected_at:
        values = {"step": step.code, "at": at, "collected_at": facts.collected_at}
        return [Blocker("processing_before_collection", values, RECORD_SOURCE)]
    hours = (at - facts.collected_at) / timedelta(hours=1)
    if hours > collection.hours_to_processing_max:
        values_late = {"hours": hours, "limit": collection.hours_to_processing_max}
        # Tissue cannot simply be taken again: a physician and quality may accept it, with a reason.
        return [Blocker("collection_time_exceeded", values_late, collection.source, Weight.OVERRIDABLE)]
    return []
