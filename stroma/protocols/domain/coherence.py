"""What must fit together in a protocol document: the rules that look at more than one key.

They work on the plain document (mappings, lists, text and numbers as TOML gives them) and step over anything
that has the wrong type, which the schema reports by itself; membership is asked of tuples, since a value of
the wrong type may be unhashable. So one reading of a broken document finds its misspelled keys *and* what
does not fit together, each with its place. The schema applies the same rules to what it builds.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple, TypeGuard

from stroma.protocols.domain.duration import parse_duration
from stroma.protocols.domain.spine import DISC_LEVELS, LATERAL_TARGETS, LEVELS, Side, Target
from stroma.protocols.domain.vocabulary import CELL_ROUTES, Donor, Route, Tissue

Place = tuple[str | int, ...]
"""Where something stands in a document: keys and list positions, such as ``("criteria", 3, "limit")``."""

Table = Mapping[str, Any]


class Fault(NamedTuple):
    """One thing that does not fit, at its place."""

    place: Place
    message: str


def document_faults(document: Table) -> list[Fault]:
    """Every fault of the whole document, those inside single tables first."""
    return [*part_faults(document), *protocol_faults(document)]


def part_faults(document: Table) -> list[Fault]:
    """The faults inside single tables: criteria, target, specification, transport, another treatment."""
    tables: list[tuple[Place, list[Fault]]] = [
        *((place, criterion_faults(part)) for place, part in _parts(document, "criteria")),
        *((place, specification_faults(part)) for place, part in _parts(document, "specification")),
    ]
    if isinstance(target := document.get("target"), Mapping):
        tables.append((("target",), target_faults(target)))
    if isinstance(transport := document.get("transport"), Mapping):
        tables.append((("transport",), transport_faults(transport)))
    if isinstance(another := document.get("another_treatment"), Mapping):
        tables.append((("another_treatment",), another_treatment_faults(another)))
    return [Fault((*place, *fault.place), fault.message) for place, faults in tables for fault in faults]


def protocol_faults(document: Table) -> list[Fault]:
    """The faults between tables: parts that a route needs or forbids, the chain of visits, holds, repeated codes."""
    return [
        *_route_faults(document),
        *_visit_faults(document),
        *_hold_faults(document),
        *_repeated_codes(document),
    ]


def criterion_faults(part: Table) -> list[Fault]:
    """A criterion's limit must be of the kind that its test compares with."""
    test, limit = part.get("test"), part.get("limit")
    if test in (">=", "<=", ">", "<") and not _is_number(limit):
        return [Fault(("limit",), f"test {test!r} needs a number as limit")]
    if test == "in" and not (isinstance(limit, list) and limit):
        return [Fault(("limit",), "test 'in' needs a list of words as limit")]
    if test in ("is_true", "is_false") and limit is not None:
        return [Fault(("limit",), f"test {test!r} takes no limit")]
    if test == "==" and not (isinstance(limit, str) or _is_number(limit)):
        return [Fault(("limit",), "test '==' needs a word or a number as limit")]
    return []


def target_faults(part: Table) -> list[Fault]:
    """A target's levels must exist, its sides must suit it, and its volumes must be in order."""
    faults = []
    target, levels, sides = part.get("target"), part.get("levels"), part.get("sides")
    if isinstance(levels, list):
        known = DISC_LEVELS if target == Target.DISC_NUCLEUS else LEVELS
        faults += [
            Fault(
                ("levels", number), f"level {level!r} does not exist for {target}; a level is written L4-L5"
            )
            for number, level in enumerate(levels)
            if level not in known
        ]
        if not levels:
            faults.append(Fault(("levels",), "levels must name at least one level"))
    if isinstance(sides, list) and target in tuple(Target):
        lateral = target in LATERAL_TARGETS
        if not sides or lateral != (Side.MIDLINE not in sides) or (not lateral and sides != [Side.MIDLINE]):
            wanted = "LEFT, RIGHT or BOTH" if lateral else "MIDLINE"
            faults.append(Fault(("sides",), f"sides of {target} must be {wanted}"))
    low, high = part.get("volume_ml_min"), part.get("volume_ml_max")
    if _is_number(low) and _is_number(high) and low > high:
        faults.append(Fault(("volume_ml_min",), f"volume_ml_min {low:g} is above volume_ml_max {high:g}"))
    return faults


