"""The patient takes her consent back while her cells grow: the course stops, the cells wait, and somebody decides."""

import pytest

from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.courses.actions import CourseEnded, withdraw_from_course
from stroma.courses.models import Course
from stroma.custody.actions import decide_disposition, discard
from stroma.custody.containers import NotPossible
from stroma.custody.models import Discard, Disposition, Material
from stroma.injection.actions import TimeOutStopped, complete_time_out
from stroma.injection.models import Dose
from stroma.injection.queries import consented_spots
from stroma.ledger.models import Entry
from stroma.planning.actions import NotBookable, book_chain
from stroma.planning.models import Reservation, Visit
from stroma.processing.actions import StepRefused
from stroma.release.actions import NotReleasable, sign_certificate
from tests.journeys.steps import MINUTE, Journey, given_a_clinic, given_alma, then_the_ledger_holds

pytestmark = pytest.mark.django_db


def given_cells_in_culture() -> Journey:
    clinic = given_a_clinic("disc-marrow-expanded")
    alma = Journey(clinic, "disc-marrow-expanded", given_alma())
    return alma.given_a_course().when_she_consents_and_is_booked().when_time_passes(until="passage_1")


def when_she_withdraws(alma: Journey) -> None:
    withdraw_from_course(
        course=alma.course,
        reason="She has thought about it again.",
        by=alma.person("nurse"),
        at=alma._later(),
    )
    alma.course.refresh_from_db()


def test_the_course_stops_and_the_cells_wait_until_they_are_discarded_before_a_witness() -> None:
    alma = given_cells_in_culture()
    culture = Material.objects.get(lot=alma.lot(), state="HELD")
    assert culture.kind == Material.Kind.CULTURE

    when_she_withdraws(alma)
    assert alma.course.state == Course.State.STOPPED
    culture.refresh_from_db()
    assert (culture.state, culture.remaining, alma.lot().state) == ("HELD", culture.amount, "IN_PROCESS")

    assert Visit.objects.filter(course=alma.course, state=Visit.State.BOOKED).count() == 0
    assert (
        Reservation.objects.filter(visit__course=alma.course, is_live=True, starts_at__gt=alma.now).count()
        == 0
    )

    physiatrist, technologist = alma.person("physiatrist"), alma.person("technologist")
    decide_disposition(
        lot=alma.lot(), kind=Disposition.Kind.DISCARD, reason="not wanted", by=physiatrist, at=alma._later()
    )
    assert alma.lot().state == "REJECTED"
    with pytest.raises(NotPossible) as alone:
        discard(
            material=culture,
            witness=technologist,
            credential=Simulated(),
            reason="withdrawn",
            by=technologist,
            at=alma._later(),
        )
    assert [b.code for b in alone.value.blockers] == ["witness_is_the_same_person"]
    discard(
        material=culture,
        witness=alma.person("quality"),
        credential=Simulated(),
        reason="withdrawn",
        by=technologist,
        at=alma._later(),
    )
    culture.refresh_from_db()
    assert (culture.state, culture.remaining) == ("DISCARDED", 0)
    assert Discard.objects.get(material=culture).witness == alma.person("quality")

    last = Entry.objects.order_by("-sequence").values_list("action", flat=True)[:6]
    assert list(reversed(last)) == [
        "consent.withdrawn",
        "course.stopped",
        "visits.cancelled",
        "lot.disposition_decided",
        "holds.ended",
        "container.discarded",
    ]
    alma.then_the_dossier_is_intact()
    then_the_ledger_holds()


def test_the_culture_does_not_go_on_without_a_consent() -> None:
    alma = given_cells_in_culture()
    when_she_withdraws(alma)
    steps = Entry.objects.filter(action="batch.step_done").count()
    with pytest.raises(StepRefused) as refused:
        alma.bench.process("feed_3", alma.now + 3 * 24 * 60 * MINUTE)
    assert [b.code for b in refused.value.blockers][:2] == ["course_not_open", "consent_missing"]
    assert Entry.objects.filter(action="batch.step_done").count() == steps


def test_nothing_is_booked_signed_or_given_after_the_consent_is_withdrawn() -> None:
    clinic = given_a_clinic("disc-marrow-expanded")
    alma = Journey(clinic, "disc-marrow-expanded", given_alma())
    alma.given_a_course().when_she_consents_and_is_booked().when_time_passes(until="release")
    dose = Material.objects.get(lot=alma.lot(), kind=Material.Kind.DOSE)
    spot = consented_spots(alma.course)[0]
    when_she_withdraws(alma)

    with pytest.raises(TimeOutStopped) as stopped:
        complete_time_out(
            course=alma.course,
            material=dose,
            spot=spot,
            scans={},
            second_person=alma.person("nurse"),
            by=alma.person("physiatrist"),
            at=alma._later(),
        )
    assert {"course_not_open", "consent_missing"} <= {b.code for b in stopped.value.blockers}
    assert Dose.objects.count() == 0

    with pytest.raises(NotReleasable) as unsigned:
        sign_certificate(
            lot=alma.lot(),
            role=Role.QUALITY,
            credential=Simulated(),
            by=alma.person("quality"),
            at=alma._later(),
        )
    assert {"consent_withdrawn", "course_stopped"} <= {b.code for b in unsigned.value.blockers}

    with pytest.raises(NotBookable) as unbooked:
        book_chain(
            course=alma.course, earliest=alma.now, held={}, by=alma.person("coordinator"), at=alma._later()
        )
    assert {"booking_course_not_open", "booking_consent_withdrawn"} <= {
        b.code for b in unbooked.value.blockers
    }
    with pytest.raises(CourseEnded):
        withdraw_from_course(course=alma.course, reason="", by=alma.person("nurse"), at=alma._later())
    then_the_ledger_holds()
