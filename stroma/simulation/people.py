"""Invented people: the staff of the demo's two sites and its patients. Nobody here exists.

Names are drawn in a fixed order, so that the same number always gives the same person; telephone numbers are of the
range kept for fiction (202 555 01xx) and mail addresses end in ``example.org``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from stroma.candidacy.domain import codes
from stroma.patients.domain.intake import (
    IntakeCondition,
    IntakeContact,
    IntakeIdentifier,
    IntakeMeasurement,
    IntakeMedication,
    IntakeTreatment,
    PatientIntake,
    Sex,
)

RECORD_SYSTEM = "https://stroma.example.org/demo-record"
CLINIC_ZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class DemoSite:
    """A site of the demo, and who works there by the part they play."""

    name: str
    address: str
    staff: Mapping[str, str]


ALPHARETTA = DemoSite(
    "Alpharetta",
    "1 Simulated Street, Alpharetta, Georgia (simulated)",
    {
        "administrator": "Ruth Okafor",
        "coordinator": "Maya Castellanos",
        "physiatrist": "Dr. Helen Park",
        "physiatrist2": "Dr. Samuel Adeyemi",
        "nurse": "Grace Lindqvist",
        "nurse2": "Tomás Rivera",
        "technologist": "Priya Raman",
        "technologist2": "Daniel Osei",
        "quality": "Ingrid Sørensen",
        "analyst": "Yusuf Demir",
        "therapist": "Leah Novak",
        "surgeon": "Dr. Marcus Bell",
    },
)
ATLANTA = DemoSite(
    "Atlanta",
    "2 Simulated Avenue, Atlanta, Georgia (simulated)",
    {
        "administrator": "Owen Fitzgerald",
        "coordinator": "Camila Duarte",
        "physiatrist": "Dr. Nadia Rahman",
        "physiatrist2": "Dr. Peter Lindholm",
        "nurse": "Aaliyah Brooks",
        "nurse2": "Jonas Weber",
        "technologist": "Mei Tanaka",
        "technologist2": "Carlos Medina",
        "quality": "Fiona Gallagher",
        "analyst": "Anton Petrov",
        "therapist": "Chloe Martin",
        "surgeon": "Dr. Victor Mensah",
    },
)
DEMO_SITES = (ALPHARETTA, ATLANTA)

_FEMALE = """
Evelyn Rosa Amara Judith Hannah Lucía Beatrice Imani Clara Noor Margaret Sofia Denise Keiko Paula Adele
Teresa Joan Valentina Miriam Erin Fatima Olga Renee
"""
_MALE = """
Harold Miguel Kwame Arthur Stefan Luis Walter Andre Henry Omar Gregory Diego Curtis Hiroshi Paul Edgar
Victor Leon Rafael Isaac Brian Samir Pavel Lamar
"""
_FAMILY = """
Whitfield Alvarez Boateng Hargrove Novotny Delgado Kessler Freeman Sutton Haddad Pemberton Morales Jacobs
Nakamura Vance Fontaine Ibarra Ellison Romero Goldberg Mercer Karimi Sokolov Bishop Tran Lockhart Quintero
Abbott Mwangi Larsen Caldwell Estrada Yoon Harper Fuentes Stein Rhodes Castillo Barnes Petersen Acosta Doyle
"""
_SPANISH = frozenset(
    {"Alvarez", "Delgado", "Morales", "Ibarra", "Romero", "Quintero", "Estrada", "Fuentes", "Castillo"}
)


def invented_patient(number: int, *, on: date) -> PatientIntake:
    """The invented person with that number, as they came on that day: an adult with chronic low back pain."""
    random = Random(number)  # noqa: S311 - invents people, hides nothing
    sex: Sex = "female" if number % 2 else "male"
    names, families = (_FEMALE if sex == "female" else _MALE).split(), _FAMILY.split()
    given, second = names[number * 7 % len(names)], names[(number * 11 + 3) % len(names)]
    family = families[number * 5 % len(families)]
    age = random.randint(29, 64)
    born = date(on.year - age, random.randint(1, 12), random.randint(1, 28))
    years_of_pain = random.uniform(0.9, 4.0)
    return PatientIntake(
        family_name=family,
        given_names=(given, second) if second != given else (given,),
        birth_date=born,
        sex=sex,
        identifiers=(IntakeIdentifier(RECORD_SYSTEM, f"DEMO-{number:05d}", "MR"),),
        contacts=(
            IntakeContact("phone", f"+1 202 555 01{number % 100:02d}"),
            IntakeContact("email", f"patient{number}@example.org"),
        ),
        language="es" if family in _SPANISH else "en",
        conditions=(
            IntakeCondition(
                codes.SNOMED_CT,
                "278860009",
                "Chronic low back pain (finding)",
                on - timedelta(days=round(365 * years_of_pain)),
                None,
                is_active=True,
            ),
        ),
        medications=(
            IntakeMedication(
                codes.RXNORM,
                "313782",
                "Acetaminophen 325 MG Oral Tablet",
                on - timedelta(days=200),
                is_active=True,
            ),
        ),
        treatments=(
            IntakeTreatment(
                codes.SNOMED_CT,
                "91251008",
                "Physical therapy procedure (regime/therapy)",
                on - timedelta(days=300),
                on - timedelta(days=180),
            ),
        ),
        measurements=(_weight(random, sex, on),),
    )


def _weight(random: Random, sex: Sex, on: date) -> IntakeMeasurement:
    kilograms = round(random.uniform(56, 84) if sex == "female" else random.uniform(68, 98), 1)
    measured_at = datetime.combine(on - timedelta(days=20), time(9, 30), CLINIC_ZONE)
    return IntakeMeasurement(
        codes.LOINC, codes.BODY_WEIGHT, "Body weight", Decimal(str(kilograms)), "kg", measured_at
    )


def written_a_little_differently(intake: PatientIntake) -> PatientIntake:
    """The same person as somebody else wrote them down: without the second name and without the number."""
    return PatientIntake(
        family_name=intake.family_name.upper(),
        given_names=intake.given_names[:1],
        birth_date=intake.birth_date,
        sex=intake.sex,
        contacts=intake.contacts[:1],
        language=intake.language,
    )
