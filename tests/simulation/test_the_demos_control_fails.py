"""The demo's control fails on its last day and holds the result of a running lot, as quality's home says."""

from datetime import datetime, timedelta
from random import Random

import pytest

from stroma.release.control_queries import controls_at
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.laboratory import SimulatedLaboratory
from stroma.simulation.quality import fail_a_control, run_the_control, use_a_control
from tests.lots_on_the_way import signed_in
from tests.treated_courses import START, a_clinic, a_course

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def clinic_with_a_control() -> tuple[SimulatedClinic, datetime]:
    clinic = a_clinic()
    course = a_course(clinic, "disc-marrow-expanded")
    collected_at = START + 20 * DAY
    Bench(clinic, SimulatedLaboratory(Random(1), {}), course.protocol, course).collect(
        course.patient, collected_at
    )
    use_a_control(clinic, collected_at + DAY)
    run_the_control(clinic, 0.4, collected_at + 2 * DAY)
    return clinic, collected_at + 3 * DAY


def test_it_holds_the_result_of_a_lot_that_is_on_its_way() -> None:
    clinic, at = clinic_with_a_control()
    hold = fail_a_control(clinic, at=at)
    assert hold is not None
    assert (hold.result.code, hold.result.lot.state, hold.run.verdict) == (
        "endotoxin",
        "IN_PROCESS",
        "FAILED",
    )
    assert [row.held for row in controls_at(clinic.site)] == [1]
    [shown] = signed_in(clinic.person("quality")).get("/release/").context["failing_controls"]
    assert (shown.material, shown.held) == (hold.run.material, 1)


def test_where_no_lot_is_on_its_way_no_control_fails() -> None:
    clinic, at = clinic_with_a_control()
    assert fail_a_control(clinic, at=at) is not None
    assert fail_a_control(clinic, at=at + DAY) is None
