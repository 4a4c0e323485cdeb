"""One donor lot, two patients: neither learns of the other, and the bank's chain learns of nobody."""

import json
from datetime import date

import pytest

from stroma.custody.models import Lot, Material
from stroma.injection.models import Dose
from stroma.ledger.models import Entry
from stroma.patients.domain.intake import IntakeIdentifier
from tests.journeys.steps import (
    DAY,
    Journey,
    given_a_clinic,
    given_a_donor_lot,
    given_alma,
    then_the_ledger_holds,
)

CORD = "disc-cord-donor"


@pytest.mark.django_db
def test_the_second_recipients_dossier_and_chains_tell_nothing_of_the_first() -> None:
    clinic = given_a_clinic(CORD)
    bank = given_a_donor_lot(clinic, CORD)
    alma = Journey(clinic, CORD, given_alma(), bank=bank)
    alma.given_the_referral_is_registered()
    # Something of hers that could leak into every kind of record: a reason, a caution, words of her own.
    alma.when_she_is_assessed(says={"has_capacity_to_consent": False, "smokes": True})
    alma.when_the_physiatrist_decides(capacity="Her guardian Zebulon Quillfeather consents for Alma.")
    alma.when_a_course_is_opened().when_she_consents_and_is_booked().when_time_passes(until="visit_2_weeks")
    bruno = Journey(
        clinic,
        CORD,
        given_alma(
            family_name="Okonkwo",
            given_names=("Bruno",),
            birth_date=date(1966, 2, 11),
            sex="male",
            identifiers=(IntakeIdentifier("urn:example:hospital", "MRN-550022", "MR"),),
        ),
        now=alma.now + DAY,
        bank=bank,
    )
    bruno.given_a_course().when_she_consents_and_is_booked().when_time_passes(until="visit_2_weeks")

    assert sorted(Dose.objects.values_list("course__patient__family_name", flat=True)) == [
        "Okonkwo",
        "Reyes-Quintanilla",
    ]
    parts = Lot.objects.filter(parent=bank)
    assert sorted(parts.values_list("course_id", flat=True)) == sorted([alma.course.id, bruno.course.id])

    of_alma = {
        "her family name": alma.intake.family_name,
        "her given names": "Alma",
        "her guardian": "Quillfeather",
        "her birth date": alma.intake.birth_date.isoformat(),
        "her hospital number": "MRN-774411",
        "her record": str(alma.patient.id),
        "her record number": alma.patient.record_number,
        "her course": str(alma.course.id),
        "her course's number": alma.course.number,
        "her consent": str(alma.course.consent_id),
        "her assessment": str(alma.assessment.id),
        **{f"her container {m.division}": str(m.id) for m in Material.objects.filter(lot=alma.lot())},
    }
    own = alma.then_the_dossier_is_intact().decode()
    told_nowhere = {"her hospital number", "her record number", "her birth date", "her family name"}
    assert {what for what, text in of_alma.items() if text in own} >= set(of_alma) - told_nowhere
    of_bruno = bruno.then_the_dossier_is_intact().decode()
    assert [what for what, text in of_alma.items() if text in of_bruno] == []

    entries_of = {
        name: "\n".join(Entry.objects.filter(links__chain__subject=subject).values_list("text", flat=True))
        for name, subject in {
            "bruno": bruno.patient.id,
            "his lot": bruno.lot().id,
            "the bank": bank.id,
        }.items()
    }
    assert [(n, what) for n, text in entries_of.items() for what, of in of_alma.items() if of in text] == []
    assert str(bruno.course.id) not in entries_of["the bank"]
    then_the_ledger_holds()


@pytest.mark.django_db
def test_a_bank_gives_no_more_parts_than_it_has_bags() -> None:
    clinic = given_a_clinic(CORD)
    bank = given_a_donor_lot(clinic, CORD)
    alma = Journey(clinic, CORD, given_alma(), bank=bank)
    alma.given_a_course().when_she_consents_and_is_booked().when_time_passes(until="injection")
    states = Material.objects.filter(lot=bank, kind=Material.Kind.STORED).order_by("division")
    assert list(states.values_list("state", flat=True)) == ["USED_UP", "HELD", "HELD", "HELD"]
    divided = [json.loads(e.text)["facts"] for e in Entry.objects.filter(action="lot.divided")]
    assert [facts["lot"] for facts in divided] == [str(bank.id)]
    then_the_ledger_holds()
