"""Honest objects for tests, made by the same actions that people use, on a simulated clock that only goes forward.

``House`` is a simulated clinic with its clock. Each of its methods takes a patient or a donor's lot one stage further
and returns what came of it; a test says in its own lines what it turns on.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from stroma.candidacy.actions import assess_candidacy, decide_candidacy
from stroma.candidacy.domain.codes import BODY_WEIGHT, LOINC
from stroma.candidacy.examples import example_answers
from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.credentials import Simulated
from stroma.clinic.models import User
from stroma.clinic.queries import adopted_protocol, protocol_of
from stroma.courses.actions import consent_to_course, open_course
from stroma.courses.models import Course
from stroma.custody.actions import hand_over
from stroma.custody.domain.isbt128.build import build_patient_id
from stroma.custody.models import Label, Lot, Material
from stroma.injection.actions import complete_time_out
from stroma.injection.domain.time_out import Spot
from stroma.injection.models import TimeOut
from stroma.injection.queries import consented_spots
from stroma.patients.actions import Place, record_measurement, register_patient
from stroma.patients.domain.intake import IntakeIdentifier, PatientIntake
from stroma.patients.models import Consent, Patient
from stroma.protocols.library import shipped_protocol
from stroma.release.evidence import finished_containers
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic, found_simulated_database, open_simulated_clinic
from stroma.simulation.laboratory import SimulatedLaboratory

START = datetime(2026, 3, 2, 14, tzinfo=UTC)
"""A Monday morning in New York."""
OWN_SAME_DAY = "disc-marrow-concentrate"
FROM_A_DONOR = "disc-cord-donor"


def intake(family_name: str, given_name: str = "Robin", *, born: date = date(1975, 5, 17)) -> PatientIntake:
    """An invented adult with an identifier of their own."""
    number = f"{family_name}-{given_name}-{born.isoformat()}"
    return PatientIntake(
        family_name=family_name,
        given_names=(given_name,),
        birth_date=born,
        sex="female",
        language="en",
        identifiers=(IntakeIdentifier("urn:test:hospital", number, "MR"),),
    )


@dataclass
class House:
    """A simulated clinic and its clock."""

    clinic: SimulatedClinic
    now: datetime
    benches: dict[object, Bench] = field(default_factory=dict)

    def later(self, minutes: float = 5) -> datetime:
        """Let time pass, and say what time it is."""
        self.now += timedelta(minutes=minutes)
        return self.now

    def person(self, part: str) -> User:
        """The colleague who plays that part."""
        return self.clinic.person(part)

    # --- Patients --------------------------------------------------------------------------------------

    def patient(
        self, family_name: str, given_name: str = "Robin", *, born: date = date(1975, 5, 17)
    ) -> Patient:
        """A registered patient, unlike everybody else here."""
        return register_patient(
            site=self.clinic.site,
            intake=intake(family_name, given_name, born=born),
            is_new_person=True,
            by=self.person("coordinator"),
            at=self.later(),
        )

    def assessment(self, patient: Patient, protocol_id: str = OWN_SAME_DAY) -> Assessment:
        """An assessment by the protocol's own example answers."""
        adopted = adopted_protocol(self.clinic.site, protocol_id)
        sheet = example_answers(protocol_of(adopted).indication)
        needed = {criterion.variable for criterion in protocol_of(adopted).criteria}
        needed |= {"takes_anticoagulant", "has_anticoagulant_hold_plan"}
        asked = {name: value for name, value in sheet.answers.items() if name in needed}
        return assess_candidacy(
            patient=patient,
            protocol=adopted,
            asked={**asked, "levels_affected": len({place.level for place in sheet.places})},
            assumed={},
            red_flags=sheet.red_flags,
            by=self.person("physiatrist"),
            at=self.later(),
        )

    def decision(self, assessment: Assessment) -> Decision:
        """The signed decision that the patient is a candidate."""
        return decide_candidacy(
            assessment=assessment,
            outcome=Decision.Outcome.CANDIDATE,
            overrides={},
            credential=Simulated(),
            by=self.person("physiatrist"),
            at=self.later(),
        )

    def course(self, patient: Patient, protocol_id: str = OWN_SAME_DAY) -> Course:
        """An open course of a weighed patient, without consent yet."""
        decision = self.decision(self.assessment(patient, protocol_id))
        course = open_course(decision=decision, by=self.person("coordinator"), at=self.later())
        record_measurement(
            patient=patient,
            system=LOINC,
            code=BODY_WEIGHT,
            display="Body weight",
            value=Decimal(75),
            unit="kg",
            by=self.person("nurse"),
            at=self.later(),
        )
        return course

    def consent(self, course: Course) -> Consent:
        """The patient's consent to the example's places, once the protocol's waiting time has passed."""
        protocol = protocol_of(course.protocol)
        self.now = max(self.now, course.decision.decided_at + protocol.consent.waiting)
        assert protocol.target is not None
        sheet = example_answers(protocol.indication)
        consent = consent_to_course(
            course=course,
            places=[Place(protocol.target.target, place.level, place.side) for place in sheet.places],
            language="en",
            method=Consent.Method.SIMULATED,
            by=self.person("physiatrist"),
            at=self.later(),
        )
        course.refresh_from_db()
        return consent

    # --- Cells -----------------------------------------------------------------------------------------

    def bench(self, course: Course | None, protocol_id: str = OWN_SAME_DAY) -> Bench:
        """The hands that work for a course, or for a donor's bank."""
        key = course.pk if course else protocol_id
        if key not in self.benches:
            adopted = course.protocol if course else adopted_protocol(self.clinic.site, protocol_id)
            laboratory = SimulatedLaboratory(Random(1), {})
            self.benches[key] = Bench(self.clinic, laboratory, adopted, course)
        return self.benches[key]

    def collected(self, course: Course) -> Lot:
        """The patient's own tissue, labeled and brought to the laboratory."""
        lot = self.bench(course).collect(course.patient, self.later())
        self.later(35)
        return lot

    def tested(self, course: Course) -> Lot:
        """A lot in quarantine with every result and label that its release asks for, signed by nobody."""
        bench = self.bench(course)
        lot = self.collected(course)
        bench.process(None, self.now)
        bench.test(lot, self.later(30))
        self.later(10)
        lot.refresh_from_db()
        return lot

    def released(self, course: Course) -> Lot:
        """A lot that two people let go."""
        lot = self.tested(course)
        self.bench(course).release(lot, self.now)
        self.later(12)
        lot.refresh_from_db()
        return lot

    def bank(self, protocol_id: str = FROM_A_DONOR) -> Lot:
        """A donor's released lot, frozen in parts."""
        bench = self.bench(None, protocol_id)
        lot = bench.collect(None, self.later())
        self.later(40)
        processing = bench.protocol.processing
        assert processing is not None
        for step in processing.steps:
            if step.kind == "thaw":
                break
            self.now += step.after or timedelta(hours=1)
            bench.process(step.code if step.kind != "fill" else None, self.now)
        lot.refresh_from_db()
        self.now += timedelta(days=14)
        bench.test(lot, self.now)
        bench.final_results(lot, self.later(60))
        bench.release(lot, self.later())
        self.later(20)
        lot.refresh_from_db()
        return lot

    def part_tested(self, bank: Lot, course: Course) -> Lot:
        """A part of a bank's lot, thawed for one course, with every result that its release asks for."""
        stored = Material.objects.filter(lot=bank, kind=Material.Kind.STORED, state="HELD").earliest(
            "division"
        )
        bench = self.bench(course)
        lot = bench.thaw(stored, course, 1, self.later())
        bench.test(lot, self.later(30))
        lot.refresh_from_db()
        return lot

    def part(self, bank: Lot, course: Course) -> Lot:
        """A part of a bank's lot, thawed for one course and released."""
        lot = self.part_tested(bank, course)
        self.bench(course).release(lot, self.later(10))
        self.later(20)
        lot.refresh_from_db()
        return lot

    # --- Bedside ---------------------------------------------------------------------------------------

    def dose_of(self, lot: Lot) -> Material:
        """The lot's first container that was filled as a dose."""
        return next(m for m in finished_containers(lot) if m.kind == Material.Kind.DOSE)

    def scans(self, material: Material) -> dict[str, str]:
        """What a scanner reads off the container and the recipient's wristband."""
        assert material.lot.course is not None
        label = Label.objects.get(material=material, state=Label.State.APPLIED)
        wristband = build_patient_id("00", material.lot.course.patient.record_number)
        return {"container": str(label.content["compound"]), "wristband": wristband}

    def at_the_bedside(self, lot: Lot) -> Material:
        """The lot's dose, handed over at the patient's bedside."""
        dose = self.dose_of(lot)
        place = self.clinic.place("PROC-1")
        hand_over(
            material=dose,
            to_place=place,
            scans={**self.scans(dose), "place": place.code},
            to_patient=True,
            by=self.person("nurse"),
            at=self.later(),
        )
        dose.refresh_from_db()
        return dose

    def spot(self, course: Course) -> Spot:
        """The first place that the patient agreed to."""
        return consented_spots(course)[0]

    def time_out(self, material: Material) -> TimeOut:
        """The completed time-out before this container is given."""
        course = material.lot.course
        assert course is not None
        return complete_time_out(
            course=course,
            material=material,
            spot=self.spot(course),
            scans=self.scans(material),
            second_person=self.person("nurse"),
            by=self.person("physiatrist"),
            at=self.later(),
        )


def open_house(*protocol_ids: str, name: str = "Test clinic", at: datetime = START) -> House:
    """A simulated database, founded where it is not, with a clinic that offers these protocols."""
    found_simulated_database(at)
    shipped = [shipped_protocol(protocol_id) for protocol_id in protocol_ids or (OWN_SAME_DAY,)]
    return House(open_simulated_clinic(name=name, protocols=shipped, at=at), at)
