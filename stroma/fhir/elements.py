"""The data types that several FHIR resources share, read into plain values: dates, times, codes, references.

A reader is handed the resource's own JSON after its shape was found sound. What cannot be taken over
without loss is said in a note; what contradicts itself is a problem. Both name places, never values.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from stroma.candidacy.domain import codes
from stroma.protocols.domain.problem import Problem

ENTERED_IN_ERROR = "entered-in-error"

# The system whose code is taken where a concept is coded several times; the rules of candidacy know these.
PREFERRED_SYSTEMS = (codes.SNOMED_CT, codes.LOINC, codes.RXNORM, codes.ICD_10_CM, codes.ICD_10, codes.CPT)


@dataclass
class Remarks:
    """What there is to say about a file while it is read."""

    file: str
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def note(self, place: str, text: str) -> None:
        """Something a person should know, that does not stop the reading."""
        self.notes.append(f"{place}: {text}")

    def problem(self, code: str, place: str, text: str) -> None:
        """Something that makes the file unusable."""
        self.problems.append(Problem(code, text, file=self.file, place=place))


@dataclass(frozen=True)
class Coded:
    """A coded concept as one code with its words; ``code`` is empty where only words were given."""

    system: str = ""
    code: str = ""
    display: str = ""


def read_concept(concept: dict[str, Any] | None) -> Coded:
    """The coding in the best known system, else the first one; its words, else the concept's."""
    if not concept:
        return Coded()
    codings = concept.get("coding") or []
    rank = {system: number for number, system in enumerate(PREFERRED_SYSTEMS)}
    text = concept.get("text") or ""
    for coding in sorted(codings, key=lambda c: rank.get(c.get("system", ""), len(rank))):
        if coding.get("code"):
            return Coded(coding.get("system") or "", coding["code"], coding.get("display") or text)
    return Coded(display=text or next((c["display"] for c in codings if c.get("display")), ""))


def status_codes(concept: dict[str, Any] | None) -> set[str]:
    """The codes of a status that is a concept (``clinicalStatus``)."""
    return {coding.get("code", "") for coding in (concept or {}).get("coding") or []}


def read_date(value: Any, place: str, remarks: Remarks) -> date | None:
    """The day of a FHIR date or dateTime, in its own zone; a partial one gives its first day."""
    if value is None:
        return None
    moment = read_time(value, place, remarks)
    return moment.date() if moment else None


def read_time(value: Any, place: str, remarks: Remarks) -> datetime | None:
    """A FHIR dateTime or instant in its own zone; one without a time gives the day's beginning in UTC."""
    if value is None:
        return None
    if not isinstance(value, str):  # fhir.resources reads a number as seconds since 1970
        remarks.problem("date_invalid", place, "must be text in the form FHIR R4 asks for.")
        return None
    text = value + {4: "-01-01", 7: "-01"}.get(len(value), "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        remarks.problem("date_invalid", place, "is no date of the calendar, or no time of the day.")
        return None
    if len(value) < len("2019-05-01"):
        given = "year" if len(value) == len("2019") else "month"
        remarks.note(place, f"only the {given} is given; read as its first day.")
    if moment.tzinfo is None:
        if "T" in value:
            remarks.problem("time_without_zone", place, "has a time but no zone; FHIR R4 requires one.")
        return moment.replace(tzinfo=UTC)
    return moment


def is_partial(value: Any) -> bool:
    """Whether a date leaves out its day."""
    return isinstance(value, str) and len(value) < len("2019-05-01")


def first_of(resource: dict[str, Any], names: Iterable[str]) -> str | None:
    """The name of the first of these elements that the resource gives."""
    return next((name for name in names if resource.get(name) is not None), None)


def read_choice_date(resource: dict[str, Any], element: str, place: str, remarks: Remarks) -> date | None:
    """The day of ``onset[x]`` and its like, from a dateTime or a period's start; other types get a note."""
    if (text := resource.get(f"{element}DateTime")) is not None:
        return read_date(text, f"{place}.{element}DateTime", remarks)
    if (period := resource.get(f"{element}Period")) is not None:
        return read_date(period.get("start"), f"{place}.{element}Period.start", remarks)
    if (other := first_of(resource, (f"{element}{kind}" for kind in ("Age", "Range", "String")))) is not None:
        remarks.note(f"{place}.{other}", "says when in words or as an age; no date was read.")
    return None