def specification_faults(part: Table) -> list[Fault]:
    """A number has a minimum or a maximum, in order; absence and pass take neither."""
    kind, low, high = part.get("kind"), part.get("minimum"), part.get("maximum")
    if kind == "number" and low is None and high is None:
        return [Fault(("kind",), "kind 'number' needs a minimum or a maximum")]
    if kind in ("absence", "pass") and not (low is None and high is None):
        return [Fault(("kind",), f"kind {kind!r} takes neither minimum nor maximum")]
    if _is_number(low) and _is_number(high) and low > high:
        return [Fault(("minimum",), f"minimum {low:g} is above maximum {high:g}")]
    return []


def transport_faults(part: Table) -> list[Fault]:
    """The lowest temperature is below the highest."""
    low, high = part.get("minimum_c"), part.get("maximum_c")
    if _is_number(low) and _is_number(high) and low >= high:
        return [Fault(("minimum_c",), f"minimum {low:g} °C is not below maximum {high:g} °C")]
    return []


def reading_faults(part: Table) -> list[Fault]:
    """A reading has at least one limit, and the lower is not above the higher."""
    low, high = part.get("minimum"), part.get("maximum")
    if low is None and high is None:
        return [Fault(("minimum",), "a reading needs a minimum, a maximum or both")]
    if _is_number(low) and _is_number(high) and low > high:
        return [Fault(("minimum",), f"minimum {low:g} is above maximum {high:g}")]
    return []


def another_treatment_faults(part: Table) -> list[Fault]:
    """A series says how many treatments it plans and how far apart."""
    if part.get("kind") != "series":
        return []
    treatments, faults = part.get("treatments", 1), []
    if _is_number(treatments) and treatments < 2:
        faults.append(Fault(("treatments",), "a series needs at least two treatments"))
    if part.get("interval") is None:
        faults.append(Fault(("interval",), "a series needs the interval between its treatments"))
    return faults


def _route_faults(document: Table) -> Iterator[Fault]:
    route, source, donor = document.get("route"), document.get("source"), document.get("donor")
    cell_parts = ("target", "dose", "collection", "processing", "specification")
    if route not in tuple(Route):
        return
    if route not in CELL_ROUTES:
        for name in cell_parts:
            if document.get(name):
                yield Fault((name,), f"{name} belongs to a treatment with cells, and route is {route!s}")
        for name, value in (("source", source), ("donor", donor)):
            if value is not None and value != "none":
                yield Fault((name,), f'a traditional treatment has {name} "none", not "{value}"')
        return
    for name in cell_parts:
        if not document.get(name):
            yield Fault((name,), f"{name} is missing: a treatment with cells needs it")
    if source == Tissue.NONE:
        yield Fault(("source",), "source must name the tissue of a treatment with cells")
    if donor == Donor.NONE:
        yield Fault(("donor",), "donor must be named for a treatment with cells")
    if route == Route.SAME_DAY and donor == Donor.ALLOGENEIC:
        yield Fault(("donor",), "same-day concentrate is the patient's own: donor must be autologous")
    dose = document.get("dose")
    if route == Route.EXPANDED and isinstance(dose, Mapping) and dose.get("viable_cells") is None:
        yield Fault(
            ("dose", "viable_cells"), "viable_cells is missing: an expanded product has a chosen dose"
        )
    if not document.get("product"):
        yield Fault(("product",), "product is missing: name the cells and their tissue, such as MSC(M)")


