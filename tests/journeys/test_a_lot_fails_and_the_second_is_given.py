"""Too few of the cells live: the lot is rejected, the patient is told, and they decide to collect again."""

from dataclasses import replace

import pytest

from stroma.custody.actions import decide_disposition
from stroma.custody.models import Disposition, Lot, Material
from stroma.injection.models import Dose
from stroma.planning.actions import cancel_visits
from stroma.planning.models import Visit
from stroma.release.actions import (
    NotReleasable,
    decide_after_failure,
    reject_lot,
    release_lot,
    tell_patient_of_failure,
)
from stroma.release.models import FailureDecision, FailureNotice
from stroma.simulation.bench import Bench
from tests.journeys.steps import DAY, Journey, given_a_clinic, given_alma, then_the_ledger_holds

pytestmark = pytest.mark.django_db

EXPANDED = "disc-marrow-expanded"


def given_a_lot_of_low_viability() -> Journey:
    alma = Journey(given_a_clinic(EXPANDED), EXPANDED, given_alma())
    alma.given_a_course().when_she_consents_and_is_booked()
    alma.bench.laboratory = replace(alma.laboratory, told={"viability_percent": 61})
    return alma.when_time_passes(until="harvest")


def when_the_lot_is_rejected_and_she_is_told(alma: Journey) -> FailureNotice:
    alma.bench.test(alma.lot(), alma._later())
    with pytest.raises(NotReleasable) as refused:
        release_lot(lot=alma.lot(), by=alma.person("quality"), at=alma._later(30))
    assert "viability" in " ".join(b.code for b in refused.value.blockers)
    rejection = reject_lot(
        lot=alma.lot(), reason="viability below the limit", by=alma.person("quality"), at=alma._later()
    )
    return tell_patient_of_failure(
        rejection=rejection, means=FailureNotice.Means.PHONE, by=alma.person("physiatrist"), at=alma._later()
    )


def when_the_failed_cells_are_discarded(alma: Journey) -> None:
    decide_disposition(
        lot=alma.lot(),
        kind=Disposition.Kind.DISCARD,
        reason="failed",
        by=alma.person("quality"),
        at=alma._later(),
    )
    alma.bench.account_for(alma.lot(), {kind.value for kind in Material.Kind}, "failed lot", alma._later())


def test_a_failed_lot_is_told_to_the_patient_collected_again_and_the_second_lot_is_given() -> None:
    alma = given_a_lot_of_low_viability()
    notice = when_the_lot_is_rejected_and_she_is_told(alma)
    failed = alma.lot()
    cancel_visits(course=alma.course, reason="lot failed", by=alma.person("coordinator"), at=alma._later())
    decide_after_failure(
        notice=notice,
        kind=FailureDecision.Kind.COLLECT_AGAIN,
        reason="She wants to try once more.",
        by=alma.person("physiatrist"),
        at=alma._later(),
    )
    alma.course.refresh_from_db()
    assert alma.course.state == "OPEN"
    when_the_failed_cells_are_discarded(alma)

    alma.bench = Bench(alma.clinic, alma.laboratory, alma.course.protocol, alma.course)
    alma.now += DAY
    alma.when_the_visits_are_booked(held={}, again_from="collection")
    alma.when_time_passes().when_the_course_is_closed()

    second = Dose.objects.get().material.lot
    assert (failed.state, second.state) == ("REJECTED", "RELEASED")
    assert Lot.objects.filter(course=alma.course).count() == 2
    assert failed.din != second.din
    collections = Visit.objects.filter(course=alma.course, code="collection").order_by("starts_at")
    assert list(collections.values_list("attempt", "state")) == [(1, "COMPLETED"), (2, "COMPLETED")]
    alma.then_the_dossier_is_intact()
    then_the_ledger_holds()


def test_a_rejected_lot_is_never_released() -> None:
    alma = given_a_lot_of_low_viability()
    when_the_lot_is_rejected_and_she_is_told(alma)
    with pytest.raises(NotReleasable) as refused:
        release_lot(lot=alma.lot(), by=alma.person("quality"), at=alma._later())
    assert "lot_not_in_quarantine" in {b.code for b in refused.value.blockers}
    assert Dose.objects.count() == 0
    then_the_ledger_holds()
