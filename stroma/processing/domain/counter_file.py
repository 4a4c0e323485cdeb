"""A count from the CSV of an automated cell counter.

Counters name the same thing in different words, so a column is known by any of the headings in ``HEADINGS``, in any
order, among columns that mean something else here. A heading says the unit: ``(x10^6)`` and the like are millions of
cells per mL, nothing is cells per mL. Nothing is guessed: what is missing, unreadable or contradicts itself is refused
with its file, line and field. Every fault is named at once.

Concentrations are those of the sample before it was diluted for the counter, as counters report them.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from stroma.processing.domain.counts import MOST_DILUTION, MOST_PER_ML
from stroma.protocols.domain.problem import BadInput, Problem

MOST_BYTES = 2 * 1024 * 1024
"""A day's list of a counter has a few kilobytes."""
MOST_ROWS = 5000
MOST_SHOWN = 40
"""So much of a field is repeated in a message."""
VIABILITY_WITHIN = Decimal("0.011")
"""Counters print viability to a whole percent or better, and may divide before they round."""
SUM_WITHIN = Decimal("0.02")
"""Living and dead cells make up the total within the rounding of three numbers (our choice)."""
LEAST_PER_ML = Decimal(1000)
"""No counter sees fewer cells per mL; a smaller number is one of millions whose heading does not say so."""

BOUNDS: dict[str, tuple[int, int]] = {
    "diameter_um": (0, 1000),
    "dilution": (1, MOST_DILUTION),
    "cells_seen": (1, 1_000_000_000),
}
"""Between what a field lies that is no concentration; wider than any counter's range (our choice)."""

HEADINGS: dict[str, tuple[str, ...]] = {
    "sample": ("sample id", "sample name", "sample", "cell sample", "name", "sample identifier"),
    "total_per_ml": (
        "total cells ml", "total ml", "total cell density", "total cell concentration", "total concentration",
        "total conc", "total cell conc", "total cells per ml", "total density",
    ),
    "viable_per_ml": (
        "viable cells ml", "viable ml", "viable cell density", "viable cell concentration",
        "viable concentration", "viable conc", "live cells ml", "live concentration", "live cell concentration",
        "live conc", "viable cells per ml", "live cells per ml", "live ml", "viable density", "vcd", "vcd ml",
    ),
    "dead_per_ml": (
        "dead cells ml", "dead ml", "dead cell density", "dead cell concentration", "dead concentration", "dead conc",
        "non viable cells ml", "nonviable cells ml", "dead cells per ml", "non viable concentration",
    ),
    "viability": ("viability", "viability percent", "percent viability", "viable percent", "percent viable"),
    "diameter_um": (
        "average diameter", "avg diameter", "mean diameter", "diameter", "average diameter um", "mean diameter um",
        "average diameter microns", "avg diameter um", "diameter um", "average cell size", "average cell diameter",
        "mean cell diameter", "average size",
    ),
    "dilution": ("dilution factor", "dilution", "dilution ratio"),
    "cells_seen": ("cell count", "total cells", "total cell count", "cells counted", "counted cells", "total count"),
}  # fmt: skip
"""How a heading reads once unit, punctuation and case are taken off it, by field."""
_MILLIONS = re.compile(r"[x×*]?\s*(10\s*\^?\s*6|10⁶|1e\+?0?6)(?=\D|$)|\bmillions?\b|\bmio\b", re.IGNORECASE)
_PER_ML = {"total_per_ml", "viable_per_ml", "dead_per_ml"}
_COUNTED = _PER_ML | {"viability"}


@dataclass(frozen=True, slots=True)
class CounterReading:
    """One sample as a counter reports it: cells per mL, viability as a fraction, and what else it tells."""

    sample: str
    line: int
    viable_per_ml: Decimal
    total_per_ml: Decimal
    viability: Decimal
    diameter_um: Decimal | None = None
    dilution: Decimal | None = None
    cells_seen: int | None = None
    """How many cells the count rests on; None where the counter does not say."""


