"""A FHIR R4 file about one patient, as an intake: all of it, or every reason why not.

Accepted are a Bundle of type transaction, batch, collection, searchset or document that holds one Patient,
and a single Patient. Resource types that candidacy does not use are counted and passed over. Translation
only: what an entry means is decided in ``stroma.candidacy.domain.findings``.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from stroma.fhir.elements import Remarks
from stroma.fhir.json_source import JsonSource, read_json
from stroma.fhir.person import PatientReferences, Person, read_person
from stroma.fhir.record import (
    read_allergy,
    read_condition,
    read_medication,
    read_observation,
    read_procedure,
)
from stroma.fhir.shape import SHAPES, shape_problems
from stroma.patients.domain.intake import (
    IntakeAllergy,
    IntakeCondition,
    IntakeMeasurement,
    IntakeMedication,
    IntakeTreatment,
    PatientIntake,
)
from stroma.protocols.domain.problem import BadInput, Problem

BUNDLE_TYPES = ("transaction", "batch", "collection", "searchset", "document")
"""Bundles that carry resources to keep; a response, a history or a message does not."""

WRITING_METHODS = ("POST", "PUT")


@dataclass(frozen=True)
class BundleReading:
    """What was read from one file.

    ``notes`` say what was left out or read with loss, by place and without values. ``digest`` is the
    SHA-256 of the file's bytes. ``resource_counts`` counts every resource of the file by type.
    """

    intake: PatientIntake
    notes: tuple[str, ...]
    digest: str
    resource_counts: Mapping[str, int]


@dataclass(frozen=True)
class Entry:
    """One resource with the place it stands at."""

    resource: dict[str, Any]
    place: str
    full_url: str

    @property
    def resource_type(self) -> str:
        """Such as ``Condition``."""
        return str(self.resource["resourceType"])


def read_bundle(path: Path) -> BundleReading:
    """Read one file; raises :class:`BadInput` with every fault, each with its FHIR path and line."""
    source = read_json(path)
    remarks = Remarks(file=source.file)
    entries = _entries(source.tree, remarks)
    patients = [entry for entry in entries if entry.resource_type == "Patient"]
    _count_patients(patients, source.tree, remarks)
    sound = list(_sound(entries, remarks))
    persons = [
        read_person(entry.resource, place=entry.place, remarks=remarks)
        for entry in sound
        if entry.resource_type == "Patient"
    ]
    mine = _about_the_patient(sound, patients, remarks)
    parts = _read_record(mine, entries, remarks)
    if remarks.problems:
        raise BadInput(_with_lines(remarks.problems, source))
    return BundleReading(
        intake=_intake(persons[0], parts),
        notes=tuple(remarks.notes),
        digest=source.digest,
        resource_counts=dict(sorted(Counter(entry.resource_type for entry in entries).items())),
    )


def _entries(tree: Any, remarks: Remarks) -> list[Entry]:
    """The resources of the file; faults of the bundle itself go to the remarks."""
    if not isinstance(tree, dict) or not isinstance(tree.get("resourceType"), str):
        remarks.problem("wrong_resource_type", "resourceType", "is missing: the file holds no FHIR resource.")
        return []
    resource_type = tree["resourceType"]
    if resource_type != "Bundle":
        if resource_type != "Patient":
            remarks.problem(
                "wrong_resource_type", "resourceType", "The file must hold a Bundle or a single Patient."
            )
        return [Entry(tree, resource_type, "")]
    if tree.get("type") not in BUNDLE_TYPES:
        remarks.problem("wrong_bundle_type", "Bundle.type", f"must be one of: {', '.join(BUNDLE_TYPES)}.")
    listed = tree.get("entry", [])
    if not isinstance(listed, list):
        remarks.problem("element_invalid", "Bundle.entry", "must be a list.")
        return []
    entries = [
        entry
        for number, item in enumerate(listed)
        if (entry := _entry(item, f"Bundle.entry[{number}]", remarks)) is not None
    ]
    _refuse_repeated(entries, remarks)
    return entries


def _entry(item: Any, place: str, remarks: Remarks) -> Entry | None:
    if not isinstance(item, dict):
        remarks.problem("element_invalid", place, "must be an object.")
        return None
    request = item.get("request")
    method = request.get("method") if isinstance(request, dict) else None
    if method is not None and method not in WRITING_METHODS:
        remarks.problem("entry_writes_nothing", f"{place}.request.method", "must be POST or PUT.")
    resource = item.get("resource")
    if resource is None and method in (None, *WRITING_METHODS):
        remarks.problem("entry_without_resource", place, "holds no resource.")
    if resource is None:
        return None
    resource_type = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(resource_type, str) or not re.fullmatch(r"[A-Z][A-Za-z]{1,60}", resource_type):
        remarks.problem("wrong_resource_type", f"{place}.resource", "has no valid resourceType.")
        return None
    full_url = item.get("fullUrl")
    if full_url is not None and not isinstance(full_url, str):
        remarks.problem("element_invalid", f"{place}.fullUrl", "must be text.")
    return Entry(resource, f"{place}.resource", full_url if isinstance(full_url, str) else "")


def _refuse_repeated(entries: list[Entry], remarks: Remarks) -> None:
    """No two entries may be the same resource (invariant bdl-7 of R4, and one identity per bundle)."""
    first: dict[tuple[str, str], str] = {}
    for entry in entries:
        keys = [("fullUrl", entry.full_url)] if entry.full_url else []
        if isinstance(entry.resource.get("id"), str):
            keys.append((entry.resource_type, entry.resource["id"]))
        repeated = [key for key in keys if key in first]
        if repeated:
            text = f"is the same resource as {first[repeated[0]]}: {_named(repeated)} agree."
            remarks.problem("repeated_entry", entry.place.removesuffix(".resource"), text)
        for key in keys:
            first.setdefault(key, entry.place.removesuffix(".resource"))


def _named(keys: list[tuple[str, str]]) -> str:
    return " and ".join("fullUrl" if kind == "fullUrl" else "type and id" for kind, _ in keys)


def _count_patients(patients: list[Entry], tree: Any, remarks: Remarks) -> None:
    if not isinstance(tree, dict) or tree.get("resourceType") != "Bundle":
        return
    if not patients:
        remarks.problem("no_patient", "Bundle.entry", "holds no Patient; one is needed.")
    if len(patients) > 1:
        places = ", ".join(entry.place for entry in patients)
        text = f"holds {len(patients)} Patients; one file is about one. They stand at {places}."
        remarks.problem("several_patients", "Bundle.entry", text)


def _sound(entries: list[Entry], remarks: Remarks) -> Iterator[Entry]:
    """The resources that are read and have the right shape; the others leave their problems."""
    for entry in entries:
        if entry.resource_type in SHAPES:
            problems = shape_problems(entry.resource, place=entry.place, file=remarks.file)
            remarks.problems += problems
            if not problems:
                yield entry


def _about_the_patient(sound: list[Entry], patients: list[Entry], remarks: Remarks) -> list[Entry]:
    """The resources whose subject is the patient; a reference to anybody else's record is a problem."""
    references = [PatientReferences.of(entry.resource, entry.full_url) for entry in patients]
    mine = []
    for entry in sound:
        if entry.resource_type == "Patient" or not patients:
            continue
        element = "patient" if entry.resource_type == "AllergyIntolerance" else "subject"
        subject = entry.resource.get(element)
        if subject is None:
            remarks.note(entry.place, "left out: it does not say whom it is about.")
        elif any(reference.mean(subject) for reference in references):
            mine.append(entry)
        elif _is_of_another_kind(subject):
            remarks.note(entry.place, "left out: it is not about a patient.")
        else:
            text = "does not lead to the Patient of this file."
            remarks.problem("reference_unresolved", f"{entry.place}.{element}", text)
    return mine


