"""The whole way of one patient, by a product grown for weeks and by one made while she waits."""

import pytest

from stroma.courses.models import Course
from stroma.custody.models import Material
from stroma.follow_up.models import QuestionnaireAnswer, QuestionnaireDue
from stroma.injection.models import Dose
from stroma.ledger.models import Entry
from stroma.release.models import Release
from tests.journeys.steps import Journey, given_a_clinic, given_alma, then_the_ledger_holds

pytestmark = pytest.mark.django_db

PAIN = {"baseline": 7, "week_2": 6, "month_1": 6, "month_3": 5, "month_6": 4, "month_12": 3}


@pytest.mark.parametrize(
    ("protocol", "days_to_injection"),
    [("disc-marrow-expanded", range(14, 43)), ("disc-marrow-concentrate", range(1))],
    ids=["grown for weeks", "the same day"],
)
def test_her_own_cells_are_taken_made_released_given_once_and_followed_for_a_year(
    protocol: str, days_to_injection: range
) -> None:
    clinic = given_a_clinic(protocol)
    alma = Journey(clinic, protocol, given_alma(), pain=PAIN)

    alma.given_a_course().when_she_consents_and_is_booked().when_time_passes()

    dose = Dose.objects.get()
    assert (dose.course, dose.level, dose.material.lot.donor.patient) == (alma.course, "L4-L5", alma.patient)
    collected = Entry.objects.get(action="tissue.collected").occurred_at
    assert (dose.given_at - collected).days in days_to_injection
    release = Release.objects.get(lot=dose.material.lot)
    assert release.physician != release.quality
    assert release.released_at < dose.given_at

    answered = QuestionnaireAnswer.objects.filter(due__course=alma.course, due__instrument="NRS_BACK")
    said = {answer.due.time_code: int(answer.score) for answer in answered if answer.score is not None}
    assert {time: said.get(time) for time in PAIN} == PAIN
    assert QuestionnaireDue.objects.filter(course=alma.course, answers=None).count() == 0

    alma.when_the_course_is_closed()
    assert Course.objects.get().state == Course.State.COMPLETED
    assert Material.objects.filter(lot__course=alma.course, state="HELD").count() == 0
    alma.then_the_dossier_is_intact()
    then_the_ledger_holds()