def read_counter_file(content: bytes, *, name: str) -> list[CounterReading]:
    """Every sample of a counter's file, in its order. Raises BadInput with every fault."""
    if len(content) > MOST_BYTES:
        most = {"limit": MOST_BYTES // 2**20}
        raise BadInput(
            [Problem("counter_file_too_large", "the file has more than {limit} MB", name, values=most)]
        )
    lines = _text_of(content, name).splitlines()
    start, delimiter, fields, scale = _header(lines, name)
    read: list[CounterReading] = []
    problems: list[Problem] = []
    rows = csv.reader(io.StringIO("\n".join(lines[start + 1 :])), delimiter=delimiter)
    for row in rows:
        line = start + 1 + rows.line_num
        if not any(cell.strip() for cell in row):
            continue
        if len(read) + len(problems) > MOST_ROWS:
            most = {"limit": MOST_ROWS}
            raise BadInput(
                [
                    Problem(
                        "counter_file_too_long", "the file has more than {limit} samples", name, values=most
                    )
                ]
            )
        told = {field: row[at].strip() for field, at in fields.items() if at < len(row)}
        try:
            read.append(_reading(told, scale, name, line, decimal_comma=delimiter != ","))
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(problems)
    if not read:
        raise BadInput([Problem("counter_file_empty", "there is no sample under the headings", name)])
    return read


def reading_of_sample(readings: Sequence[CounterReading], sample: str, *, name: str) -> CounterReading:
    """The one reading of that sample; of a file with one sample, that one. Raises BadInput where there is not one."""
    wanted = sample.strip().casefold()
    if not wanted and len(readings) == 1:
        return readings[0]
    found = [one for one in readings if one.sample.casefold() == wanted]
    if len(found) == 1:
        return found[0]
    names = ", ".join(dict.fromkeys(one.sample or "–" for one in readings))
    told = {"sample": sample.strip(), "times": len(found), "names": names}
    if len(found) > 1:
        message = "the sample {sample} stands in the file {times} times; keep the line that is meant"
        fault = Problem("counter_sample_twice", message, name, "sample", found[1].line, told)
    elif wanted:
        message = "there is no sample {sample}. There are: {names}"
        fault = Problem("counter_sample_unknown", message, name, "sample", values=told)
    else:
        message = "the file has several samples; name the one that is meant. There are: {names}"
        fault = Problem("counter_sample_unknown", message, name, "sample", values=told)
    raise BadInput([fault])


def _text_of(content: bytes, name: str) -> str:
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    codings = ["utf-16"] if is_utf16 else ["utf-8-sig", "cp1252"]
    for coding in codings:
        try:
            text = content.decode(coding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadInput([Problem("counter_file_not_text", "this is no text; export the results as CSV", name)])


def _header(lines: Sequence[str], name: str) -> tuple[int, str, dict[str, int], dict[str, Decimal]]:
    """The line of the headings: its place, its delimiter, where each field stands, and the unit of each."""
    for number, line in enumerate(lines[:200]):
        for delimiter in (",", ";", "\t"):
            headings = next(csv.reader([line], delimiter=delimiter), [])
            fields, twice = _fields(headings)
            if ("viability" in fields and _PER_ML & fields.keys()) or len(_PER_ML & fields.keys()) > 1:
                if twice:
                    message = "two columns are headed so that either may be meant"
                    raise BadInput([Problem("counter_heading_twice", message, name, twice, number + 1)])
                scale = {field: _scale(headings[at]) for field, at in fields.items() if field in _PER_ML}
                return number, delimiter, fields, scale
    message = (
        "no line holds the headings of a concentration (total, viable or dead cells per mL) and of a viability "
        "or of a second concentration"
    )
    raise BadInput([Problem("counter_headings_missing", message, name)])


def _fields(headings: Sequence[str]) -> tuple[dict[str, int], str]:
    found: dict[str, int] = {}
    twice = ""
    for at, heading in enumerate(headings):
        plain = _plain(heading)
        for field, names in HEADINGS.items():
            if plain in names:
                twice = twice or (field if field in found else "")
                found.setdefault(field, at)
    return found, twice


def _plain(heading: str) -> str:
    """``Viable (x10^6) cells/mL`` becomes ``viable cells ml``."""
    text = _MILLIONS.sub(" ", heading.strip().strip('"').casefold())
    text = text.replace("%", " percent ").replace("µ", "u").replace("μ", "u").replace("avg.", "average")
    words = re.sub(r"[^a-z0-9]+", " ", text).split()
    return " ".join(words)


def _scale(heading: str) -> Decimal:
    return Decimal(1_000_000) if _MILLIONS.search(heading) else Decimal(1)


def _reading(
    told: Mapping[str, str], scale: Mapping[str, Decimal], name: str, line: int, *, decimal_comma: bool
) -> CounterReading:
    problems: list[Problem] = []
    numbers: dict[str, Decimal] = {}
    for field, text in told.items():
        if field == "sample" or not text or text.casefold() in {"-", "n/a", "na", "nan"}:
            continue
        seen: dict[str, object] = {"text": text[:MOST_SHOWN]}
        try:
            value = _number(text, decimal_comma=decimal_comma)
        except InvalidOperation:
            message = "“{text}” is no number"
            problems.append(Problem("counter_not_a_number", message, name, field, line, seen))
            continue
        if (wrong := _out_of_bounds(field, value, scale)) is not None:
            told_with = seen | dict(wrong.values)
            problems.append(replace(wrong, file=name, place=field, line=line, values=told_with))
            continue
        numbers[field] = value * scale.get(field, Decimal(1))
    if not any(problem.place in _COUNTED for problem in problems):
        try:
            viable, total, viability = _worked_out(numbers, name, line)
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(problems)
    return CounterReading(
        sample=told.get("sample", ""),
        line=line,
        viable_per_ml=viable,
        total_per_ml=total,
        viability=viability,
        diameter_um=numbers.get("diameter_um"),
        dilution=numbers.get("dilution"),
        cells_seen=int(numbers["cells_seen"]) if "cells_seen" in numbers else None,
    )


def _out_of_bounds(field: str, value: Decimal, scale: Mapping[str, Decimal]) -> Problem | None:
    """What is wrong with a number by itself; where it stands and how it is written are not known here."""
    if value < 0:
        message = "{text} is below 0"
        return Problem("counter_negative", message)
    if field == "viability":
        message = "{percent} % is above 100 %"
        return Problem("counter_viability_range", message, values={"percent": value}) if value > 100 else None
    if field in BOUNDS:
        low, high = BOUNDS[field]
        message = "{text} does not lie between {low} and {high}"
        bounds = {"low": low, "high": high}
        return None if low <= value <= high else Problem("counter_out_of_range", message, values=bounds)
    unit = scale[field]
    if 0 < value < LEAST_PER_ML / unit:
        message = "{text} cells per mL are too few to be meant; the heading must name the power of ten"
        return Problem("counter_unit_unclear", message)
    if value > Decimal(MOST_PER_ML) / unit:
        message = "{text}: so many cells do not fit into a mL; look at the unit that the heading names"
        return Problem("counter_too_dense", message)
    return None


def _worked_out(numbers: Mapping[str, Decimal], name: str, line: int) -> tuple[Decimal, Decimal, Decimal]:
    """Viable cells and all cells per mL, and viability; what is told twice must agree."""
    viable, total, dead = (numbers.get(f"{what}_per_ml") for what in ("viable", "total", "dead"))
    told = numbers.get("viability")
    share = None if told is None else told / 100
    if total is None and viable is not None:
        total = viable + dead if dead is not None else viable / share if share else None
    if total is None and dead is not None and share is not None and share < 1:
        total = dead / (1 - share)
    if viable is None and total is not None:
        viable = total - dead if dead is not None else total * share if share is not None else None
    if viable is None or total is None:
        message = (
            "too little is told: viable cells, and either all cells, dead cells or the viability, are needed"
        )
        raise BadInput([Problem("counter_value_missing", message, name, "viable_per_ml", line)])
    if total == 0:
        message = "no cell was counted: there is no viability of no cells"
        raise BadInput([Problem("counter_nothing_counted", message, name, "total_per_ml", line)])
    problems = []
    worked_out = min(viable / total, Decimal(1))
    said = {
        "viable": viable,
        "total": total,
        "sum": viable + (dead or 0),
        "percent": told,
        "worked_out": 100 * worked_out,
    }
    if viable > total * (1 + SUM_WITHIN) or viable < 0:
        message = "{viable:.0f} viable cells per mL are more than all cells, {total:.0f}"
        problems.append(Problem("counter_sum_wrong", message, name, "viable_per_ml", line, said))
    elif dead is not None and abs(viable + dead - total) > SUM_WITHIN * total:
        message = "viable and dead cells are {sum:.0f} per mL, all cells {total:.0f}"
        problems.append(Problem("counter_sum_wrong", message, name, "dead_per_ml", line, said))
    if share is not None and abs(worked_out - share) > VIABILITY_WITHIN:
        message = "viability is {percent} %, but viable over all cells is {worked_out:.1f} %"
        problems.append(Problem("counter_viability_wrong", message, name, "viability", line, said))
    if problems:
        raise BadInput(problems)
    return viable, total, worked_out


def _number(text: str, *, decimal_comma: bool) -> Decimal:
    """``1.2E+06``, ``94.5 %``, ``1 200 000``; ``94,5`` where the comma does not divide the columns."""
    plain = text.rstrip("%").replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    if decimal_comma and "," in plain and "." not in plain:
        plain = plain.replace(",", ".")
    value = Decimal(plain)
    if not value.is_finite():
        raise InvalidOperation
    return value
