"""The answers file: what a patient's record cannot say, told by a person or, where nobody said, taken from an example.

TOML or JSON. Read whole or not at all: every fault is reported with its key and line.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stroma.candidacy.domain.answer import Value
from stroma.candidacy.domain.red_flags import RED_FLAG_CODES
from stroma.protocols.domain.coherence import Place
from stroma.protocols.domain.locator import locate_keys, nearest_line, place_text
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.protocols.domain.schema import Indication
from stroma.protocols.domain.spine import LEVELS, Side
from stroma.protocols.domain.variables import VARIABLES

SECTIONS = ("indication", "answers", "red_flags", "places", "overrides", "laboratory")
LABORATORY = {
    "viability_percent": (0.0, 100.0),
    "doubling_time_hours": (1.0, 1000.0),
    "cd73_percent": (0.0, 100.0),
    "cd90_percent": (0.0, 100.0),
    "cd105_percent": (0.0, 100.0),
    "endotoxin_eu_per_ml": (0.0, 1000.0),
}
"""What a simulated laboratory may be told to find, with the range."""
LABORATORY_WORDS = {"sterility_rapid": ("no growth", "growth"), "mycoplasma": ("not detected", "detected")}


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A level and a side of the spine."""

    level: str
    side: Side


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    """An answers file, read."""

    indication: Indication | None = None
    answers: Mapping[str, Value] = field(default_factory=dict)
    red_flags: Mapping[str, bool] = field(default_factory=dict)
    places: tuple[NamedPlace, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    laboratory: Mapping[str, float | str] = field(default_factory=dict)


Fault = tuple[Place, str]
_SYNTAX_LINE = re.compile(r" \(at line (?P<line>\d+), column \d+\)$")
_ENORMOUS = 1e9
"""Beyond any number a patient can have; infinity and what is no number at all lie beyond it as well."""


def read_answers(text: str, *, file: str) -> AnswerSheet:
    """The answers that ``text`` holds. Raises BadInput with every fault."""
    document = _parse(text, file)
    faults = [
        *_unknown(document, SECTIONS, ()),
        *_indication(document),
        *_answers(document),
        *_flags(document),
        *_places(document),
        *_overrides(document),
        *_laboratory(document),
    ]
    if faults:
        lines = locate_keys(text) if file.endswith(".toml") else {}
        raise BadInput(
            Problem(
                "answers", message, file, place_text(place), nearest_line(lines, place) if lines else None
            )
            for place, message in faults
        )
    return AnswerSheet(
        indication=Indication(document["indication"]) if "indication" in document else None,
        answers=document.get("answers", {}),
        red_flags=document.get("red_flags", {}),
        places=tuple(
            NamedPlace(place["level"], Side(place.get("side", "MIDLINE")))
            for place in document.get("places", [])
        ),
        overrides=document.get("overrides", {}),
        laboratory=document.get("laboratory", {}),
    )


def _parse(text: str, file: str) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # TOML refuses a key written twice; JSON would silently keep the last one.
        table = dict(pairs)
        names = [name for name, _ in pairs]
        twice.extend(sorted(name for name in table if names.count(name) > 1))
        return table

    twice: list[str] = []
    try:
        document = json.loads(text, object_pairs_hook=once) if file.endswith(".json") else tomllib.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            [Problem("json_syntax", f"this is not JSON: {error.msg}", file, "", error.lineno)]
        ) from error
    except tomllib.TOMLDecodeError as error:
        match = _SYNTAX_LINE.search(str(error))
        line = int(match["line"]) if match else text.count("\n") + 1
        raise BadInput([Problem("toml_syntax", f"this is not TOML: {error}", file, "", line)]) from error
    except RecursionError as error:
        raise BadInput([Problem("answers", "this is nested too deeply to be answers", file)]) from error
    except ValueError as error:  # Python refuses to read a number of thousands of digits
        raise BadInput([Problem("answers", "a number is too long to be read", file)]) from error
    if twice:
        raise BadInput(Problem("answers", "this key is written twice", file, name) for name in twice)
    if not isinstance(document, dict):
        raise BadInput([Problem("answers", "an answers file is a table of answers", file)])
    return document


