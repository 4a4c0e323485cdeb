"""One protocol as text for a clinician: what is treated, how, within which limits, and how sure each of them
is.

Only the rendering of a document is here, in English and in plain columns for a terminal; pages show
protocols their own way.
"""

import textwrap
from collections.abc import Iterable, Iterator
from datetime import timedelta

from stroma.protocols.domain.duration import duration_text
from stroma.protocols.domain.schema import (
    AnotherTreatment,
    Characterization,
    Criterion,
    ProcessingStep,
    Protocol,
    Sourced,
    SpecificationLimit,
    Visit,
)

_WIDTH = 100
_UNCONFIRMED = "[unconfirmed]"
_WEIGHTS = {
    "URGENT": "to urgent care",
    "HARD": "required",
    "OVERRIDABLE": "required, may be overridden with a reason",
    "CAUTION": "caution",
}


def protocol_summary(protocol: Protocol) -> str:
    """The whole protocol as text of several paragraphs, without a final line break."""
    lines = [
        *_heading(protocol),
        *_legal(protocol),
        *_criteria(protocol.criteria),
        *_consent(protocol),
        *_treatment(protocol),
        *_processing(protocol),
        *_specification(protocol.specification),
        *_characterization(protocol.characterization),
        *_visits(protocol.visits),
        *_holds(protocol),
        *_follow_up(protocol),
        *_another_treatment(protocol.another_treatment),
        "",
        *_wrapped(
            f"{_UNCONFIRMED} marks an editable default that rests on general knowledge or judgment: "
            "a physician of the site must check it."
        ),
    ]
    return "\n".join(lines)


def _heading(protocol: Protocol) -> Iterator[str]:
    yield f"{protocol.title}"
    yield "=" * len(protocol.title)
    yield f"{protocol.id}, version {protocol.version}" + (", RESEARCH ONLY" if protocol.research_only else "")
    yield ""
    yield from _wrapped(protocol.summary)
    yield ""
    yield f"Indication: {_words(protocol.indication)}"
    if protocol.gives_cells:
        yield f"Cells:      {protocol.product}: {_words(protocol.source)}, {protocol.donor}"
    yield f"Route:      {_words(protocol.route)}"


def _legal(protocol: Protocol) -> Iterator[str]:
    legal = protocol.legal
    yield from _title("Legal status")
    status = "ordinary care" if legal.approved else "NOT APPROVED for this use"
    needs = "; only under an authorization on file" if legal.authorization_required else ""
    yield f"  {legal.jurisdiction}, as of {legal.as_of}: {status} ({legal.basis}){needs}"
    yield from _source(legal)


def _criteria(criteria: Iterable[Criterion]) -> Iterator[str]:
    yield from _title("Candidacy")
    for criterion in criteria:
        yield f"  {criterion.code}: {criterion.title} ({_WEIGHTS[criterion.weight]})"
        yield from _source(criterion, f"{criterion.variable} {_test(criterion)}")


def _consent(protocol: Protocol) -> Iterator[str]:
    consent = protocol.consent
    yield from _title(f"Consent, version {consent.version}")
    for point in consent.points:
        yield from _wrapped(f"- {point}", "  ", "    ")
    wait = f"waiting time {duration_text(consent.waiting)}"
    yield from _reference(wait, consent.source, consent.note, confirmed=consent.confirmed)


