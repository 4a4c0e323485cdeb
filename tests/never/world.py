"""One small world for the tests of what must never happen: four patients, a bank, and cells at every stage.

It is made once for each test file, by actions only. Each test gets a copy of its objects and its own savepoint.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from stroma.courses.models import Course
from stroma.custody.models import Lot, Material
from stroma.injection.models import TimeOut
from stroma.patients.models import Patient
from tests.never.house import FROM_A_DONOR, OWN_SAME_DAY, House, open_house


@dataclass
class World:
    """Who and what there is.

    ``ready`` is a patient whose own dose lies at the bedside after its time-out; ``tested`` one whose lot waits in
    quarantine for its signatures; ``recipient`` one whose part of a donor's lot is ready in the same way as the first;
    ``consented`` one from whom nothing was collected yet; ``twin`` a second record of somebody.
    """

    house: House
    ready: Course
    ready_dose: Material
    ready_time_out: TimeOut
    tested: Course
    tested_lot: Lot
    recipient: Course
    recipient_dose: Material
    recipient_time_out: TimeOut
    bank: Lot
    consented: Course
    twin: Patient

    @property
    def ready_lot(self) -> Lot:
        """The released lot of the patient who is ready."""
        return self.ready_dose.lot

    @property
    def at(self) -> datetime:
        """A minute after everything else."""
        return self.house.now + timedelta(minutes=1)


def make_world() -> World:
    """Everything, in an order in which no dose expires before it is needed."""
    house = open_house(OWN_SAME_DAY, FROM_A_DONOR)
    bank = house.bank()
    ready, tested, recipient, consented = (
        house.patient(name, born=born)
        for name, born in (
            ("Ready", date(1971, 1, 1)),
            ("Tested", date(1972, 2, 2)),
            ("Recipient", date(1973, 3, 3)),
            ("Consented", date(1974, 4, 4)),
        )
    )
    twin = house.patient("Twin", born=date(1975, 5, 5))
    courses = {
        patient.pk: house.course(patient, protocol_id)
        for patient, protocol_id in (
            (ready, OWN_SAME_DAY),
            (tested, OWN_SAME_DAY),
            (recipient, FROM_A_DONOR),
            (consented, OWN_SAME_DAY),
        )
    }
    for course in courses.values():
        house.consent(course)
    # Given within four hours of being filled: none of the three may wait for long.
    tested_lot = house.tested(courses[tested.pk])
    ready_dose = house.at_the_bedside(house.released(courses[ready.pk]))
    ready_time_out = house.time_out(ready_dose)
    recipient_course = courses[recipient.pk]
    recipient_dose = house.at_the_bedside(house.part(bank, recipient_course))
    return World(
        house=house,
        ready=courses[ready.pk],
        ready_dose=ready_dose,
        ready_time_out=ready_time_out,
        tested=courses[tested.pk],
        tested_lot=tested_lot,
        recipient=recipient_course,
        recipient_dose=recipient_dose,
        recipient_time_out=house.time_out(recipient_dose),
        bank=bank,
        consented=courses[consented.pk],
        twin=twin,
    )
