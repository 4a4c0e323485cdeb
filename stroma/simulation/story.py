"""The guided story of five minutes: one patient's cells, and four ways in which a mistake is refused.

Every step calls the same actions as the pages of the clinic, by simulated people of the patient's own site; what
is refused is refused by the rules themselves. The story's state is the record's: nothing is kept beside it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.courses.models import Course
from stroma.custody.actions import hand_over
from stroma.custody.models import Lot
from stroma.injection.actions import complete_time_out
from stroma.injection.queries import consented_spots
from stroma.ledger.domain.canonical import canonical
from stroma.ledger.dossier import export_dossier
from stroma.ledger.record import present
from stroma.ledger.standalone import verifier
from stroma.planning.actions import complete_visit
from stroma.planning.models import Visit
from stroma.release.actions import release_lot, sign_certificate
from stroma.simulation.bench import MINUTES, Bench
from stroma.simulation.clinic import simulated_clinic_at
from stroma.simulation.laboratory import SimulatedLaboratory
from stroma.simulation.quality import accept_findings_of
from stroma.simulation.queries import (
    dose_entry,
    doses_at_the_bedside,
    label_of_somebody_else,
    lot_of_story,
    roles_signed,
    tissue_of_story,
)


class Step(StrEnum):
    """What can be done in the story, in order."""

    COLLECT = "collect"
    WRONG_LABEL = "wrong-label"
    RIGHT_LABEL = "right-label"
    SIGN_TWICE = "sign-twice"
    SIGN_BOTH = "sign-both"
    WRONG_PATIENT = "wrong-patient"
    GIVE_DOSE = "give-dose"


class Chapter(StrEnum):
    """How far the record says the story has come."""

    BEGINNING = "beginning"
    COLLECTED = "collected"
    IN_QUARANTINE = "in quarantine"
    RELEASED = "released"
    GIVEN = "given"


CHAPTERS = tuple(Chapter)
BELONGS_TO: dict[Step, Chapter] = {
    Step.COLLECT: Chapter.BEGINNING,
    Step.WRONG_LABEL: Chapter.COLLECTED,
    Step.RIGHT_LABEL: Chapter.COLLECTED,
    Step.SIGN_TWICE: Chapter.IN_QUARANTINE,
    Step.SIGN_BOTH: Chapter.IN_QUARANTINE,
    Step.WRONG_PATIENT: Chapter.RELEASED,
    Step.GIVE_DOSE: Chapter.RELEASED,
}
SOMEBODY_ELSE = "P9999999"
"""A record number that no patient of the demo has: the wristband of the next room."""


def chapter_of(course: Course) -> Chapter:
    """Where the story of this course stands, read from the record."""
    lot = lot_of_story(course)
    if lot is None:
        return Chapter.BEGINNING
    if dose_entry(course) is not None:
        return Chapter.GIVEN
    if lot.state == "RELEASED":
        return Chapter.RELEASED
    return Chapter.IN_QUARANTINE if lot.state == "QUARANTINE" else Chapter.COLLECTED


def do_step(course: Course, step: Step) -> None:
    """Do one step of the story, by the people of the course's site. Raises Refused with the rules' own reasons."""
    lot = lot_of_story(course)
    bench = _bench(course, lot)
    at = present()
    if step is Step.COLLECT:
        bench.collect(course.patient, at, carry=False)
        _held(course, ("collect",), at + 31 * MINUTES)
        return
    assert lot is not None
    match step:
        case Step.WRONG_LABEL:
            _scan_somebody_elses_label(bench, lot, at)
        case Step.RIGHT_LABEL:
            bench.carry(tissue_of_story(lot), bench.clinic.place("LAB-1"), at)
            bench.current = tissue_of_story(lot)
            bench.process(None, at + MINUTES)
            bench.test(lot, at + timedelta(hours=1))
            _held(course, ("process",), at + timedelta(hours=1, minutes=10))
        case Step.SIGN_TWICE:
            _sign_for_two(bench, lot, at)
        case Step.SIGN_BOTH:
            _sign_and_release(bench, lot, at)
            _held(course, ("release",), at + 12 * MINUTES)
        case Step.WRONG_PATIENT:
            _stop_at_the_wrong_patient(bench, course, lot, at)
        case Step.GIVE_DOSE:
            bench.inject(lot, 1, at)
            _held(course, ("inject",), at + timedelta(hours=1))


def _bench(course: Course, lot: Lot | None) -> Bench:
    laboratory = SimulatedLaboratory(Random(course.number), {})  # noqa: S311 - a simulation
    return Bench(simulated_clinic_at(course.site), laboratory, course.protocol, course, lot=lot)


def _held(course: Course, stages: Sequence[str], at: datetime) -> None:
    """Mark the course's booked visits of these stages as held."""
    bench = _bench(course, None)
    codes = [visit.code for visit in bench.protocol.visits if visit.stage in stages]
    for visit in course.visits.filter(code__in=codes, state=Visit.State.BOOKED):
        complete_visit(visit=visit, by=bench.person("coordinator"), at=at)