def _treatment(protocol: Protocol) -> Iterator[str]:
    if target := protocol.target:
        yield from _title("Target")
        yield f"  {_words(target.target)}, {', '.join(target.levels)}; side {', '.join(target.sides)}"
        yield f"  at most {target.maximum_levels} level{'s' if target.maximum_levels > 1 else ''} at a time"
        yield f"  {target.volume_ml_min:g} to {target.volume_ml_max:g} mL per level in {target.carrier}"
        yield f"  guidance: {', '.join(target.guidance)}"
        yield from _source(target)
    if dose := protocol.dose:
        yield from _title("Dose")
        if dose.viable_cells is not None:
            spread = f", ± {dose.tolerance_fraction:.0%}" if dose.tolerance_fraction is not None else ""
            yield f"  {dose.viable_cells / 1e6:g} million viable cells per level{spread}"
        else:
            yield "  counted, not chosen"
        yield f"  {dose.formulation}; {_words(dose.storage)}"
        yield f"  to be injected within {duration_text(dose.shelf_life)} of formulation"
        yield from _source(dose)
    if collection := protocol.collection:
        yield from _title("Collection")
        yield from _wrapped(collection.procedure, "  ")
        yield f"  {_range(collection.amount_min, collection.amount_max)} {collection.unit}"
        yield f"  in the laboratory within {collection.hours_to_processing_max:g} h"
        if collection.anticoagulant:
            yield f"  anticoagulant: {collection.anticoagulant}"
        yield from _source(collection)


def _processing(protocol: Protocol) -> Iterator[str]:
    if (processing := protocol.processing) is None:
        return
    yield from _title("Processing")
    for number, step in enumerate(processing.steps, start=1):
        after = f"after {duration_text(step.after)}: " if step.after is not None else ""
        yield f"  {number}. {after}{step.title}{' (count and viability)' if step.count else ''}"
        yield from _step_wants(step)
        yield from _source(step)
    limits = [
        (processing.passages_max, "passages"),
        (processing.cumulative_population_doublings_max, "cumulative population doublings"),
    ]
    stated = [f"at most {limit:g} {name}" for limit, name in limits if limit is not None]
    if processing.seeding_density_per_cm2 is not None:
        stated.append(f"seeded at {processing.seeding_density_per_cm2:,.0f} cells per cm²")
    if stated:
        yield f"  Limits: {'; '.join(stated)}"
    yield from _source(processing)


def _step_wants(step: ProcessingStep) -> Iterator[str]:
    """What is scanned and read at a step, and how long it may wait."""
    if step.within is not None:
        yield f"     at most {duration_text(step.within)} after the step before"
    for words, kinds in (("equipment", step.equipment), ("reagents", step.reagents)):
        if kinds:
            yield f"     {words}: {', '.join(kind.replace('_', ' ') for kind in kinds)}"
    for reading in step.readings:
        low = f"at least {reading.minimum:g}" if reading.minimum is not None else ""
        high = f"at most {reading.maximum:g}" if reading.maximum is not None else ""
        limits = ", ".join(filter(None, (low, high)))
        yield f"     {reading.title}: {limits} {reading.unit}".rstrip()
        yield from _source(reading)


def _specification(limits: Iterable[SpecificationLimit]) -> Iterator[str]:
    if not limits:
        return
    yield from _title("Release specification")
    for limit in limits:
        late = ", known after use" if limit.due == "final" else ""
        exception = ", exception by physician and quality" if limit.exception_allowed else ""
        yield f"  {limit.code}: {limit.attribute}: {_accepted(limit)}{late}{exception}"
        yield from _source(limit, limit.method)


def _characterization(tests: Iterable[Characterization]) -> Iterator[str]:
    if not tests:
        return
    yield from _title("Characterization, which decides no release")
    for test in tests:
        yield f"  {test.code}: {test.attribute}"
        yield from _source(test, test.method)


