"""A FHIR Patient as the identity part of an intake, and which references mean this patient."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, cast

from stroma.fhir.elements import Remarks, is_partial, read_concept, read_date, read_time
from stroma.fhir.shape import at_path
from stroma.patients.domain.intake import IntakeContact, IntakeIdentifier, Sex

_NAME_USES = ("official", "usual", None, "temp", "nickname", "anonymous", "old", "maiden")
"""Which name is taken, best first: a name that was borne once is the last resort."""


@dataclass(frozen=True)
class Person:
    """Who a record is about; ``birth_date`` is ``None`` where the record gives none, which no intake may."""

    family_name: str
    given_names: tuple[str, ...]
    birth_date: date | None
    birth_date_is_partial: bool
    sex: Sex
    deceased: bool
    deceased_at: datetime | None
    identifiers: tuple[IntakeIdentifier, ...]
    contacts: tuple[IntakeContact, ...]
    language: str


def read_person(patient: dict[str, Any], *, place: str, remarks: Remarks) -> Person:
    """Read one Patient whose shape is sound."""
    name = _best_name(patient)
    birth = patient.get("birthDate")
    birth_date = read_date(birth, f"{place}.birthDate", remarks)
    if birth is None:
        remarks.problem("birth_date_missing", f"{place}.birthDate", "is missing; a clinic needs it.")
    died = patient.get("deceasedDateTime")
    if patient.get("active") is False:
        remarks.note(f"{place}.active", "the sender no longer uses this record of the patient.")
    for number, link in enumerate(patient.get("link") or []):
        if link.get("type") == "replaced-by":
            remarks.note(f"{place}.link[{number}]", "the sender has replaced this record by another one.")
    return Person(
        family_name=name.get("family") or "",
        given_names=tuple(given for given in name.get("given") or [] if given),
        birth_date=birth_date,
        birth_date_is_partial=is_partial(birth),
        sex=cast(Sex, patient.get("gender") or "unknown"),
        deceased=died is not None or patient.get("deceasedBoolean") is True,
        deceased_at=read_time(died, f"{place}.deceasedDateTime", remarks),
        identifiers=_identifiers(patient),
        contacts=tuple(_contacts(patient)),
        language=_language(patient),
    )


def _best_name(patient: dict[str, Any]) -> dict[str, Any]:
    names: list[dict[str, Any]] = patient.get("name") or []
    return min(names, key=lambda name: _NAME_USES.index(name.get("use")), default={})


def _identifiers(patient: dict[str, Any]) -> tuple[IntakeIdentifier, ...]:
    return tuple(
        IntakeIdentifier(item.get("system") or "", item["value"], read_concept(item.get("type")).code)
        for item in patient.get("identifier") or []
        if item.get("value") and item.get("use") != "old"
    )


def _contacts(patient: dict[str, Any]) -> list[IntakeContact]:
    kinds: dict[str, Literal["phone", "email"]] = {"phone": "phone", "sms": "phone", "email": "email"}
    contacts = [
        IntakeContact(kinds[item["system"]], item["value"])
        for item in patient.get("telecom") or []
        if item.get("system") in kinds and item.get("value") and item.get("use") != "old"
    ]
    for item in patient.get("address") or []:
        parts = [
            *(item.get("line") or []),
            *(item.get(n) for n in ("city", "state", "postalCode", "country")),
        ]
        text = item.get("text") or ", ".join(part for part in parts if part)
        if text and item.get("use") != "old":
            contacts.append(IntakeContact("address", text))
    return contacts


def _language(patient: dict[str, Any]) -> str:
    spoken: list[dict[str, Any]] = patient.get("communication") or []
    preferred = sorted(spoken, key=lambda item: item.get("preferred") is not True)
    return next((read_concept(item.get("language")).code for item in preferred), "")


@dataclass(frozen=True)
class PatientReferences:
    """The ways in which a bundle may point at its patient (R4, "Resolving references in Bundles")."""

    full_url: str = ""
    patient_id: str = ""
    identifiers: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    @classmethod
    def of(cls, patient: dict[str, Any], full_url: str) -> "PatientReferences":
        """Those of one Patient entry."""
        identifiers = frozenset(
            (str(item.get("system") or ""), item["value"])
            for _, item in at_path(patient, "identifier[]")
            if isinstance(item, dict) and isinstance(item.get("value"), str)
        )
        return cls(full_url, str(patient.get("id") or ""), identifiers)

    def mean(self, reference: dict[str, Any]) -> bool:
        """Whether this reference is to the patient: by address, by id, or by an identifier."""
        target = reference.get("reference")
        if not isinstance(target, str):
            logical = reference.get("identifier") or {}
            return (logical.get("system") or "", logical.get("value")) in self.identifiers
        target = target.partition("/_history/")[0]
        if target.startswith("Patient?identifier="):
            system, _, value = target.removeprefix("Patient?identifier=").partition("|")
            return (system, value) in self.identifiers
        if self.full_url and target == self.full_url:
            return True
        return bool(self.patient_id) and target == f"Patient/{self.patient_id}"
