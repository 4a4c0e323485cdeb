"""Whether a resource has the shape FHIR R4 asks for: every fault, each with its FHIR path.

The elements and data types are checked by ``fhir.resources`` (its R4B models; for the resources read here
R4B has the elements of R4). It is a shape check only: it lets through codes outside a required value set,
text where an object belongs and numbers written as text, so those are checked here. Messages name elements
and codes of the standard, never a value, because a value may be a name or a birth date.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from stroma.protocols.domain.problem import Problem


@dataclass(frozen=True)
class Shape:
    """What is checked beyond ``fhir.resources``. A path is relative to the resource, ``[]`` standing for
    every item.

    ``codes``: value sets with required binding. ``required``: paths whose value must be there. ``objects``:
    paths that must hold an object. ``booleans`` and ``numbers``: paths that must hold just that.
    """

    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    booleans: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IDENTIFIER_USE = _set("usual official temp secondary old")
_COMPARATOR = _set("< <= >= >")
_CONCEPT = ("code", "code.coding[]")

# Required value sets of FHIR 4.0.1, https://hl7.org/fhir/R4/ (page of each resource, "Terminology Bindings").
SHAPES: dict[str, Shape] = {
    "Patient": Shape(
        codes={
            "gender": _set("male female other unknown"),
            "name[].use": _set("usual official temp nickname anonymous old maiden"),
            "telecom[].system": _set("phone fax email pager url sms other"),
            "telecom[].use": _set("home work temp old mobile"),
            "address[].use": _set("home work temp old billing"),
            "identifier[].use": _IDENTIFIER_USE,
            "link[].type": _set("replaced-by replaces refer seealso"),
        },
        objects=("name[]", "telecom[]", "address[]", "identifier[]", "link[]", "communication[]"),
        booleans=("active", "deceasedBoolean"),
    ),
    "Condition": Shape(
        codes={
            "clinicalStatus.coding[].code": _set("active recurrence relapse inactive remission resolved"),
            "verificationStatus.coding[].code": _set(
                "unconfirmed provisional differential confirmed refuted entered-in-error"
            ),
        },
        required=("subject",),
        objects=(*_CONCEPT, "subject", "clinicalStatus", "verificationStatus", "onsetPeriod"),
    ),
    "Observation": Shape(
        codes={
            "status": _set(
                "registered preliminary final amended corrected cancelled entered-in-error unknown"
            ),
            "valueQuantity.comparator": _COMPARATOR,
            "component[].valueQuantity.comparator": _COMPARATOR,
        },
        required=("status", "code"),
        objects=(
            *_CONCEPT,
            "subject",
            "valueQuantity",
            "valueCodeableConcept",
            "component[]",
            "component[].code",
        ),
        booleans=("valueBoolean",),
        numbers=("valueQuantity.value", "valueInteger", "component[].valueQuantity.value"),
    ),
    "MedicationRequest": Shape(
        codes={
            "status": _set("active on-hold cancelled completed entered-in-error stopped draft unknown"),
            "intent": _set(
                "proposal plan order original-order reflex-order filler-order instance-order option"
            ),
            "priority": _set("routine urgent asap stat"),
        },
        required=("status", "intent", "subject"),
        objects=("subject", "medicationCodeableConcept", "medicationReference"),
        booleans=("doNotPerform",),
    ),
    "MedicationStatement": Shape(
        codes={
            "status": _set("active completed entered-in-error intended stopped on-hold unknown not-taken"),
        },
        required=("status", "subject"),
        objects=("subject", "medicationCodeableConcept", "medicationReference", "effectivePeriod"),
    ),
    "Procedure": Shape(
        codes={
            "status": _set(
                "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"
            ),
        },
        required=("status", "subject"),
        objects=(*_CONCEPT, "subject", "performedPeriod"),
    ),
    "AllergyIntolerance": Shape(
        codes={
            "clinicalStatus.coding[].code": _set("active inactive resolved"),
            "verificationStatus.coding[].code": _set(
                "unconfirmed presumed confirmed refuted entered-in-error"
            ),
            "type": _set("allergy intolerance"),
            "category[]": _set("food medication environment biologic"),
            "criticality": _set("low high unable-to-assess"),
        },
        required=("patient",),
        objects=(*_CONCEPT, "patient", "clinicalStatus", "verificationStatus"),
    ),
}
"""The resource types that are read; all others are counted and passed over."""


CHOICES = ("value", "effective", "onset", "abatement", "performed", "medication", "deceased", "multipleBirth")
"""Elements written with their type in the name (``valueQuantity``), of which one only may be given."""


def shape_problems(resource: dict[str, Any], *, place: str, file: str) -> list[Problem]:
    """Every fault of one resource of a type in :data:`SHAPES`, in the order of its places."""
    resource_type = resource["resourceType"]
    found = {
        where: Problem(code, message, file=file, place=".".join(part for part in (place, where) if part))
        # The own checks come last, so that of two faults at one place the plainer message stays.
        for code, where, message in (*_model_faults(resource), *_own_faults(resource, SHAPES[resource_type]))
    }
    return sorted(found.values(), key=lambda problem: problem.place)


def _own_faults(resource: dict[str, Any], shape: Shape) -> Iterator[tuple[str, str, str]]:
    for name in _repeated_choices(resource):
        yield "element_invalid", name, "gives one element in a second type; FHIR R4 allows one."
    for path in shape.required:
        if resource.get(path) in (None, "", {}, []):
            yield "element_missing", path, "is missing; FHIR R4 requires it."
    for path, allowed in shape.codes.items():
        for where, value in at_path(resource, path):
            if not isinstance(value, str) or value not in allowed:
                yield "code_outside_value_set", where, f"must be one of: {', '.join(sorted(allowed))}."
    for path in shape.objects:
        for where, value in at_path(resource, path):
            if not isinstance(value, dict):
                yield "element_invalid", where, "must be an object."
    for path in shape.booleans:
        for where, value in at_path(resource, path):
            if not isinstance(value, bool):
                yield "element_invalid", where, "must be true or false."
    for path in shape.numbers:
        for where, value in at_path(resource, path):
            if not isinstance(value, int | Decimal) or isinstance(value, bool):
                yield "element_invalid", where, "must be a number, not text."


def _repeated_choices(resource: dict[str, Any]) -> Iterator[str]:
    for element in CHOICES:
        given = [name for name in resource if re.fullmatch(rf"{element}[A-Z]\w*", name)]
        yield from given[1:]


def at_path(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value at a path, with its place; what is absent or of another shape on the way is skipped."""
    if not path:
        yield "", value
        return
    step, _, rest = path.partition(".")
    name, is_list = step.removesuffix("[]"), step.endswith("[]")
    below = value.get(name) if isinstance(value, dict) else None
    if is_list:
        items = enumerate(below) if isinstance(below, list) else ()
        inner = [(f"{name}[{number}]", item) for number, item in items]
    else:
        inner = [] if below is None else [(name, below)]
    for where, item in inner:
        for deeper, found in at_path(item, rest):
            yield ".".join(part for part in (where, deeper) if part), found


def _model_faults(resource: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    from pydantic import ValidationError

    # What is contained is read only where a medicine refers to it, and then with care; an unknown type in
    # it would make the model fail without a place.
    judged = {name: value for name, value in resource.items() if name != "contained"}
    try:
        _model(resource["resourceType"]).model_validate(judged)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            # A fault without a place is that of two types for one element, which _own_faults places.
            if fault["loc"]:
                yield _fault(fault["type"], fault["loc"])
    except Exception:  # the models raise KeyError and others on some malformed input
        yield "element_invalid", "", f"cannot be read as a FHIR R4 {resource['resourceType']}."


def _fault(kind: str, location: tuple[int | str, ...]) -> tuple[str, str, str]:
    where = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if part != "root"
    ).lstrip(".")
    if kind == "missing":
        return "element_missing", where, "is missing; FHIR R4 requires it."
    if kind == "extra_forbidden":
        return "element_unknown", where, "is no element of FHIR R4 here."
    return "element_invalid", where, "does not have the form FHIR R4 asks for."


@cache
def _model(resource_type: str) -> Any:
    from fhir.resources.R4B import get_fhir_model_class  # slow import

    return get_fhir_model_class(resource_type)
