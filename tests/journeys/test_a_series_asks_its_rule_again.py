"""A series of two: what was frozen is thawed half a year later, after the protocol's rule was asked again."""

from datetime import timedelta

import pytest

from stroma.follow_up.actions import NotAnotherTreatment, decide_another_treatment
from stroma.follow_up.models import AnotherTreatmentDecision
from stroma.injection.models import Dose
from tests.journeys.steps import Journey, given_a_clinic, given_alma, then_the_ledger_holds

pytestmark = pytest.mark.django_db

SERIES, RULE = "disc-fat-expanded", "disc-marrow-expanded"


def test_the_second_of_a_series_is_thawed_released_and_given_after_its_interval() -> None:
    alma = Journey(given_a_clinic(SERIES), SERIES, given_alma())
    alma.given_a_course().when_she_consents_and_is_booked().when_time_passes().when_the_course_is_closed()

    first, second = Dose.objects.order_by("given_at")
    assert (first.treatment_number, second.treatment_number) == (1, 2)
    assert second.given_at - first.given_at >= timedelta(days=181)
    assert second.material.lot.parent == first.material.lot
    decided = AnotherTreatmentDecision.objects.get()
    assert (decided.treatment_number, decided.outcome) == (2, "MAY_BE_GIVEN")
    assert decided.decided_at <= second.given_at
    alma.then_the_dossier_is_intact()
    then_the_ledger_holds()


@pytest.mark.parametrize(
    ("pain", "reasons"),
    [
        ({"baseline": 7, "month_3": 3, "month_6": 6}, []),
        ({"baseline": 7, "month_3": 3, "month_6": 3}, ["pain_below_limit"]),
        ({"baseline": 7, "week_2": 7, "month_1": 7, "month_3": 7, "month_6": 7}, ["improvement_below_limit"]),
    ],
    ids=["helped and came back", "still well", "never helped"],
)
def test_a_second_treatment_by_rule_is_for_pain_that_fell_and_came_back(
    pain: dict[str, int], reasons: list[str]
) -> None:
    alma = Journey(given_a_clinic(RULE), RULE, given_alma(), pain=pain)
    alma.given_a_course().when_she_consents_and_is_booked()
    alma.when_time_passes(until="injection")
    seven_months_on = Dose.objects.get().given_at + timedelta(days=212)
    alma.when_time_passes(up_to=seven_months_on).now = seven_months_on
    ask = {"course": alma.course, "treatment_number": 2, "by": alma.person("physiatrist"), "at": alma.now}
    if reasons:
        with pytest.raises(NotAnotherTreatment) as refused:
            decide_another_treatment(**ask)
        assert [b.code for b in refused.value.blockers] == reasons
    else:
        assert decide_another_treatment(**ask).outcome == "MAY_BE_GIVEN"
    then_the_ledger_holds()
