"""Reading an instance or a schedule: text in, a checked document out, or every fault by id.

What the schema refuses is not all that may be wrong. So what it refuses is put right as a trial, by values that break
no other rule, and it is looked at whether the rest fits together (``faults``): one reading tells everything.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from stroma.planning.planner.faults import instance_faults
from stroma.planning.planner.instance import Instance, Schedule
from stroma.protocols.domain.problem import BadInput, Problem

Document = TypeVar("Document", bound=BaseModel)

STAND_INS = {
    "minutes": 5,
    "latest_days": 3660,
    "ready_on": "0001-01-01",
    "opens": "00:00",
    "closes": "24:00",
    "weekdays": list(range(7)),
    "first": "0001-01-01",
    "last": "9999-12-31",
}
"""What breaks no other rule, for keys without which, or without a value of which, nothing else can be judged."""

SPAN = {"first_day", "days"}
"""Without these no date of an instance can be judged."""


def read_instance(text: str, *, file: str) -> Instance:
    """The instance that ``text`` writes down. Raises BadInput with every fault."""
    try:
        instance = _read(Instance, text, file)
    except _Misshapen as refused:
        problems = [*refused.problems, *_what_else(refused, file)]
    else:
        problems = _faults(instance, file)
    if problems:
        raise BadInput(problems)
    return instance


def read_schedule(text: str, *, file: str) -> Schedule:
    """The schedule that ``text`` writes down; whether it is any good is the checker's business."""
    return _read(Schedule, text, file)


class _Misshapen(BadInput):
    """The schema refuses the document; ``errors`` are its reasons."""

    def __init__(self, problems: list[Problem], document: Any, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(problems)
        self.document, self.errors = document, errors


def _read(kind: type[Document], text: str, file: str) -> Document:
    twice: list[Problem] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            said = sorted({key for key in keys if keys.count(key) > 1})
            name = found.get("id", "")
            twice.extend(
                Problem("json_syntax", f"the key {key} is given {keys.count(key)} times", file, str(name))
                for key in said
            )
        return found

    try:
        document = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise BadInput(
            [Problem("json_syntax", f"this is not JSON: {error.msg}", file, line=error.lineno)]
        ) from None
    except (ValueError, RecursionError):
        raise BadInput(
            [Problem("json_syntax", "a number is too long or lists are nested too deeply", file)]
        ) from None
    try:
        read = kind.model_validate_json(text, strict=True)
    except ValidationError as error:
        errors = error.errors()
        shape = [
            Problem("instance_fault", _message(one), file, _by_id(one["loc"], document)) for one in errors
        ]
        raise _Misshapen([*twice, *shape], document, errors) from None
    if twice:
        raise BadInput(twice)
    return read


def _faults(instance: Instance, file: str) -> list[Problem]:
    return [Problem("instance_fault", message, file, place) for place, message in instance_faults(instance)]


def _what_else(refused: _Misshapen, file: str) -> list[Problem]:
    """What does not fit together beside what the schema refuses; nothing where that cannot be judged."""
    if any(error["loc"][:1] and error["loc"][0] in SPAN for error in refused.errors):
        return []
    for error in reversed(refused.errors):  # what stands later in a list is left out first
        _put_right(refused.document, error)
    try:
        return _faults(Instance.model_validate_json(json.dumps(refused.document), strict=True), file)
    except (ValidationError, ValueError, RecursionError):
        return []


def _put_right(document: Any, error: Mapping[str, Any]) -> None:
    """Leave out what is refused, or put a stand-in there."""
    *way, last = error["loc"]
    for part in way:
        if not isinstance(document, (dict, list)) or part not in _places(document):
            return
        document = document[part]
    if isinstance(document, dict):
        given = document.pop(last, None)
        if last in STAND_INS:
            document[last] = STAND_INS[last]
        elif error["type"] == "string_type" and isinstance(given, (int, float)):
            document[last] = str(given)
    elif isinstance(document, list) and last in _places(document):
        del document[last]


def _places(document: dict[str, Any] | list[Any]) -> Collection[Any]:
    return document.keys() if isinstance(document, dict) else range(len(document))


def _message(error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "missing":
            return "this key is missing"
        case "extra_forbidden":
            return "this key is unknown here"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            given = error["input"]
            said = error["msg"].removeprefix("Input ")
            return said if isinstance(given, (dict, list)) else f"{said}, not {given!r}"


def _by_id(location: Sequence[str | int], document: Any) -> str:
    """The place of a fault with ids instead of numbers."""
    words, value = "", document
    for part in location:
        if isinstance(part, int) and isinstance(value, list) and part < len(value):
            value = value[part]
            name = value.get("id", part) if isinstance(value, dict) else part
            words += f"[{name}]"
        else:
            value = value.get(part) if isinstance(value, dict) and isinstance(part, str) else None
            words += f".{part}" if words else str(part)
    return words