def _visits(visits: list[Visit]) -> Iterator[str]:
    yield from _title("Visits")
    rows = [("visit", "when", "lasts", "who", "where")]
    rows += [
        (visit.code, _when(visit), duration_text(visit.duration), ", ".join(visit.staff), _where(visit))
        for visit in visits
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row, visit in zip(rows, [None, *visits], strict=True):
        mark = f" {_UNCONFIRMED}" if visit is not None and not visit.confirmed else ""
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  " + "  ".join([*cells, row[-1] + mark]).rstrip()


def _holds(protocol: Protocol) -> Iterator[str]:
    if protocol.holds:
        yield from _title("Kept for days")
    for hold in protocol.holds:
        yield f"  {hold.title}: one {_words(hold.kind)}, from the day of {hold.begins} through that of {hold.ends}"
        yield from _source(hold)


def _follow_up(protocol: Protocol) -> Iterator[str]:
    follow_up = protocol.follow_up
    yield from _title("Follow-up, counted from the first treatment")
    yield f"  Questionnaires: {', '.join(follow_up.instruments)}"
    for time in follow_up.times:
        window = f"{duration_text(time.early)} early to {duration_text(time.late)} late"
        yield f"  {time.code}: at {duration_text(time.after)}, {window}"
    yield from _source(follow_up)


def _another_treatment(another: AnotherTreatment) -> Iterator[str]:
    yield from _title("Another treatment")
    if another.kind == "series" and another.interval is not None:
        yield f"  A series of {another.treatments}, {duration_text(another.interval)} apart"
    elif another.kind == "rule":
        conditions = []
        if another.interval is not None:
            conditions.append(f"after {duration_text(another.interval)} at the earliest")
        if another.pain_nrs_min is not None:
            conditions.append(f"pain at least {another.pain_nrs_min:g} of 10")
        if another.improvement_fraction_min is not None:
            conditions.append(f"pain had fallen by at least {another.improvement_fraction_min:.0%}")
        yield f"  May be considered: {'; '.join(conditions)}"
    else:
        yield "  None is planned"
    yield from _source(another)


def _title(text: str) -> list[str]:
    return ["", text, "-" * len(text)]


def _source(part: Sourced, before: str = "") -> Iterator[str]:
    return _reference(before, part.source, part.note, confirmed=part.confirmed)


def _reference(before: str, source: str, note: str, *, confirmed: bool) -> Iterator[str]:
    """The small print under a statement: what it rests on, whether that is confirmed, and the note."""
    start = f"{before}; " if before else ""
    yield from _wrapped(f"{start}source: {source}{'' if confirmed else ' ' + _UNCONFIRMED}", "      ")
    if note:
        yield from _wrapped(note, "      ")


def _test(criterion: Criterion) -> str:
    if criterion.test == "is_true":
        return "is true"
    if criterion.test == "is_false":
        return "is false"
    unit = f" {criterion.unit}" if criterion.unit else ""
    if isinstance(criterion.limit, list):
        return f"is one of {', '.join(criterion.limit)}{unit}"
    limit = f"{criterion.limit:g}" if isinstance(criterion.limit, float) else criterion.limit
    return f"{'is' if criterion.test == '==' else criterion.test} {limit}{unit}"


def _accepted(limit: SpecificationLimit) -> str:
    if limit.kind == "absence":
        return "not detected"
    if limit.kind == "pass":
        return "pass"
    if limit.minimum is not None and limit.maximum is not None:
        return f"{_range(limit.minimum, limit.maximum)} {limit.unit}".rstrip()
    sign, number = ("≥", limit.minimum) if limit.minimum is not None else ("≤", limit.maximum)
    return f"{sign} {number:g} {limit.unit}".rstrip()


def _when(visit: Visit) -> str:
    if visit.after is None:
        return "first"
    return f"{_lag(visit.earliest)} to {_lag(visit.latest)} after {visit.after}"


def _lag(lag: timedelta | None) -> str:
    return duration_text(lag) if lag is not None else "any time"


def _where(visit: Visit) -> str:
    places = [_words(name) for name in (*visit.rooms, *visit.equipment)]
    if visit.remote:
        places.append("by phone")
    if not visit.patient:
        places.append("without the patient")
    return ", ".join(places)


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _words(code: str) -> str:
    return code.replace("_", " ")


def _wrapped(text: str, indent: str = "", hanging: str | None = None) -> list[str]:
    later = indent if hanging is None else hanging
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=later,
        break_on_hyphens=False,
        break_long_words=False,
    )