def _visit_faults(document: Table) -> Iterator[Fault]:
    seen = set[Any]()
    for place, visit in _parts(document, "visits"):
        after = visit.get("after")
        if place[-1] == 0:
            for name in ("after", "earliest", "latest"):
                if visit.get(name) is not None:
                    yield Fault((*place, name), f"the first visit follows none and takes no {name}")
        elif after is None:
            yield Fault(
                (*place, "after"), "after is missing: every visit but the first names the visit it follows"
            )
        else:
            if isinstance(after, str) and after not in seen:
                yield Fault((*place, "after"), f"{after!r} is no earlier visit")
            for name in ("earliest", "latest"):
                if visit.get(name) is None:
                    yield Fault((*place, name), f"{name} is missing: a visit that follows another has a lag")
        earliest, latest = _duration(visit.get("earliest")), _duration(visit.get("latest"))
        if earliest is not None and latest is not None and earliest > latest:
            yield Fault(
                (*place, "earliest"), f"earliest {visit['earliest']} is after latest {visit['latest']}"
            )
        if isinstance(code := visit.get("code"), str):
            seen.add(code)


def _hold_faults(document: Table) -> Iterator[Fault]:
    """A hold runs from a visit to one that follows from it, and nothing else of the protocol takes its kind."""
    visits = dict[Any, Table]()
    for _, visit in _parts(document, "visits"):
        if isinstance(code := visit.get("code"), str):
            visits.setdefault(code, visit)
    kinds = set[Any]()
    for place, hold in _parts(document, "holds"):
        begins, ends, kind = hold.get("begins"), hold.get("ends"), hold.get("kind")
        unknown = [
            name
            for name in ("begins", "ends")
            if isinstance(hold.get(name), str) and hold[name] not in visits
        ]
        for name in unknown:
            yield Fault((*place, name), f"{hold[name]!r} is no visit")
        if (
            isinstance(begins, str)
            and isinstance(ends, str)
            and not unknown
            and not _leads(visits, begins, ends)
        ):
            yield Fault((*place, "ends"), f"{ends!r} does not follow from {begins!r}")
        if not isinstance(kind, str):
            continue
        if kind in kinds:
            yield Fault((*place, "kind"), f"{kind!r} is kept by an earlier hold already")
        kinds.add(kind)
        for code, visit in visits.items():
            if isinstance(taken := visit.get("equipment"), list) and kind in taken:
                yield Fault(
                    (*place, "kind"), f"visit {code!r} takes {kind!r} as well: leave it out of its equipment"
                )


def _leads(visits: Mapping[Any, Table], begins: str, ends: str) -> bool:
    """Whether the visit ``ends`` comes after ``begins`` in the chain."""
    seen, at = {ends}, visits[ends].get("after")
    while isinstance(at, str) and at in visits and at not in seen:
        if at == begins:
            return True
        seen.add(at)
        at = visits[at].get("after")
    return False


def _repeated_codes(document: Table) -> Iterator[Fault]:
    for path in (
        ("criteria",),
        ("specification",),
        ("visits",),
        ("holds",),
        ("follow_up", "times"),
        ("processing", "steps"),
    ):
        first: dict[str, Place] = {}
        for place, part in _parts(document, *path):
            code = part.get("code")
            if not isinstance(code, str):
                continue
            if code in first:
                earlier = f"{'.'.join(path)}[{first[code][-1]}]"
                yield Fault((*place, "code"), f"code {code!r} is already used by {earlier}")
            else:
                first[code] = place


def _parts(document: Table, *path: str) -> Iterator[tuple[Place, Table]]:
    """The tables of the list at ``path`` with their places; nothing where there is no such list."""
    value: Any = document
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    for number, part in enumerate(value if isinstance(value, list) else []):
        if isinstance(part, Mapping):
            yield (*path, number), part


def _is_number(value: Any) -> TypeGuard[float]:
    # A whole number beyond what a float holds is a fault of its own, which the schema tells.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and not (isinstance(value, int) and abs(value) > sys.float_info.max)


def _duration(value: Any) -> timedelta | None:
    try:
        return parse_duration(value)
    except ValueError:
        return None