def _scan_somebody_elses_label(bench: Bench, lot: Lot, at: datetime) -> None:
    laboratory, technologist = bench.clinic.place("LAB-1"), bench.person("technologist")
    hand_over(
        material=tissue_of_story(lot),
        to_place=laboratory,
        scans={
            "container": label_of_somebody_else(lot),
            "place": laboratory.code,
            **bench.clinic.badge_scan(technologist),
        },
        by=technologist,
        at=at,
    )


def _sign_for_two(bench: Bench, lot: Lot, at: datetime) -> None:
    """The physiatrist signs, and then signs once more where a second person has to."""
    physiatrist = bench.person("physiatrist")
    accept_findings_of(bench.clinic, lot, at=at)
    for role in (Role.PHYSIATRIST, Role.QUALITY):
        sign_certificate(lot=lot, role=role, credential=Simulated(), by=physiatrist, at=at)
        at += MINUTES


def _sign_and_release(bench: Bench, lot: Lot, at: datetime) -> None:
    accept_findings_of(bench.clinic, lot, at=at)
    signers = ((Role.PHYSIATRIST, "physiatrist"), (Role.QUALITY, "quality"))
    signed = roles_signed(lot)
    for role, part in signers:
        if role.value not in signed:
            at += 5 * MINUTES
            sign_certificate(lot=lot, role=role, credential=Simulated(), by=bench.person(part), at=at)
    release_lot(lot=lot, by=bench.person("quality"), at=at + MINUTES)


def _stop_at_the_wrong_patient(bench: Bench, course: Course, lot: Lot, at: datetime) -> None:
    dose = doses_at_the_bedside(lot)[0]
    complete_time_out(
        course=course,
        material=dose,
        spot=consented_spots(course)[0],
        scans={"container": bench.scan_of(dose), "wristband": bench.wristband_of(SOMEBODY_ELSE)},
        second_person=bench.person("nurse"),
        by=bench.person("physiatrist"),
        at=at,
    )


SENTENCES_SHOWN = 4
"""The first say what was found; the others repeat what the dossier is about."""


@dataclass(frozen=True)
class Verdict:
    """What the stand-alone verifier says of a dossier."""

    is_intact: bool
    sentences: list[str]


def dose_facts(course: Course) -> str:
    """What the ledger says of the dose, as the text in the dossier that a reader may try to change."""
    entry = dose_entry(course)
    return "" if entry is None else canonical(json.loads(entry.text)["facts"]).decode()


def judge_edited_dossier(course: Course, edited: str) -> Verdict:
    """Export the course's dossier, put ``edited`` in the place of the dose's facts, and ask the verifier."""
    content = export_dossier(course.id, by="stroma demo", at=present())
    changed = content.replace(dose_facts(course).encode(), edited.strip().encode(), 1)
    judge = verifier()
    report = judge.check(changed)
    told = [str(line).strip() for line in judge.sentences(report)]
    return Verdict(not report.findings, told[:SENTENCES_SHOWN])
