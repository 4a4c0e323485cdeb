"""Finding a patient, a lot or a label from whatever was typed or scanned.

A search never tells more than a page would: patients are those a person has a part in, lots those of the site at
which they work. What was found is shown by number and name; opening it is what the access log notes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from stroma.clinic.access import Person
from stroma.clinic.domain.roles import Role
from stroma.courses.models import Course
from stroma.custody.domain.isbt128.din import Din
from stroma.custody.domain.isbt128.parse import parse_scan
from stroma.custody.domain.isbt128.scan_error import ScanError
from stroma.custody.models import Lot, Material
from stroma.patients.access import SEES_PATIENTS, patients_of
from stroma.patients.models import Patient

SHOWN = 25
FINDERS = (*SEES_PATIENTS, Role.ADMINISTRATOR)

_DIN = re.compile(r"[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{2}[0-9]{8}")
_RECORD = re.compile(r"P\d{1,7}")
_COURSE = re.compile(r"C-\d{2}-\d{1,4}")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: each list is short, ``is_cut`` says whether more matched."""

    patients: Sequence[Patient] = ()
    courses: Sequence[Course] = ()
    lots: Sequence[Lot] = ()
    containers: Sequence[Material] = ()
    is_cut: bool = False

    @property
    def count(self) -> int:
        """How many things were found."""
        return len(self.patients) + len(self.courses) + len(self.lots) + len(self.containers)


def find(person: Person, text: str) -> Found:
    """Everything the words or the scan may mean, within what this person may see."""
    text = text.strip()
    if not text or person.site is None or not person.plays(*SEES_PATIENTS):
        return Found()
    din, division, wristband = _scanned(text)
    if din is None:
        din = _typed_din(text)
    if din is not None:
        return _by_donation(person, din, division)
    compact = re.sub(r"\s+", "", wristband or text).upper()
    if _RECORD.fullmatch(compact):
        number = f"P{int(compact[1:]):07d}"
        return Found(patients=list(patients_of(person).filter(record_number=number)))
    if _COURSE.fullmatch(compact):
        return Found(courses=_courses(person, compact))
    return _by_name(person, text)


def _scanned(text: str) -> tuple[str | None, str | None, str | None]:
    """Donation number, division and wristband of an ISBT 128 scan; three times None when it is none."""
    try:
        structures = parse_scan(text)
    except ScanError:
        return None, None, None
    fields: dict[str, str] = {}
    division = None
    for structure in structures:
        fields.update({name: str(value) for name, value in structure.fields.items()})
        if structure.number == "003":
            division = structure.value[-2:]
    return fields.get("din"), division, fields.get("patient_id")


def _typed_din(text: str) -> str | None:
    """A donation number as people type it: with blanks or without, with its check character or without."""
    compact = re.sub(r"[\s-]+", "", text).upper()
    if _DIN.fullmatch(compact):
        return compact
    if len(compact) == 14 and _DIN.fullmatch(compact[:13]):
        # A wrong check character is a typing error, and another lot must not come up for it.
        return compact[:13] if Din(compact[:13]).check == compact[13] else None
    return None


def _by_donation(person: Person, din: str, division: str | None) -> Found:
    lots = list(
        Lot.objects.filter(site=person.site, din=din)
        .select_related("course__patient", "protocol")
        .order_by("made_at")
    )
    containers = Material.objects.filter(lot__in=lots).select_related("lot", "place").order_by("division")
    if division is not None:
        containers = containers.filter(division=division)
    return Found(lots=lots, containers=list(containers[:SHOWN]))


def _courses(person: Person, number: str) -> list[Course]:
    return list(Course.objects.filter(site=person.site, number=number).select_related("patient", "protocol"))


def _by_name(person: Person, text: str) -> Found:
    """Every word must begin or stand in the patient's name."""
    wanted = Q()
    for word in text.replace(",", " ").split():
        wanted &= Q(family_name__icontains=word) | Q(given_names__icontains=word)
    rows = list(patients_of(person).filter(wanted).order_by("family_name", "given_names")[: SHOWN + 1])
    return Found(patients=rows[:SHOWN], is_cut=len(rows) > SHOWN)
