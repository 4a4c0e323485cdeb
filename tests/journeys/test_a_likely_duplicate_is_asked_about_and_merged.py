"""The same woman comes twice: somebody is asked, nothing is merged silently, and the merge breaks no chain."""

import json

import pytest

from stroma.injection.models import Dose
from stroma.ledger.models import Chain, Entry
from stroma.patients.actions import LikelyDuplicate, merge_patients
from stroma.patients.models import Consent, Patient
from tests.journeys.steps import Journey, given_a_clinic, given_alma, then_the_ledger_holds

pytestmark = pytest.mark.django_db

CONCENTRATE = "disc-marrow-concentrate"


def given_alma_registered_twice() -> tuple[Journey, Journey]:
    """By her hospital, and, without its number and with an initial, by her physiotherapist."""
    clinic = given_a_clinic(CONCENTRATE)
    by_hospital = Journey(clinic, CONCENTRATE, given_alma()).given_the_referral_is_registered()
    again = Journey(clinic, CONCENTRATE, given_alma(given_names=("A.",), identifiers=()), now=by_hospital.now)
    before = (Patient.objects.count(), Entry.objects.count())
    with pytest.raises(LikelyDuplicate) as asked:
        again.given_the_referral_is_registered()
    assert [(b.code, b.values["record"]) for b in asked.value.blockers] == [
        ("likely_duplicate", by_hospital.patient.record_number)
    ]
    assert (Patient.objects.count(), Entry.objects.count()) == before
    return by_hospital, again.given_the_referral_is_registered(is_new_person=True)


def when_the_records_are_merged(survivor: Journey, duplicate: Journey) -> None:
    merge_patients(
        duplicate=duplicate.patient,
        survivor=survivor.patient,
        reason="Asked by telephone: the same woman.",
        by=duplicate.person("coordinator"),
        at=duplicate._later(),
    )


def test_a_course_under_way_goes_on_under_the_surviving_record_and_its_dossier_tells_both_chains() -> None:
    survivor, duplicate = given_alma_registered_twice()
    duplicate.when_she_is_assessed().when_the_physiatrist_decides().when_a_course_is_opened()
    duplicate.when_she_consents_and_is_booked()

    when_the_records_are_merged(survivor, duplicate)
    duplicate.course.refresh_from_db()
    duplicate.bench.course = duplicate.course
    assert duplicate.course.patient == survivor.patient
    assert Consent.objects.get().patient == survivor.patient
    duplicate.when_time_passes().when_the_course_is_closed()

    dose = Dose.objects.get()
    assert dose.material.lot.donor.patient == survivor.patient
    merged = Entry.objects.get(action="patient.merged")
    on = {str(link.chain) for link in merged.links.select_related("chain")}
    both = {f"patient:{survivor.patient.id}", f"patient:{duplicate.patient.id}"}
    assert on == both | {f"site:{duplicate.clinic.site.id}"}

    told = [json.loads(line) for line in duplicate.then_the_dossier_is_intact().decode().splitlines()]
    lengths = {line["name"]: line["length"] for line in told if line.get("kind") == "chain"}
    whole = {str(chain): chain.length for chain in Chain.objects.filter(kind="patient")}
    assert {name: lengths.get(name) for name in both} == whole
    then_the_ledger_holds()


def test_a_decision_made_before_the_merge_opens_a_course_of_the_surviving_record() -> None:
    survivor, duplicate = given_alma_registered_twice()
    duplicate.when_she_is_assessed().when_the_physiatrist_decides()
    when_the_records_are_merged(survivor, duplicate)
    duplicate.decision.refresh_from_db()
    duplicate.when_a_course_is_opened()
    assert duplicate.course.patient == survivor.patient
    then_the_ledger_holds()
