"""What comes in about a person, by form or from another system, before anything of it is written.

Here are the plain values of an intake, what makes one unusable, and the reasons for which two of them may
be the same person. Reading FHIR into these values is ``stroma.fhir``; what they mean for candidacy is
``stroma.candidacy.domain.findings``. A likely duplicate is asked about, never merged here.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from stroma.protocols.domain.problem import Problem

Sex = Literal["female", "male", "other", "unknown"]

OLDEST_YEARS = 130
"""Nobody on record has lived past 122 years; an older birth date is a typing error."""


@dataclass(frozen=True, slots=True)
class IntakeIdentifier:
    """A number of another register; ``type_code`` is of HL7 table 0203 (``MR``, ``SS``)."""

    system: str
    value: str
    type_code: str = ""


@dataclass(frozen=True, slots=True)
class IntakeContact:
    """A way to reach the person."""

    kind: Literal["phone", "email", "address"]
    value: str


@dataclass(frozen=True, slots=True)
class IntakeCondition:
    """A diagnosis or finding; ``is_confirmed`` is false for a suspected one."""

    system: str
    code: str
    display: str
    onset: date | None
    abated: date | None
    is_active: bool
    is_confirmed: bool = True


@dataclass(frozen=True, slots=True)
class IntakeMedication:
    """A medicine ordered or taken; the dose is not read, a physiatrist asks for it."""

    system: str
    code: str
    display: str
    started: date | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class IntakeTreatment:
    """A procedure done before: surgery, an injection, physical therapy."""

    system: str
    code: str
    display: str
    performed: date | None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class IntakeMeasurement:
    """A measured or reported value, its UCUM unit as given; ``value_code`` is the code of a coded answer."""

    system: str
    code: str
    display: str
    value: Decimal | str
    unit: str
    measured_at: datetime
    value_code: str = ""


@dataclass(frozen=True, slots=True)
class IntakeAllergy:
    """A substance the person reacts to."""

    system: str
    code: str
    display: str
    recorded: date | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class PatientIntake:
    """One person as handed in.

    ``birth_date_is_partial`` says that only the year or month was given and ``birth_date`` is its first day.
    """

    family_name: str
    given_names: tuple[str, ...]
    birth_date: date
    sex: Sex
    deceased: bool = False
    deceased_at: datetime | None = None
    identifiers: tuple[IntakeIdentifier, ...] = ()
    contacts: tuple[IntakeContact, ...] = ()
    language: str = ""
    conditions: tuple[IntakeCondition, ...] = ()
    medications: tuple[IntakeMedication, ...] = ()
    treatments: tuple[IntakeTreatment, ...] = ()
    measurements: tuple[IntakeMeasurement, ...] = ()
    allergies: tuple[IntakeAllergy, ...] = ()
    birth_date_is_partial: bool = False


def validate_intake(intake: PatientIntake, *, today: date) -> list[Problem]:
    """Every reason why this intake cannot be written; the texts name places and never the person's data."""
    return [Problem(code, message, place=place) for code, place, message in _faults(intake, today)]


def _faults(intake: PatientIntake, today: date) -> Iterator[tuple[str, str, str]]:
    if not intake.family_name.strip():
        yield (
            "family_name_missing",
            "family_name",
            "The family name is missing; enter it as on an identity document.",
        )
    if not any(name.strip() for name in intake.given_names):
        yield "given_name_missing", "given_names", "A given name is missing; enter at least one."
    if intake.birth_date > today:
        yield "birth_date_in_future", "birth_date", "The birth date lies in the future; correct it."
    elif today.year - intake.birth_date.year > OLDEST_YEARS:
        yield (
            "birth_date_too_old",
            "birth_date",
            f"The birth date is more than {OLDEST_YEARS} years ago; correct it.",
        )
    if intake.deceased_at is not None:
        died_on = intake.deceased_at.date()
        if not intake.deceased:
            yield (
                "deceased_contradicts",
                "deceased",
                "A time of death is given for a person marked as living.",
            )
        if died_on < intake.birth_date:
            yield "deceased_before_birth", "deceased_at", "The time of death lies before the birth date."
        if died_on > today:
            yield "deceased_in_future", "deceased_at", "The time of death lies in the future."
    for number, identifier in enumerate(intake.identifiers):
        if not identifier.value.strip():
            yield (
                "identifier_empty",
                f"identifiers[{number}].value",
                "An identifier has no value; leave it out.",
            )
    for number, condition in enumerate(intake.conditions):
        if condition.onset and condition.abated and condition.abated < condition.onset:
            yield (
                "abated_before_onset",
                f"conditions[{number}].abated",
                "The condition ended before it began.",
            )
    for number, treatment in enumerate(intake.treatments):
        if treatment.performed and treatment.end and treatment.end < treatment.performed:
            yield "ended_before_begun", f"treatments[{number}].end", "The treatment ended before it began."
    for number, measurement in enumerate(intake.measurements):
        if measurement.measured_at.tzinfo is None:
            yield "time_without_zone", f"measurements[{number}].measured_at", "The time has no zone; add one."


