"""What the bedside shows: the doses to be given, and each thing a time-out checks, beside what stands in its way.

The rule is in ``domain/time_out.py``; here its reasons are put beside the thing they are about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from stroma.clinic.models import Site, User
from stroma.courses.models import Course
from stroma.custody.domain.states import MaterialState
from stroma.custody.models import Material
from stroma.custody.queries import read_scans
from stroma.injection.domain.time_out import Spot, time_out_blockers
from stroma.injection.models import Dose, TimeOut
from stroma.injection.queries import consented_spots, time_out_facts
from stroma.ledger.wording import sentence, word
from stroma.look.formats import amount_text, chunks, day_text
from stroma.look.paging import Page, page_of
from stroma.protocols.domain.blocker import Blocker

CHECKED_BY: dict[str, tuple[str, ...]] = {
    "patient": ("wristband_not_scanned", "wristband_mismatch"),
    "place": ("place_not_consented", "given_already", "other_time_out_open"),
    "consent": ("consent_missing", "course_not_open"),
    "product": (
        "container_not_scanned",
        "donation_mismatch",
        "container_mismatch",
        "scan_unreadable",
        "lot_of_another_course",
        "cells_of_somebody_else",
        "container_not_labeled",
        "container_not_held",
        "container_is_no_dose",
    ),
    "release": ("lot_not_released",),
    "expiry": ("container_expired",),
    "people": ("time_out_alone", "leader_not_competent", "second_not_competent"),
}
"""Which reasons of the rule belong to which line of the time-out; a test asks that none is left out."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the time-out: what is checked, what is shown for it, and why it does not hold."""

    code: str
    title: str
    shown: str
    reasons: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing stands against it."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Pause:
    """A time-out about to be completed: for whom, which container, where, with whom."""

    course: Course
    material: Material
    spot: Spot
    second_person: User
    led_by: User
    treatment_number: int


def time_out_checks(
    pause: Pause, scans: Mapping[str, str], *, shown: Mapping[str, str], at: datetime
) -> tuple[list[Check], list[Blocker]]:
    """Every line of the time-out, and all the reasons against it."""
    facts, unreadable = time_out_facts(
        pause.course,
        pause.material,
        pause.spot,
        scans,
        treatment_number=pause.treatment_number,
        led_by=pause.led_by,
        second_person=pause.second_person,
        at=at,
    )
    found = [*unreadable, *time_out_blockers(facts, at=at)]
    titles = {
        "patient": _("Patient"),
        "place": _("Place"),
        "consent": _("Consent"),
        "product": _("Product"),
        "release": _("Release"),
        "expiry": _("Use by"),
        "people": _("Two people"),
    }
    checks = [
        Check(
            code,
            titles[code],
            shown[code],
            tuple(sentence(blocker) for blocker in found if blocker.code in codes),
        )
        for code, codes in CHECKED_BY.items()
    ]
    return checks, found


def shown_for(pause: Pause, *, release: str, use_by: str) -> dict[str, str]:
    """What is read aloud for each line of the time-out."""
    patient, lot = pause.course.patient, pause.material.lot
    consent = pause.course.consent
    side = word(pause.spot.side.value)
    return {
        "patient": _("%(name)s, born %(born)s, %(number)s")
        % {
            "name": f"{patient.given_names} {patient.family_name}",
            "born": day_text(patient.birth_date, with_year=True),
            "number": patient.record_number,
        },
        "place": f"{pause.spot.level}, {side}",
        "consent": _("given in %(language)s")
        % {"language": get_language_info(consent.language)["name_translated"]}
        if consent
        else _("none"),
        "product": _("%(product)s, %(din)s, container %(division)s, %(amount)s mL")
        % {
            "product": lot.product_name,
            "din": "\N{NO-BREAK SPACE}".join(chunks(lot.din)),
            "division": pause.material.division,
            "amount": amount_text(pause.material.remaining),
        },
        "release": release,
        "expiry": use_by,
        "people": f"{pause.led_by.name}, {pause.second_person.name}",
    }


def doses_of(course: Course) -> list[Material]:
    """The doses of a course that are still held, the one that expires soonest first."""
    return list(
        Material.objects.filter(lot__course=course, kind=Material.Kind.DOSE, state=MaterialState.HELD.value)
        .select_related("lot__donor", "lot__site", "place")
        .order_by("expires_at", "division")
    )


def dose_scanned(course: Course, raw: str) -> Material | None:
    """The dose the team has in hand: the scanned one, else the one expected first, so that a mismatch shows."""
    held = doses_of(course)
    scanned, _unreadable = read_scans({"container": raw})
    return next(
        (one for one in held if one.lot.din == scanned.din and one.division == scanned.division),
        held[0] if held else None,
    )


def spots_to_treat(course: Course, treatment_number: int) -> list[Spot]:
    """The consented places that were not injected in this treatment yet."""
    given = {
        (dose.level, dose.side)
        for dose in Dose.objects.filter(course=course, treatment_number=treatment_number)
    }
    return [spot for spot in consented_spots(course) if (spot.level, spot.side.value) not in given]


def treatment_now(course: Course) -> int:
    """The treatment a course is in: the last one begun while a consented place of it is left, else the next."""
    numbers = list(Dose.objects.filter(course=course).values_list("treatment_number", flat=True))
    if not numbers:
        return 1
    last = max(numbers)
    return last if spots_to_treat(course, last) else last + 1


def doses_to_give(site: Site, *, at: datetime, page: int) -> Page[Material]:
    """A page of the released doses of a site for open courses, the one that expires soonest first."""
    doses = Material.objects.filter(
        lot__site=site,
        lot__state="RELEASED",
        lot__course__state=Course.State.OPEN,
        kind=Material.Kind.DOSE,
        state=MaterialState.HELD.value,
        expires_at__gt=at,
    )
    return page_of(doses.select_related("lot__course", "place").order_by("expires_at", "id"), page)


def open_time_outs(site: Site, *, page: int) -> Page[TimeOut]:
    """A page of the time-outs of a site after which no dose is on record and whose container is still held.

    The oldest stands first.
    """
    found = TimeOut.objects.filter(
        course__site=site, dose=None, cancellation=None, material__state=MaterialState.HELD.value
    )
    rows = found.select_related("course", "material__lot", "led_by", "second_person")
    return page_of(rows.order_by("completed_at", "id"), page)


def containers_left(course: Course) -> list[Material]:
    """What a course's lots still hold and somebody has to account for."""
    return list(
        Material.objects.filter(lot__course=course, state=MaterialState.HELD.value)
        .select_related("lot", "place")
        .order_by("lot__made_at", "division")
    )


def time_out_at(site: Site | None, time_out_id: UUID) -> TimeOut | None:
    """The time-out with that id, where it is one of this site's."""
    if site is None:
        return None
    found = TimeOut.objects.filter(pk=time_out_id, course__site=site)
    return found.select_related(
        "material__lot__protocol", "material__place", "led_by", "second_person"
    ).first()


def dose_of(time_out: TimeOut) -> Dose | None:
    """The dose given after this time-out."""
    return Dose.objects.filter(time_out=time_out).first()


def place_choices(spots: Sequence[Spot]) -> list[tuple[str, str]]:
    """Places as choices of a form: ``L4-L5|MIDLINE`` and how it is read."""
    return [(f"{spot.level}|{spot.side.value}", f"{spot.level}, {spot.side.value.lower()}") for spot in spots]
