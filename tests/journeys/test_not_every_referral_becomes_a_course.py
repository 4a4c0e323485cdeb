"""What stops a patient before a course: a red flag, a reason that is hard, one that may be set aside, the law."""

import json

import pytest

from stroma.candidacy.actions import NotACandidate, RoutedToCare
from stroma.candidacy.models import Decision
from stroma.candidacy.queries import stored_blockers
from stroma.courses.actions import NotOpenable
from stroma.courses.models import Course
from stroma.ledger.models import Entry, SealedText
from stroma.protocols.domain.blocker import Weight, stopping
from tests.journeys.steps import Journey, given_a_clinic, given_alma, then_the_ledger_holds

pytestmark = pytest.mark.django_db

CONCENTRATE = "disc-marrow-concentrate"


def test_a_red_flag_routes_to_care_and_no_course_can_be_opened() -> None:
    alma = Journey(given_a_clinic(CONCENTRATE), CONCENTRATE, given_alma())
    alma.given_the_referral_is_registered()
    alma.when_she_is_assessed(red_flags={"saddle_numbness": True})
    in_the_way = [(b.code, b.weight) for b in stopping(stored_blockers(alma.assessment))]
    assert in_the_way == [("red_flag_saddle_numbness", Weight.URGENT)]

    with pytest.raises(RoutedToCare) as refused:
        alma.when_the_physiatrist_decides(red_flag_saddle_numbness="She says it is nothing.")
    assert [b.values["route"] for b in refused.value.blockers] == [
        "emergency department with MRI at any hour"
    ]
    assert Decision.objects.count() == 0

    alma.when_the_physiatrist_decides(Decision.Outcome.ROUTED_TO_CARE)
    with pytest.raises(NotOpenable) as closed:
        alma.when_a_course_is_opened()
    assert [b.code for b in closed.value.blockers] == ["not_a_candidate"]
    assert Course.objects.count() == 0
    then_the_ledger_holds()


def test_a_hard_reason_stays_whatever_is_said_about_it() -> None:
    alma = Journey(given_a_clinic(CONCENTRATE), CONCENTRATE, given_alma())
    alma.given_the_referral_is_registered().when_she_is_assessed(says={"has_cancer": True})
    with pytest.raises(NotACandidate) as refused:
        alma.when_the_physiatrist_decides(cancer="She insists.")
    assert [(b.code, b.weight) for b in refused.value.blockers] == [("cancer", Weight.HARD)]
    assert Decision.objects.count() == 0


def test_an_overridable_reason_is_set_aside_by_a_physiatrist_in_words_that_stay_sealed() -> None:
    alma = Journey(given_a_clinic(CONCENTRATE), CONCENTRATE, given_alma())
    alma.given_the_referral_is_registered().when_she_is_assessed(says={"has_capacity_to_consent": False})
    for reason in ({}, {"capacity": "  "}, {"smoking": "a reason for something else"}):
        with pytest.raises(NotACandidate) as refused:
            alma.when_the_physiatrist_decides(**reason)
        assert [(b.code, b.weight) for b in refused.value.blockers] == [("capacity", Weight.OVERRIDABLE)]

    why = "Her court-appointed guardian consents with her."
    alma.when_the_physiatrist_decides(capacity=why).when_a_course_is_opened()
    assert alma.course.state == Course.State.OPEN
    entry = Entry.objects.get(action="candidacy.decided")
    facts = json.loads(entry.text)["facts"]
    assert facts["overridden"] == ["capacity"]
    assert set(facts["override_capacity"]) == {"sealed"}
    assert SealedText.objects.get(entry=entry).text == why
    assert [e.id for e in Entry.objects.filter(text__contains="guardian")] == []
    then_the_ledger_holds()


def test_a_research_product_is_refused_where_no_trial_is_on_file() -> None:
    alma = Journey(given_a_clinic("disc-pulp-research", authorized=False), "disc-pulp-research", given_alma())
    alma.given_the_referral_is_registered().when_she_is_assessed()
    with pytest.raises(NotACandidate) as refused:
        alma.when_the_physiatrist_decides()
    assert [(b.code, b.weight) for b in refused.value.blockers] == [("authorization_missing", Weight.HARD)]
    assert Course.objects.count() == 0