def _unknown(table: Mapping[str, Any], known: Any, place: Place) -> list[Fault]:
    return [((*place, key), "nothing of this name is asked") for key in table if key not in known]


def _section(document: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], list[Fault]]:
    table = document.get(name, {})
    if isinstance(table, dict):
        return table, []
    return {}, [((name,), "this is a table")]


def _indication(document: Mapping[str, Any]) -> list[Fault]:
    known = [indication.value for indication in Indication]
    if "indication" in document and document["indication"] not in known:
        return [(("indication",), f"one of {', '.join(known)}")]
    return []


def _answers(document: Mapping[str, Any]) -> list[Fault]:
    table, faults = _section(document, "answers")
    for name, value in table.items():
        variable = VARIABLES.get(name)
        place = ("answers", name)
        if variable is None or variable.derived:
            faults.append((place, "nothing of this name is asked"))
        elif variable.kind == "bool" and not isinstance(value, bool):
            faults.append((place, "answer true or false"))
        elif variable.kind == "word" and value not in variable.words:
            faults.append((place, f"one of {', '.join(variable.words)}"))
        elif variable.kind == "number":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not -_ENORMOUS < value < _ENORMOUS:
                faults.append((place, f"a number in {variable.unit}"))
            elif (variable.minimum is not None and value < variable.minimum) or (
                variable.maximum is not None and value > variable.maximum
            ):
                low, high = variable.minimum, variable.maximum
                scale = f"at least {low}" if high is None else f"between {low} and {high}"
                faults.append((place, f"{scale} {variable.unit}"))
    return faults


def _flags(document: Mapping[str, Any]) -> list[Fault]:
    table, faults = _section(document, "red_flags")
    faults += _unknown(table, RED_FLAG_CODES, ("red_flags",))
    return faults + [
        (("red_flags", name), "answer true or false")
        for name, value in table.items()
        if name in RED_FLAG_CODES and not isinstance(value, bool)
    ]


def _places(document: Mapping[str, Any]) -> list[Fault]:
    rows = document.get("places", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return [(("places",), "a list of places, each with a level and a side")]
    faults: list[Fault] = []
    named: set[tuple[str, str]] = set()
    for number, row in enumerate(rows):
        faults += _unknown(row, ("level", "side"), ("places", number))
        if row.get("level") not in LEVELS:
            faults.append((("places", number, "level"), "a level such as L4-L5"))
        if row.get("side", "MIDLINE") not in [side.value for side in Side]:
            faults.append((("places", number, "side"), "MIDLINE, LEFT, RIGHT or BOTH"))
            continue
        side = row.get("side", "MIDLINE")
        spots = {(str(row.get("level")), one) for one in (("LEFT", "RIGHT") if side == "BOTH" else (side,))}
        if spots & named:
            faults.append((("places", number), "this place is named before"))
        named |= spots
    return faults


def _overrides(document: Mapping[str, Any]) -> list[Fault]:
    table, faults = _section(document, "overrides")
    return faults + [
        (("overrides", name), "the physiatrist's reason, in words")
        for name, value in table.items()
        if not isinstance(value, str) or not value.strip()
    ]


def _laboratory(document: Mapping[str, Any]) -> list[Fault]:
    table, faults = _section(document, "laboratory")
    faults += _unknown(table, {*LABORATORY, *LABORATORY_WORDS}, ("laboratory",))
    for name, value in table.items():
        place = ("laboratory", name)
        if name in LABORATORY_WORDS and value not in LABORATORY_WORDS[name]:
            faults.append((place, f"one of {', '.join(LABORATORY_WORDS[name])}"))
        if name in LABORATORY:
            low, high = LABORATORY[name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                faults.append((place, f"a number between {low:g} and {high:g}"))
    return faults
