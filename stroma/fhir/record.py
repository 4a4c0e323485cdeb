"""The clinical resources of a FHIR record as the entries of an intake.

Each reader takes one resource whose shape is sound and gives the entry, or ``None`` with a note where the
resource says that it does not hold (entered in error, refuted, cancelled, not done).
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from stroma.fhir.elements import (
    ENTERED_IN_ERROR,
    Coded,
    Remarks,
    read_choice_date,
    read_concept,
    read_date,
    read_time,
    status_codes,
)
from stroma.patients.domain.intake import (
    IntakeAllergy,
    IntakeCondition,
    IntakeMeasurement,
    IntakeMedication,
    IntakeTreatment,
)

FindMedication = Callable[[str], dict[str, Any] | None]


def read_condition(resource: dict[str, Any], place: str, remarks: Remarks) -> IntakeCondition | None:
    """A Condition; one without a clinical status counts as active until it has an end."""
    verification = status_codes(resource.get("verificationStatus"))
    if _is_left_out(verification, (ENTERED_IN_ERROR, "refuted"), place, remarks):
        return None
    clinical = status_codes(resource.get("clinicalStatus"))
    has_ended = any(name.startswith("abatement") for name in resource)
    concept = read_concept(resource.get("code"))
    return IntakeCondition(
        system=concept.system,
        code=concept.code,
        display=concept.display,
        onset=read_choice_date(resource, "onset", place, remarks),
        abated=read_choice_date(resource, "abatement", place, remarks),
        is_active=bool(clinical & {"active", "recurrence", "relapse"}) if clinical else not has_ended,
        is_confirmed=not verification & {"unconfirmed", "provisional", "differential"},
    )


def read_allergy(resource: dict[str, Any], place: str, remarks: Remarks) -> IntakeAllergy | None:
    """An AllergyIntolerance."""
    if _is_left_out(
        status_codes(resource.get("verificationStatus")), (ENTERED_IN_ERROR, "refuted"), place, remarks
    ):
        return None
    clinical = status_codes(resource.get("clinicalStatus"))
    concept = read_concept(resource.get("code"))
    return IntakeAllergy(
        system=concept.system,
        code=concept.code,
        display=concept.display,
        recorded=read_date(resource.get("recordedDate"), f"{place}.recordedDate", remarks),
        is_active=not clinical & {"inactive", "resolved"},
    )


_NOT_TAKEN = (ENTERED_IN_ERROR, "cancelled", "draft", "intended", "not-taken")
_NOT_ORDERED = ("proposal", "plan", "option")


def read_medication(
    resource: dict[str, Any], place: str, remarks: Remarks, find: FindMedication
) -> IntakeMedication | None:
    """A MedicationRequest or MedicationStatement.

    An order that is on hold or of unknown status counts as current: that a medicine may still act is the
    safer error.
    """
    status = resource["status"]
    if _is_left_out({status}, _NOT_TAKEN, place, remarks):
        return None
    if _is_left_out({resource.get("intent", "")}, _NOT_ORDERED, place, remarks):
        return None
    if resource.get("doNotPerform") is True:
        remarks.note(place, "left out: it says that the medicine must not be given.")
        return None
    if status in ("on-hold", "unknown"):
        remarks.note(f"{place}.status", f"is {status}; the medicine counts as current.")
    concept = _medicine(resource, place, remarks, find)
    if resource["resourceType"] == "MedicationRequest":
        started = read_date(resource.get("authoredOn"), f"{place}.authoredOn", remarks)
    else:
        started = read_choice_date(resource, "effective", place, remarks)
    return IntakeMedication(
        system=concept.system,
        code=concept.code,
        display=concept.display,
        started=started,
        is_active=status in ("active", "on-hold", "unknown"),
    )


def _medicine(resource: dict[str, Any], place: str, remarks: Remarks, find: FindMedication) -> Coded:
    """What is taken: said here, in a contained Medication, or in another entry of the bundle."""
    reference = resource.get("medicationReference")
    if reference is None:
        return read_concept(resource.get("medicationCodeableConcept"))
    target = reference.get("reference") or ""
    contained = [item for item in resource.get("contained") or [] if isinstance(item, dict)]
    medication = next((item for item in contained if f"#{item.get('id')}" == target), None) or find(target)
    code = (medication or {}).get("code")
    if isinstance(code, dict):
        return read_concept(code)
    remarks.note(
        f"{place}.medicationReference", "leads to no Medication in this file; only its words are kept."
    )
    return Coded(display=reference.get("display") or "")


def read_procedure(resource: dict[str, Any], place: str, remarks: Remarks) -> IntakeTreatment | None:
    """A Procedure that took place, or is taking place."""
    if _is_left_out({resource["status"]}, (ENTERED_IN_ERROR, "preparation", "not-done"), place, remarks):
        return None
    concept = read_concept(resource.get("code"))
    end = (resource.get("performedPeriod") or {}).get("end")
    return IntakeTreatment(
        system=concept.system,
        code=concept.code,
        display=concept.display,
        performed=read_choice_date(resource, "performed", place, remarks),
        end=read_date(end, f"{place}.performedPeriod.end", remarks),
    )


_RESULT = ("final", "amended", "corrected")


def read_observation(resource: dict[str, Any], place: str, remarks: Remarks) -> Iterator[IntakeMeasurement]:
    """The values of an Observation, its components included; one that is not a final result gives none."""
    if resource["status"] not in _RESULT:
        remarks.note(place, f"left out: its status is {resource['status']}.")
        return
    measured_at = _measured_at(resource, place, remarks)
    for part in (resource, *(resource.get("component") or [])):
        value = _value(part)
        if value is None:
            continue
        if measured_at is None:
            remarks.note(place, "left out: it does not say when it was measured.")
            return
        number, unit, value_code = value
        concept = read_concept(part.get("code"))
        yield IntakeMeasurement(
            concept.system, concept.code, concept.display, number, unit, measured_at, value_code
        )


def _measured_at(resource: dict[str, Any], place: str, remarks: Remarks) -> datetime | None:
    """When the value was true of the patient: its effective time, else when it was issued."""
    for name in ("effectiveDateTime", "effectiveInstant"):
        if (text := resource.get(name)) is not None:
            return read_time(text, f"{place}.{name}", remarks)
    period = resource.get("effectivePeriod") or {}
    for name in ("end", "start"):
        if period.get(name) is not None:
            return read_time(period[name], f"{place}.effectivePeriod.{name}", remarks)
    return read_time(resource.get("issued"), f"{place}.issued", remarks)


def _value(part: dict[str, Any]) -> tuple[Decimal | str, str, str] | None:
    """The value, its unit and, for a coded answer, its code."""
    if (quantity := part.get("valueQuantity")) is not None and quantity.get("value") is not None:
        number = Decimal(quantity["value"])
        unit = quantity.get("code") or quantity.get("unit") or ""
        # "Less than 5" is not 5: with a comparator the value is kept as words.
        comparator = quantity.get("comparator")
        return (f"{comparator}{number}" if comparator else number), unit, ""
    if (integer := part.get("valueInteger")) is not None:
        return Decimal(integer), "", ""
    if (concept := part.get("valueCodeableConcept")) is not None:
        answer = read_concept(concept)
        return answer.display, "", answer.code
    if (text := part.get("valueString")) is not None:
        return str(text), "", ""
    if (flag := part.get("valueBoolean")) is not None:
        return "true" if flag else "false", "", ""
    return None


def _is_left_out(status: set[str], refused: tuple[str, ...], place: str, remarks: Remarks) -> bool:
    for code in sorted(status & set(refused)):
        remarks.note(place, f"left out: it is marked {code}.")
        return True
    return False