@dataclass(frozen=True, slots=True)
class Agreement:
    """One thing two intakes agree in; ``weak`` when it takes a slip of the pen to make them equal."""

    what: Literal["identifier", "family_name", "given_name", "birth_date", "sex", "contact"]
    strength: Literal["strong", "weak"]


def likelihood_of_same_person(a: PatientIntake, b: PatientIntake) -> tuple[Agreement, ...]:
    """In what two intakes agree, in a fixed order; the order of the arguments makes no difference.

    Names are compared without accents, case, spaces and hyphens. Weak are: an initial for a given name, one
    half of a double family name, family and given name swapped, a birth date with day and month swapped or
    one digit typed wrong.
    """
    family = _family_agreement(a, b)
    given = _given_agreement(a.given_names, b.given_names)
    if family is None and given is None and _names_are_swapped(a, b):
        family = given = "weak"
    found: list[Agreement] = []
    if _identifiers(a) & _identifiers(b):
        found.append(Agreement("identifier", "strong"))
    if family is not None:
        found.append(Agreement("family_name", family))
    if given is not None:
        found.append(Agreement("given_name", given))
    if (birth := _birth_date_agreement(a, b)) is not None:
        found.append(Agreement("birth_date", birth))
    if a.sex == b.sex and a.sex != "unknown":
        found.append(Agreement("sex", "strong"))
    if _reachable_at(a) & _reachable_at(b):
        found.append(Agreement("contact", "strong"))
    return tuple(found)


def duplicate_reasons(a: PatientIntake, b: PatientIntake) -> list[str]:
    """Why the two are likely the same person; empty when they are not.

    The decision, chosen so that a clerk is asked once too often rather than once too little (general
    knowledge):

    - they share an identifier of the same register; or
    - family name, given name and birth date all agree, at most one of the three weakly; or
    - given name, birth date and a telephone number or mail address agree, none weakly, and only the family
      name differs (a marriage).

    Sex alone never decides, either way: it is a frequent typing error. Each reason reads ``what`` or ``what
    (weak)``.
    """
    agreements = likelihood_of_same_person(a, b)
    strength = {agreement.what: agreement.strength for agreement in agreements}
    names_and_birth = [strength.get(what) for what in ("family_name", "given_name", "birth_date")]
    is_likely = (
        "identifier" in strength
        or (None not in names_and_birth and names_and_birth.count("weak") <= 1)
        or (names_and_birth[1:] == ["strong", "strong"] and "contact" in strength)
    )
    if not is_likely:
        return []
    return [a.what if a.strength == "strong" else f"{a.what} (weak)" for a in agreements]


# Letters that Unicode does not take apart into a base letter and an accent.
_UNDIVIDED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)


def _words(name: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_UNDIVIDED))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.findall(r"[^\W_]+", re.sub(r"['’`]", "", bare))


def _folded(*names: str) -> str:
    return "".join(word for name in names for word in _words(name))


def _family_agreement(a: PatientIntake, b: PatientIntake) -> Literal["strong", "weak"] | None:
    one, other = _words(a.family_name), _words(b.family_name)
    if not one or not other:
        return None
    if "".join(one) == "".join(other):
        return "strong"
    # One half of a double name: García and García López. Two-letter particles (de, la) do not count.
    shorter, longer = sorted((one, other), key=len)
    return "weak" if len("".join(shorter)) > 2 and set(shorter) < set(longer) else None


def _given_agreement(a: tuple[str, ...], b: tuple[str, ...]) -> Literal["strong", "weak"] | None:
    one, other = [w for n in a for w in _words(n)], [w for n in b for w in _words(n)]
    if not one or not other:
        return None
    if one[0] == other[0] or "".join(one) == "".join(other):
        return "weak" if len(one[0]) == 1 else "strong"
    is_initial = 1 in (len(one[0]), len(other[0])) and one[0][0] == other[0][0]
    return "weak" if is_initial else None


def _names_are_swapped(a: PatientIntake, b: PatientIntake) -> bool:
    one, other = (
        (_folded(a.family_name), _folded(*a.given_names)),
        (_folded(b.family_name), _folded(*b.given_names)),
    )
    return all(one) and one == other[::-1]


def _birth_date_agreement(a: PatientIntake, b: PatientIntake) -> Literal["strong", "weak"] | None:
    one, other = a.birth_date, b.birth_date
    if a.birth_date_is_partial or b.birth_date_is_partial:
        return "weak" if one.year == other.year else None
    if one == other:
        return "strong"
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return "weak"
    wrong_digits = sum(x != y for x, y in zip(one.isoformat(), other.isoformat(), strict=True))
    return "weak" if wrong_digits == 1 else None


def _identifiers(intake: PatientIntake) -> set[tuple[str, str]]:
    # A number without its register says nothing: two clinics both have a patient 1001.
    return {(i.system, _folded(i.value)) for i in intake.identifiers if i.system and _folded(i.value)}


def _reachable_at(intake: PatientIntake) -> set[tuple[str, str]]:
    # An address is shared by a household, a telephone or mailbox seldom with the same given name and birth
    # date.
    return {(c.kind, _folded(c.value)) for c in intake.contacts if c.kind != "address" and _folded(c.value)}
