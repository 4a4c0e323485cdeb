"""A count of the registry is kept where counting takes long, and the page says of when it is."""

from datetime import timedelta

import pytest
from django.urls import reverse

from stroma.ledger.record import present
from stroma.registry import counting
from stroma.registry.counting import STANDS, count_again, counted_pain
from stroma.registry.models import PainCount
from stroma.registry.queries import PAIN_SCALES, count_pain
from stroma.simulation.clinic import SimulatedClinic
from tests.lots_on_the_way import signed_in
from tests.treated_courses import START, a_clinic, a_course, care_for

pytestmark = pytest.mark.django_db

BACK = PAIN_SCALES[0]
TREATED = START + timedelta(days=10)
LATER = TREATED + timedelta(days=30)


@pytest.fixture
def clinic() -> SimulatedClinic:
    clinic = a_clinic()
    care_for(clinic, a_course(clinic, "physical-therapy"), at=TREATED)
    return clinic


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "QUICK_SECONDS", -1.0)


def another_treated(clinic: SimulatedClinic) -> None:
    care_for(
        clinic, a_course(clinic, "medication", at=TREATED + timedelta(days=1)), at=TREATED + timedelta(days=9)
    )


def test_a_kept_count_is_the_count_that_was_made(clinic: SimulatedClinic) -> None:
    made = count_again(clinic.site, instrument=BACK, at=LATER)
    kept = counted_pain(clinic.site, instrument=BACK, at=LATER)
    assert kept.table == made.table == count_pain(clinic.site, instrument=BACK, at=LATER)
    assert kept.is_current


def test_a_quick_count_is_made_anew_when_something_was_written(clinic: SimulatedClinic) -> None:
    count_again(clinic.site, instrument=BACK, at=LATER)
    PainCount.objects.update(seconds=0.0)
    another_treated(clinic)
    counted = counted_pain(clinic.site, instrument=BACK, at=LATER)
    assert (counted.is_current, len(counted.table.arms)) == (True, 2)


@pytest.mark.usefixtures("slow")
def test_a_slow_count_stays_and_says_that_something_was_written_since(clinic: SimulatedClinic) -> None:
    count_again(clinic.site, instrument=BACK, at=LATER)
    another_treated(clinic)
    counted = counted_pain(clinic.site, instrument=BACK, at=LATER + timedelta(minutes=5))
    assert (counted.is_current, counted.table.at, len(counted.table.arms)) == (False, LATER, 1)


@pytest.mark.usefixtures("slow")
def test_a_count_grows_old_without_a_word_written(clinic: SimulatedClinic) -> None:
    count_again(clinic.site, instrument=BACK, at=LATER)
    assert counted_pain(clinic.site, instrument=BACK, at=LATER + STANDS / 2).is_current
    assert not counted_pain(clinic.site, instrument=BACK, at=LATER + STANDS).is_current


@pytest.mark.usefixtures("slow")
def test_whoever_reads_an_old_count_may_count_again(clinic: SimulatedClinic) -> None:
    analyst = signed_in(clinic.person("analyst"))
    page = reverse("registry_home")
    assert b"Count again" not in analyst.get(page).content
    another_treated(clinic)
    old = analyst.get(page)
    assert (b"Count again" in old.content, len(old.context["arms"])) == (True, 1)  # type: ignore[index]  # what was drawn
    assert analyst.post(page, {"scale": BACK}).status_code == 302
    new = analyst.get(page)
    assert (b"Count again" in new.content, len(new.context["arms"])) == (False, 2)  # type: ignore[index]  # what was drawn
    assert present() - new.context["counted"].table.at < timedelta(minutes=5)  # type: ignore[index]  # what was drawn
