"""What a simulated technologist fills at a step: which containers, how much into each, and how long it keeps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from stroma.courses.models import Course
from stroma.custody.models import Material
from stroma.injection.queries import consented_spots
from stroma.processing.actions import NewContainer
from stroma.protocols.domain.schema import Dose, InjectionTarget, ProcessingStep, Protocol
from stroma.simulation.clinic import SimulatedClinic

SAMPLE_ML = Decimal("0.5")
FILL_FOR_FREEZING = Decimal("1.15")
"""Thawing loses about a tenth; a frozen part is filled with that much more than the dose."""
BANK_BAGS = 4


@dataclass(frozen=True)
class Filling:
    """What is filled out of the ``current`` container, for a course or, without one, for a donor's bank."""

    clinic: SimulatedClinic
    protocol: Protocol
    course: Course | None
    current: Material | None

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

    def made_by(self, step: ProcessingStep, at: datetime) -> list[NewContainer]:
        """The containers that a step fills, and how much."""
        lab, incubator = self.clinic.place("LAB-1"), self.clinic.place("INC-1")
        if step.kind in {"receive", "feed"}:
            return []
        if step.kind == "fill":
            return self._filled(at)
        if step.kind == "formulate":
            return [NewContainer(Material.Kind.PRODUCT, self._formulated_ml(), lab)]
        kind = Material.Kind.CULTURE if step.kind in {"seed", "passage", "digest"} else Material.Kind.PRODUCT
        place = incubator if step.kind in {"seed", "passage"} else lab
        amounts = {"concentrate": "8", "digest": "10", "seed": "30", "passage": "30", "harvest": "20"}
        return [NewContainer(kind, Decimal(amounts[step.kind]), place)]

    def _spots(self) -> int:
        return len(consented_spots(self.course)) if self.course else 0

    def dose_ml(self) -> Decimal:
        """The volume of one dose: the middle of what the protocol allows."""
        middle = (self.target.volume_ml_min + self.target.volume_ml_max) / 2
        return Decimal(str(round(middle, 1)))

    def _stored(self) -> int:
        """How many parts are frozen: a bank's bags, or the later treatments of a series."""
        if self.course is None:
            return BANK_BAGS
        return (
            self.protocol.another_treatment.treatments - 1
            if self.protocol.another_treatment.kind == "series"
            else 0
        )

    def _formulated_ml(self) -> Decimal:
        """The volume that gives the label dose in one dose's volume, at least what has to be filled."""
        assert self.current is not None
        needed = self._needed_ml()
        if self.dose.viable_cells is None or self.current.viable_cells is None:
            return needed
        right = self.current.viable_cells / Decimal(self.dose.viable_cells) * self.dose_ml()
        return max(needed, right).quantize(Decimal("0.1"))

    def _needed_ml(self) -> Decimal:
        stored = self._stored() * self.dose_ml() * FILL_FOR_FREEZING
        return self._spots() * self.dose_ml() + stored + SAMPLE_ML

    def _filled(self, at: datetime) -> list[NewContainer]:
        assert self.current is not None
        lab, tank = self.clinic.place("LAB-1"), self.clinic.place("LN2-1")
        expires = at + self.dose.shelf_life
        frozen_until = at + (self.dose.frozen_shelf_life or timedelta(0))
        stored_ml = (self.dose_ml() * FILL_FOR_FREEZING).quantize(Decimal("0.001"))
        if self.course is None and self.dose.viable_cells and self.current.viable_cells:
            share = Decimal(self.dose.viable_cells) * FILL_FOR_FREEZING / self.current.viable_cells
            stored_ml = min(self.current.remaining / BANK_BAGS, self.current.remaining * share).quantize(
                Decimal("0.001")
            )
        makes = [
            NewContainer(Material.Kind.DOSE, self.dose_ml(), lab, expires_at=expires)
            for _ in range(self._spots())
        ]
        makes += [
            NewContainer(Material.Kind.STORED, stored_ml, tank, expires_at=frozen_until)
            for _ in range(self._stored())
        ]
        left = self.current.remaining - sum((new.amount for new in makes), Decimal(0))
        if left >= SAMPLE_ML:
            makes.append(NewContainer(Material.Kind.SAMPLE, SAMPLE_ML, lab, expires_at=expires))
        return makes
