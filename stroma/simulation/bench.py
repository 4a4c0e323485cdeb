"""The simulated hands at the bench and the bedside: collecting, processing, releasing and giving one patient's cells.

Every line here calls an action of the step it belongs to; the numbers come from the simulated laboratory. Nothing is
decided here but what a technologist decides, such as how much to fill into a syringe.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AdoptedProtocol, Place, User
from stroma.clinic.queries import protocol_of
from stroma.collection.actions import collect_tissue
from stroma.courses.models import Course
from stroma.custody.actions import (
    apply_label,
    determine_eligibility,
    discard,
    divide_for_course,
    hand_over,
    print_label,
    record_donor_test,
    register_donor,
    screen_donor,
)
from stroma.custody.domain.eligibility import REQUIRED_AGENTS
from stroma.custody.domain.isbt128.build import build_patient_id
from stroma.custody.domain.states import MaterialState
from stroma.custody.models import Donor, DonorTest, Label, Lot, Material
from stroma.injection.actions import complete_time_out, give_dose
from stroma.injection.queries import consented_spots
from stroma.patients.models import Patient
from stroma.processing.actions import NewContainer, StepUse, begin_batch, close_batch, count_again, do_step
from stroma.processing.domain.batch_order import next_step
from stroma.processing.models import Batch
from stroma.processing.queries import steps_done, steps_of
from stroma.processing.recount_queries import recount_wanted
from stroma.protocols.domain.schema import Dose, InjectionTarget, ProcessingStep, Protocol, Route
from stroma.release.actions import record_result, release_lot, sign_certificate
from stroma.release.evidence import finished_containers
from stroma.release.judged import limits_for, results_for
from stroma.release.models import Release
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.filling import Filling
from stroma.simulation.laboratory import SimulatedLaboratory
from stroma.simulation.quality import accept_findings_of, answer_late_positives
from stroma.simulation.storage import put_into_tank, take_out
from stroma.simulation.supplies import use_for

MINUTES = timedelta(minutes=1)
THAW_RECOVERY = 0.9
OWN_AGENTS = ("HIV-1/2", "HBV", "HCV", "syphilis")
"""What is tested in a patient whose own cells are used: enough to handle the tissue, not a donor determination."""


@dataclass
class Bench:
    """One lot's way through the clinic, and the hands that take it there."""

    clinic: SimulatedClinic
    laboratory: SimulatedLaboratory
    adopted: AdoptedProtocol
    course: Course | None
    lot: Lot | None = None
    current: Material | None = None
    true_cells: float = 0.0
    last_step_at: datetime | None = None
    parts: dict[int, Lot] = field(default_factory=dict)
    recounts: bool = True
    """Whether a second sample is counted where one is asked for."""

    @property
    def protocol(self) -> Protocol:
        """The protocol's document."""
        return protocol_of(self.adopted)

    @property
    def dose(self) -> Dose:
        """The dose the protocol gives."""
        assert self.protocol.dose is not None
        return self.protocol.dose

    @property
    def target(self) -> InjectionTarget:
        """Where the protocol's needle goes."""
        assert self.protocol.target is not None
        return self.protocol.target

    def person(self, part: str) -> User:
        """The colleague who plays that part."""
        return self.clinic.person(part)

    def _filling(self) -> Filling:
        return Filling(self.clinic, self.protocol, self.course, self.current)

    # --- Collection ------------------------------------------------------------------------------------

    def collect(self, patient: Patient | None, at: datetime, *, carry: bool = True) -> Lot:
        """Take the tissue, label it, and ``carry`` it to the laboratory. Without a patient: from an eligible donor."""
        rule = self.protocol.collection
        assert rule is not None
        relation = Donor.Relation.AUTOLOGOUS if patient else Donor.Relation.ALLOGENEIC
        physiatrist = self.person("physiatrist")
        donor = register_donor(
            site=self.clinic.site, relation=relation, patient=patient, by=physiatrist, at=at
        )
        for agent in OWN_AGENTS if patient else REQUIRED_AGENTS:
            record_donor_test(
                donor=donor,
                agent=agent,
                method="simulated assay",
                result=DonorTest.Result.NON_REACTIVE,
                sampled_at=at,
                by=self.person("nurse"),
                at=at,
            )
        if patient is None:
            screen_donor(donor=donor, has_risk=False, by=physiatrist, at=at)
            determine_eligibility(donor=donor, credential=Simulated(), by=physiatrist, at=at)
        amount = Decimal(str(round((rule.amount_min + rule.amount_max) / 2, 1)))
        collection = collect_tissue(
            donor=donor,
            protocol=self.adopted,
            course=self.course,
            amount=amount,
            place=self.clinic.place("PROC-1"),
            by=physiatrist,
            at=at + 20 * MINUTES,
        )
        self.lot = collection.lot
        self.current = Material.objects.get(lot=self.lot)
        self._label([self.current], at + 22 * MINUTES)
        if carry:
            self.carry(self.current, self.clinic.place("LAB-1"), at + 30 * MINUTES)
        return self.lot

    # --- Processing ------------------------------------------------------------------------------------

    def process(self, until: str | None, at: datetime) -> None:
        """Do the batch's next steps, up to the one with the code ``until``, or all that are left."""
        assert self.lot is not None
        batch = Batch.objects.filter(lot=self.lot).first()
        if batch is None:
            batch = begin_batch(lot=self.lot, by=self.person("technologist"), at=at)
        while (step := next_step(steps_of(self.lot), steps_done(batch))) is not None:
            at += 5 * MINUTES
            self._do(batch, step, at)
            if step.code == until:
                return
        close_batch(batch=batch, by=self.person("technologist"), at=at + 5 * MINUTES)

    def _do(self, batch: Batch, step: ProcessingStep, at: datetime) -> None:
        assert self.current is not None
        makes = self._filling().made_by(step, at)
        elapsed = at - (self.last_step_at or at)
        if step.kind in {"feed", "passage", "harvest"}:
            self.true_cells = self.laboratory.grown(self.true_cells, elapsed)
        if step.kind == "seed":
            # Stromal cells are about 0.001 to 0.01 % of marrow's nucleated cells (CHAHLA17); those that stick grow.
            self.true_cells = self.laboratory.random.uniform(0.4e6, 0.8e6)
        if self.protocol.route is Route.SAME_DAY and step.kind == "formulate":
            # Total nucleated cells of a concentrate: 118.9 to 121 million per mL (PEPKE16, PETTINE15).
            self.true_cells = self.laboratory.random.uniform(100e6, 130e6) * float(makes[0].amount)
        if step.kind == "digest":
            # Stromal vascular fraction: 0.5 to 2 million cells per gram of fat (clinical.md §1.2).
            self.true_cells = self.laboratory.random.uniform(0.5e6, 2e6) * float(self.current.remaining)
        count = None
        if step.count and makes:
            count = self.laboratory.count(self.true_cells, makes[0].amount)
        elif step.count:
            # The aspirate as it comes: about 18.9 million nucleated cells per mL (PEPKE16).
            nucleated = self.laboratory.random.uniform(15e6, 22e6) * float(self.current.remaining)
            count = self.laboratory.count(nucleated, self.current.remaining)
        done, made = do_step(
            batch=batch,
            code=step.code,
            material=self.current,
            makes=makes,
            count=count,
            use=self._use_for(batch, step, self.current, at),
            by=self.person("technologist"),
            at=at,
        )
        if step.kind in {"seed", "feed", "passage"} or self.last_step_at is None:
            self.last_step_at = at
        if made and step.kind != "fill":
            self.current = made[0]
        if self.recounts and count is not None and recount_wanted(batch, at=at) is not None:
            again = self.laboratory.count(self.true_cells, count.volume_ml)
            count_again(step=done, count=again, by=self.person("technologist"), at=at + 3 * MINUTES)
            self.current.refresh_from_db()

    def _use_for(self, batch: Batch, step: ProcessingStep, material: Material, at: datetime) -> StepUse:
        technologist, quality = self.person("technologist"), self.person("quality")
        return use_for(batch, step, material, technologist=technologist, quality=quality, at=at)

    def thaw(self, stored: Material, course: Course, treatment: int, at: datetime) -> Lot:
        """Set a frozen part aside for one treatment, thaw it, count it."""
        lab = self.clinic.place("LAB-1")
        take_out(self.clinic, stored, at)
        part = divide_for_course(
            material=stored,
            amount=stored.remaining,
            course=course,
            place=lab,
            expires_at=stored.expires_at,
            by=self.person("technologist"),
            at=at,
        )
        lot = part.lot
        batch = begin_batch(lot=lot, by=self.person("technologist"), at=at)
        step = next_step(steps_of(lot), ())
        assert step is not None
        cells = float(part.viable_cells or 0) * THAW_RECOVERY
        at += 20 * MINUTES
        do_step(
            batch=batch,
            code=step.code,
            material=part,
            makes=[
                NewContainer(
                    Material.Kind.DOSE, self._filling().dose_ml(), lab, expires_at=at + self.dose.shelf_life
                )
            ],
            count=self.laboratory.count(cells, self._filling().dose_ml()),
            use=self._use_for(batch, step, part, at),
            by=self.person("technologist"),
            at=at,
        )
        close_batch(batch=batch, by=self.person("technologist"), at=at + MINUTES)
        self.parts[treatment] = lot
        return lot

    # --- Release ---------------------------------------------------------------------------------------

    def test(self, lot: Lot, at: datetime) -> None:
        """Label what will be given, and record the results that are due before release."""
        finished = finished_containers(lot)
        self._label(finished, at)
        frozen = (one for one in finished if one.kind == Material.Kind.STORED)
        put_into_tank(self.clinic, frozen, at + 2 * MINUTES)
        known = {result.code for result in results_for(lot)}
        fresh = {"appearance", "identity_chain"}
        for limit in limits_for(lot):
            asked_again = lot.parent is not None and limit.code in fresh
            if (
                limit.due == "release"
                and (limit.code not in known or asked_again)
                and limit.code != "endotoxin_per_kg"
            ):
                value, text, method = self.laboratory.assay(limit.code)
                record_result(
                    lot=lot,
                    code=limit.code,
                    value=value,
                    text=text,
                    method=method,
                    by=self.person("technologist"),
                    at=at + 5 * MINUTES,
                )

    def release(self, lot: Lot, at: datetime) -> Release:
        """Quality accepts what the review left open, two people sign the certificate, and quality lets the lot go."""
        accept_findings_of(self.clinic, lot, at=at)
        for role, part in ((Role.PHYSIATRIST, "physiatrist"), (Role.QUALITY, "quality")):
            at += 5 * MINUTES
            sign_certificate(lot=lot, role=role, credential=Simulated(), by=self.person(part), at=at)
        return release_lot(lot=lot, by=self.person("quality"), at=at + MINUTES)

    def final_results(self, lot: Lot, at: datetime) -> None:
        """Record what arrives after use, such as the 14-day culture."""
        for limit in limits_for(lot):
            if limit.due == "final":
                value, text, method = self.laboratory.assay(limit.code)
                record_result(
                    lot=lot,
                    code=limit.code,
                    value=value,
                    text=text,
                    method=method,
                    by=self.person("quality"),
                    at=at,
                )
        answer_late_positives(self.clinic, lot, at=at)

    # --- Injection -------------------------------------------------------------------------------------

    def inject(self, lot: Lot, treatment: int, at: datetime) -> None:
        """Bring each dose to the bedside, stop for the time-out, give it, and account for what is left."""
        assert self.course is not None
        bedside, nurse = self.clinic.place("PROC-1"), self.person("nurse")
        wristband = self.wristband_of(self.course.patient.record_number)
        doses = [dose for dose in finished_containers(lot) if dose.kind == Material.Kind.DOSE]
        for dose, spot in zip(doses, consented_spots(self.course), strict=False):
            container = self.scan_of(dose)
            hand_over(
                material=dose,
                to_place=bedside,
                scans={
                    "container": container,
                    "place": bedside.code,
                    "wristband": wristband,
                    **self.clinic.badge_scan(nurse),
                },
                to_patient=True,
                by=nurse,
                at=at,
            )
            time_out = complete_time_out(
                course=self.course,
                material=dose,
                spot=spot,
                scans={"container": container, "wristband": wristband},
                treatment_number=treatment,
                second_person=self.person("nurse"),
                by=self.person("physiatrist"),
                at=at + 10 * MINUTES,
            )
            give_dose(
                time_out=time_out,
                volume_ml=dose.amount,
                guidance=self.target.guidance[0],
                treatment_number=treatment,
                by=self.person("physiatrist"),
                at=at + 15 * MINUTES,
            )
            at += 20 * MINUTES

    def account_for(self, lot: Lot, kinds: set[str], reason: str, at: datetime) -> None:
        """Discard what is still held in containers of these kinds, before a witness."""
        for material in Material.objects.filter(lot=lot, state=MaterialState.HELD, kind__in=kinds):
            discard(
                material=material,
                witness=self.person("quality"),
                credential=Simulated(),
                reason=reason,
                by=self.person("technologist"),
                at=at,
            )

    # --- Labels and places -----------------------------------------------------------------------------

    def _label(self, containers: Iterable[Material], at: datetime) -> None:
        printed = [
            print_label(material=material, by=self.person("technologist"), at=at)
            for material in containers
            if not Label.objects.filter(material=material, state=Label.State.APPLIED).exists()
        ]
        for label in printed:
            apply_label(label=label, by=self.person("technologist"), at=at + MINUTES)

    def carry(self, material: Material, place: Place, at: datetime) -> None:
        """Bring a container to another place, by scan."""
        technologist = self.person("technologist")
        hand_over(
            material=material,
            to_place=place,
            scans={
                "container": self.scan_of(material),
                "place": place.code,
                **self.clinic.badge_scan(technologist),
            },
            by=technologist,
            at=at,
        )

    @staticmethod
    def wristband_of(record_number: str) -> str:
        """What a scanner reads off a patient's wristband."""
        return build_patient_id("00", record_number)

    @staticmethod
    def scan_of(material: Material) -> str:
        """What a scanner reads off the container's label: the two-dimensional symbol."""
        label = Label.objects.get(material=material, state=Label.State.APPLIED)
        return str(label.content["compound"])
