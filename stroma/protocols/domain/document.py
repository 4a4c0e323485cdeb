"""Reading a protocol document: text in, a :class:`Protocol` out, or every fault with its key and line.

Three things are looked at in one reading: the schema (``schema``), what must fit together (``coherence``)
and whether candidacy can ask what a criterion names (``variables``). Where the text comes from is the
caller's business.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stroma.protocols.domain.coherence import Fault, Place, document_faults
from stroma.protocols.domain.locator import locate_keys, nearest_line, place_text
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.protocols.domain.schema import Protocol
from stroma.protocols.domain.schema_parts import INCOHERENT
from stroma.protocols.domain.variables import question_fault

_SYNTAX_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def read_protocol(text: str, *, file: str) -> Protocol:
    """The protocol that ``text`` writes down.

    ``file`` is the name that the faults carry. Raises BadInput with every fault; a text that is not TOML has
    one, since nothing after it can be understood.
    """
    document = _parse(text, file)
    protocol, faults = None, list[Fault]()
    try:
        protocol = Protocol.model_validate(document)
    except ValidationError as error:
        faults += _schema_faults(error.errors(include_url=False), document)
    told = {fault.place for fault in faults}
    for fault in [*document_faults(document), *_question_faults(document)]:
        if fault.place not in told:
            faults.append(fault)
    if protocol is None or faults:
        raise BadInput(_problems(faults, text, file))
    return protocol


def protocol_digest(text: str) -> str:
    """SHA-256, in hexadecimal, of the exact text in UTF-8: what a course binds to."""
    return hashlib.sha256(text.encode()).hexdigest()


def _parse(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        last = text.count("\n") + 1
        line, place = last, ""
        if match := _SYNTAX_PLACE.search(message):
            message = message[: match.start()]
            line = int(match["line"] or last)
            place = f"column {match['column']}" if match["column"] else "end of document"
        problem = Problem("toml_syntax", f"this is not TOML: {message}", file, place, line)
    except RecursionError:
        problem = Problem("toml_syntax", "this is nested too deeply to be a protocol", file)
    except ValueError:  # Python refuses to read a number of thousands of digits
        problem = Problem("toml_syntax", "a number is too long to be read", file)
    raise BadInput([problem])


def _problems(faults: Iterable[Fault], text: str, file: str) -> list[Problem]:
    try:
        lines = locate_keys(text)
    except RecursionError:  # lists within lists beyond all sense: the faults are told without their lines
        lines = {(): 1}
    problems = [
        Problem(
            "protocol_fault", fault.message, file, place_text(fault.place), nearest_line(lines, fault.place)
        )
        for fault in faults
    ]
    return sorted(problems, key=lambda problem: problem.line or 0)


def _question_faults(document: Mapping[str, Any]) -> list[Fault]:
    criteria = document.get("criteria")
    faults = []
    for number, part in enumerate(criteria if isinstance(criteria, list) else []):
        if isinstance(part, Mapping) and (
            found := question_fault(part.get("variable"), part.get("test"), part.get("limit"))
        ):
            faults.append(Fault(("criteria", number, found[0]), found[1]))
    return faults


def _schema_faults(errors: Iterable[ErrorDetails], document: Mapping[str, Any]) -> list[Fault]:
    """One fault per place: a key that may be of several types fails once for each, and is told once."""
    messages: dict[Place, list[str]] = {}
    for error in errors:
        # What does not fit together is asked of the document itself, which tells it also beside other faults.
        if error["type"] != INCOHERENT:
            place = _written_place(error["loc"], document, is_missing=error["type"] == "missing")
            messages.setdefault(place, []).append(_message(error))
    return [Fault(place, " or ".join(dict.fromkeys(found))) for place, found in messages.items()]


def _written_place(location: Iterable[str | int], document: Any, *, is_missing: bool) -> Place:
    """The part of pydantic's location that the document has, and a missing key; the rest names schema
    types."""
    place: Place = ()
    value = document
    for part in location:
        if isinstance(value, Mapping) and (part in value or is_missing):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            break
        place = (*place, part)
    return place


def _message(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "this key is missing"
        case "extra_forbidden":
            return "this key is unknown here"
        case "literal_error" | "enum":
            return f"must be {context['expected']}, not {_shown(error['input'])}"
        case "value_error":
            return str(context["error"])
        case "string_pattern_mismatch":
            return f"{_shown(error['input'])} does not have the form {context['pattern']}"
        case _:
            message = error["msg"].removeprefix("Input should ")
            return message if message == error["msg"] else f"should {message}, not {_shown(error['input'])}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 60 else text[:57] + "..."
