"""A dose that must never be given, written straight into the database: refused there, whoever writes it.

Each row is one guard and a word on what is wrong. The write is refused with the guard's own sentence; once that guard
alone is taken away the same write passes, so that nothing else was wrong with it.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from stroma.clinic.queries import adopted_protocol
from stroma.courses.models import Course
from stroma.custody.models import DonorEligibility, DonorTest, Label, Lot, Material
from stroma.injection.actions import give_dose
from stroma.injection.domain.time_out import Spot
from stroma.injection.models import Dose
from stroma.patients.actions import merge_patients
from stroma.patients.models import ConsentWithdrawal
from tests.never.house import OWN_SAME_DAY
from tests.never.rows import a_cancellation, a_dose, a_label, a_scan, a_time_out, before, draw
from tests.never.trial import Case, Write, ids, refused_by_its_guard_alone
from tests.never.unguarded import take_away
from tests.never.world import World


def another_recipient(world: World) -> Write:
    course, spot = world.consented, world.house.spot(world.consented)
    time_out = a_time_out(world, course, world.ready_dose, spot)
    return lambda: a_dose(world, time_out)


def somebody_elses_own_cells(world: World) -> Write:
    # The donor's record was made to name another patient, by whoever could switch that record's guard off.
    take_away("custody_donor_is_who_it_is")
    donor = world.ready_lot.donor
    donor.patient = world.twin
    donor.save()
    return lambda: a_dose(world, world.ready_time_out)


def eligibility_never_determined(world: World) -> Write:
    take_away("custody_donoreligibility_no_delete")
    DonorEligibility.objects.filter(donor=world.bank.donor).delete()
    return lambda: a_dose(world, world.recipient_time_out)


def a_test_turned_reactive(world: World) -> Write:
    DonorTest.objects.create(
        donor=world.bank.donor,
        agent="HCV",
        method="NAT",
        result=DonorTest.Result.REACTIVE,
        sampled_at=world.at,
        reported_at=world.at,
    )
    return lambda: a_dose(world, world.recipient_time_out)


def called_back(world: World) -> Write:
    Lot.objects.filter(pk=world.ready_lot.pk).update(state="QUARANTINE")
    return lambda: a_dose(world, world.ready_time_out)


def rejected(world: World) -> Write:
    Lot.objects.filter(pk=world.ready_lot.pk).update(state="REJECTED")
    return lambda: a_dose(world, world.ready_time_out)


def at_the_moment_of_expiry(world: World) -> Write:
    return lambda: a_dose(world, world.ready_time_out, given_at=world.ready_dose.expires_at)


def more_than_is_held(world: World) -> Write:
    more = world.ready_dose.remaining + Decimal("0.001")
    return lambda: a_dose(world, world.ready_time_out, volume_ml=more)


def from_an_empty_container(world: World) -> Write:
    Material.objects.filter(pk=world.ready_dose.pk).update(remaining=0, state="DISCARDED")
    return lambda: a_dose(world, world.ready_time_out)


def without_its_label(world: World) -> Write:
    Label.objects.filter(material=world.ready_dose).update(state=Label.State.DESTROYED)
    return lambda: a_dose(world, world.ready_time_out)


def with_a_label_only_printed(world: World) -> Write:
    Label.objects.filter(material=world.ready_dose).update(state=Label.State.DESTROYED)
    a_label(world, world.ready_dose)
    return lambda: a_dose(world, world.ready_time_out)


def at_a_level_not_consented(world: World) -> Write:
    spot = world.house.spot(world.ready)
    other = Spot(spot.target, "L1-L2" if spot.level != "L1-L2" else "L2-L3", spot.side)
    time_out = a_time_out(world, world.ready, world.ready_dose, other)
    return lambda: a_dose(world, time_out)


def after_the_consent_was_withdrawn(world: World) -> Write:
    assert world.ready.consent is not None
    ConsentWithdrawal.objects.create(
        consent=world.ready.consent, withdrawn_at=world.at, received_by=world.house.person("nurse")
    )
    return lambda: a_dose(world, world.ready_time_out)


def without_any_consent(world: World) -> Write:
    Course.objects.filter(pk=world.ready.pk).update(consent=None)
    return lambda: a_dose(world, world.ready_time_out)


def after_the_course_ended(world: World) -> Write:
    Course.objects.filter(pk=world.ready.pk).update(state="STOPPED", ended_at=world.at)
    return lambda: a_dose(world, world.ready_time_out)


def with_another_patients_time_out(world: World) -> Write:
    mine, foreign = world.ready_time_out, world.recipient_time_out
    return lambda: a_dose(
        world,
        foreign,
        course=mine.course,
        material=mine.material,
        target=mine.target,
        level=mine.level,
        side=mine.side,
        volume_ml=mine.material.amount,
    )


def with_a_time_out_at_another_level(world: World) -> Write:
    spot = world.house.spot(world.ready)
    other = Spot(spot.target, "L1-L2" if spot.level != "L1-L2" else "L2-L3", spot.side)
    time_out = a_time_out(world, world.ready, world.ready_dose, other)
    return lambda: a_dose(world, time_out, level=spot.level)


def before_its_time_out(world: World) -> Write:
    return lambda: a_dose(world, world.ready_time_out, given_at=before(world.ready_time_out.completed_at))


def out_of_a_sample(world: World) -> Write:
    sample = Material.objects.get(lot=world.ready_lot, kind=Material.Kind.SAMPLE)
    a_label(world, sample, Label.State.APPLIED)
    time_out = a_time_out(world, world.ready, sample, world.house.spot(world.ready))
    return lambda: a_dose(world, time_out)


def made_under_another_protocol(world: World) -> Write:
    take_away("custody_lot_stays_what_it_is")
    other = adopted_protocol(world.house.clinic.site, OWN_SAME_DAY)
    Lot.objects.filter(pk=world.recipient_dose.lot_id).update(protocol=other)
    return lambda: a_dose(world, world.recipient_time_out)


def a_second_treatment_nobody_decided(world: World) -> Write:
    return lambda: a_dose(world, world.ready_time_out, treatment_number=2)


def a_time_out_whose_scan_said_stop(world: World) -> Write:
    scan = a_scan(world, world.ready_dose, is_go=False, blockers=["wristband_mismatch"])
    spot = world.house.spot(world.ready)
    return lambda: a_time_out(world, world.ready, world.ready_dose, spot, scan=scan)


def a_time_out_on_another_containers_scan(world: World) -> Write:
    scan = a_scan(world, world.recipient_dose)
    spot = world.house.spot(world.ready)
    return lambda: a_time_out(world, world.ready, world.ready_dose, spot, scan=scan)


def a_time_out_on_the_scan_of_a_hand_over(world: World) -> Write:
    scan = a_scan(world, world.ready_dose, "hand_over")
    spot = world.house.spot(world.ready)
    return lambda: a_time_out(world, world.ready, world.ready_dose, spot, scan=scan)


def what_was_given_goes_on(world: World) -> Write:
    dose = world.ready_dose
    give_dose(
        time_out=world.ready_time_out,
        volume_ml=dose.amount,
        guidance="fluoroscopy",
        by=world.house.person("physiatrist"),
        at=world.at,
    )
    sample = Material.objects.get(lot=world.ready_lot, kind=Material.Kind.SAMPLE)
    return lambda: draw(dose, sample, str(dose.amount))


def after_its_cancellation(world: World) -> Write:
    a_cancellation(world, world.ready_time_out)
    return lambda: a_dose(world, world.ready_time_out)


def cancelled_after_its_dose(world: World) -> Write:
    a_dose(world, world.ready_time_out)
    return lambda: a_cancellation(world, world.ready_time_out)


def cancelled_on_a_scan_that_said_stop(world: World) -> Write:
    time_out = world.ready_time_out
    scan = a_scan(world, time_out.material, "time_out_cancelled", is_go=False)
    return lambda: a_cancellation(world, time_out, scan=scan)


def cancelled_on_another_containers_scan(world: World) -> Write:
    scan = a_scan(world, world.recipient_dose, "time_out_cancelled")
    return lambda: a_cancellation(world, world.ready_time_out, scan=scan)


CASES = [
    Case("injection_dose_time_out_stands", after_its_cancellation),
    Case("injection_cancelled_before_its_dose", cancelled_after_its_dose),
    Case("injection_cancelled_after_its_scan", cancelled_on_a_scan_that_said_stop),
    Case("injection_cancelled_after_its_scan", cancelled_on_another_containers_scan),
    Case("injection_dose_for_its_recipient", another_recipient),
    Case("injection_dose_for_its_recipient", somebody_elses_own_cells),
    Case("injection_dose_donor_eligible", eligibility_never_determined),
    Case("injection_dose_donor_still_eligible", a_test_turned_reactive),
    Case("injection_dose_released", called_back),
    Case("injection_dose_released", rejected),
    Case("injection_dose_not_expired", at_the_moment_of_expiry),
    Case("injection_dose_held", more_than_is_held),
    Case("injection_dose_held", from_an_empty_container),
    Case("injection_dose_labeled", without_its_label),
    Case("injection_dose_labeled", with_a_label_only_printed),
    Case("injection_dose_consented", at_a_level_not_consented),
    Case("injection_dose_consented", after_the_consent_was_withdrawn),
    Case("injection_dose_consented", without_any_consent),
    Case("injection_dose_course_open", after_the_course_ended),
    Case("injection_dose_timed_out", with_another_patients_time_out),
    Case("injection_dose_timed_out", with_a_time_out_at_another_level),
    Case("injection_dose_timed_out", before_its_time_out),
    Case("injection_dose_is_a_dose", out_of_a_sample),
    Case("injection_dose_of_its_protocol", made_under_another_protocol),
    Case("follow_up_further_dose_was_decided", a_second_treatment_nobody_decided),
    Case("injection_timeout_after_its_scan", a_time_out_whose_scan_said_stop),
    Case("injection_timeout_after_its_scan", a_time_out_on_another_containers_scan),
    Case("injection_timeout_after_its_scan", a_time_out_on_the_scan_of_a_hand_over),
    Case("injection_given_yields_no_more", what_was_given_goes_on),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_must_never_be_given_is_refused_by_the_database(world: World, case: Case) -> None:
    refused_by_its_guard_alone(case, world)


def test_what_is_right_is_let_through(world: World) -> None:
    a_dose(world, world.ready_time_out)
    a_dose(world, world.recipient_time_out)
    given = Dose.objects.order_by("given_at").values_list("course__patient__family_name", flat=True)
    assert sorted(given) == ["Ready", "Recipient"]


def test_a_dose_up_to_the_last_moment_is_let_through(world: World) -> None:
    last = world.ready_dose.expires_at
    assert last is not None
    assert a_dose(world, world.ready_time_out, given_at=last - timedelta(microseconds=1)).pk is not None


def test_a_merged_record_still_receives_its_own_cells(world: World) -> None:
    merge_patients(
        duplicate=world.ready.patient,
        survivor=world.twin,
        reason="one person",
        by=world.house.person("coordinator"),
        at=world.at,
    )
    dose = a_dose(world, world.ready_time_out)
    assert Dose.objects.filter(pk=dose.pk, course__patient=world.twin).count() == 1
