"""Lots for the tests of the laboratory's and the bedside's pages, brought to where a test wants them by the actions.

A page asks what time it is, so these lots were collected hours before now, in a clinic that was opened long ago.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.test import Client
from django.utils import timezone

from stroma.candidacy.domain.codes import BODY_WEIGHT, LOINC
from stroma.clinic.models import User
from stroma.custody.models import Lot, Material
from stroma.patients.actions import record_measurement
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.laboratory import SimulatedLaboratory
from tests.treated_courses import START, a_course

SAME_DAY = "disc-marrow-concentrate"
HOUR = timedelta(hours=1)


def signed_in(user: User) -> Client:
    """A browser in which ``user`` is signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def collected(clinic: SimulatedClinic, *, number: int = 0, viability_percent: float = 95) -> Bench:
    """A lot that came to the laboratory three hours before now; ``number`` sets several apart in time."""
    at = START + timedelta(days=4 * number)
    course = a_course(clinic, SAME_DAY, at=at)
    record_measurement(
        patient=course.patient,
        system=LOINC,
        code=BODY_WEIGHT,
        display="Body weight",
        value=Decimal(75),
        unit="kg",
        by=clinic.person("nurse"),
        at=at + timedelta(days=3, hours=1),
    )
    laboratory = SimulatedLaboratory(Random(1), {"viability_percent": viability_percent})
    return Bench(clinic, laboratory, course.protocol, course)


def collect(bench: Bench, *, at: datetime | None = None) -> Lot:
    """Take the tissue and bring it to the laboratory."""
    assert bench.course is not None
    return bench.collect(bench.course.patient, at or timezone.now() - 3 * HOUR)


def process(bench: Bench) -> Lot:
    """Do every step and enter every result that is due: the lot waits in quarantine for its signatures."""
    at = timezone.now() - 2.4 * HOUR
    bench.process(None, at)
    assert bench.lot is not None
    bench.lot.refresh_from_db()
    bench.test(bench.lot, at + HOUR)
    return bench.lot


def release(bench: Bench) -> Lot:
    """Two people sign, and quality lets the lot go."""
    assert bench.lot is not None
    bench.release(bench.lot, timezone.now() - HOUR)
    bench.lot.refresh_from_db()
    return bench.lot


def scan_of(material: Material) -> str:
    """What a scanner reads off the label on the container."""
    return str(material.labels.get(state="APPLIED").content["compound"])


def dose_of(lot: Lot) -> Material:
    """The lot's first dose."""
    return Material.objects.filter(lot=lot, kind=Material.Kind.DOSE).order_by("division").get()