def _is_of_another_kind(reference: dict[str, Any]) -> bool:
    address = str(reference.get("reference") or "")
    kind = reference.get("type") or address.rpartition("/")[0].rpartition("/")[2]
    return kind in ("Group", "Device", "Location")


@dataclass
class _Parts:
    """The clinical part of the intake while it is gathered."""

    conditions: list[IntakeCondition]
    medications: list[IntakeMedication]
    treatments: list[IntakeTreatment]
    measurements: list[IntakeMeasurement]
    allergies: list[IntakeAllergy]


def _read_record(mine: list[Entry], entries: list[Entry], remarks: Remarks) -> _Parts:
    medications = dict(_medications_by_address(entries))
    parts = _Parts([], [], [], [], [])
    for entry in mine:
        resource, place = entry.resource, entry.place
        match entry.resource_type:
            case "Condition":
                _add(parts.conditions, read_condition(resource, place, remarks))
            case "MedicationRequest" | "MedicationStatement":
                _add(parts.medications, read_medication(resource, place, remarks, medications.get))
            case "Procedure":
                _add(parts.treatments, read_procedure(resource, place, remarks))
            case "AllergyIntolerance":
                _add(parts.allergies, read_allergy(resource, place, remarks))
            case "Observation":
                parts.measurements += read_observation(resource, place, remarks)
    return parts


Item = TypeVar("Item")


def _add(items: list[Item], item: Item | None) -> None:
    if item is not None:
        items.append(item)


def _medications_by_address(entries: list[Entry]) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in entries:
        if entry.resource_type == "Medication":
            yield f"Medication/{entry.resource.get('id')}", entry.resource
            yield entry.full_url, entry.resource


def _intake(person: Person, parts: _Parts) -> PatientIntake:
    if person.birth_date is None:
        raise AssertionError("a Patient without a birth date has a problem and is not turned into an intake")
    return PatientIntake(
        family_name=person.family_name,
        given_names=person.given_names,
        birth_date=person.birth_date,
        birth_date_is_partial=person.birth_date_is_partial,
        sex=person.sex,
        deceased=person.deceased,
        deceased_at=person.deceased_at,
        identifiers=person.identifiers,
        contacts=person.contacts,
        language=person.language,
        conditions=tuple(parts.conditions),
        medications=tuple(parts.medications),
        treatments=tuple(parts.treatments),
        measurements=tuple(parts.measurements),
        allergies=tuple(parts.allergies),
    )


def _with_lines(problems: list[Problem], source: JsonSource) -> list[Problem]:
    return [replace(problem, line=source.line_of(problem.place)) for problem in problems]
