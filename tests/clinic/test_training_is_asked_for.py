"""Records of training: who keeps them, and what waits for them where the site asks (21 CFR 11.10(i))."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from stroma.clinic.actions.competence import (
    TrainingUnchanged,
    ask_for_training,
    record_training,
    withdraw_training,
)
from stroma.clinic.competence_queries import is_competent, not_competent
from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.competence import (
    Skill,
    Training,
    asking_blockers,
    competence_blockers,
    training_blockers,
)
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Competence, Site, User
from stroma.injection.actions import TimeOutStopped
from stroma.ledger.models import Entry
from stroma.planning.queries import bookables
from stroma.processing.actions import StepRefused, begin_batch, do_step
from stroma.protocols.domain.blocker import Blocker
from stroma.release.actions import NotReleasable, sign_certificate
from tests.factories import NOW, a_site, a_user, the_administrator
from tests.never.house import House, open_house

DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def codes(blockers: list[Blocker]) -> list[str]:
    return [blocker.code for blocker in blockers]


@pytest.mark.parametrize(
    ("trainings", "is_needed", "found"),
    [
        ([], False, []),
        ([], True, ["competence_missing"]),
        ([Training(Skill.TIME_OUT, MONDAY)], True, ["competence_missing"]),
        ([Training(Skill.RELEASE, MONDAY)], True, []),
        ([Training(Skill.RELEASE, MONDAY + 2 * DAY)], True, ["competence_missing"]),
        ([Training(Skill.RELEASE, MONDAY, valid_until=MONDAY + DAY)], True, ["competence_ended"]),
        ([Training(Skill.RELEASE, MONDAY, withdrawn_at=MONDAY + DAY)], True, ["competence_ended"]),
        ([Training(Skill.RELEASE, MONDAY, withdrawn_at=MONDAY + 2 * DAY)], True, []),
        (
            [Training(Skill.RELEASE, MONDAY - DAY, valid_until=MONDAY), Training(Skill.RELEASE, MONDAY)],
            True,
            [],
        ),
    ],
    ids=[
        "not asked",
        "none",
        "another skill",
        "current",
        "of tomorrow",
        "ended",
        "taken back",
        "still",
        "renewed",
    ],
)
def test_what_takes_a_skill_waits_for_a_training_that_counts(
    trainings: list[Training], is_needed: bool, found: list[str]
) -> None:
    assert codes(competence_blockers(trainings, Skill.RELEASE, is_needed=is_needed, at=MONDAY + DAY)) == found


def test_every_reason_against_a_record_is_named_at_once() -> None:
    training = Training(Skill.RELEASE, MONDAY + DAY, valid_until=MONDAY + DAY)
    found = training_blockers(
        training, procedure=" ", trained_by="", is_oneself=True, works_here=False, at=MONDAY
    )
    assert codes(found) == [
        "person_not_here",
        "competence_of_oneself",
        "competence_unnamed",
        "competence_trainer_missing",
        "competence_in_the_future",
        "competence_ends_first",
    ]


@pytest.mark.parametrize(
    ("skill", "people", "found"),
    [
        (Skill.BATCH_STEP, 0, ["competence_of_too_few"]),
        (Skill.BATCH_STEP, 1, []),
        (Skill.RELEASE, 1, ["competence_of_too_few"]),
        (Skill.RELEASE, 2, []),
        (Skill.PROCEDURE, 2, ["competence_not_askable"]),
    ],
)
def test_a_site_does_not_ask_for_what_too_few_have(skill: Skill, people: int, found: list[str]) -> None:
    asked = asking_blockers(
        skill, is_needed=True, is_needed_now=False, competent_people=people, reason="new procedure"
    )
    assert codes(asked) == found


def trained(site: Site, person: User, skill: Skill, *, by: User, until: datetime | None = None) -> Competence:
    return record_training(
        site=site,
        person=person,
        skill=skill,
        procedure="SOP-1 version 2",
        trained_by="A trainer",
        trained_at=NOW,
        valid_until=until,
        by=by,
        at=NOW,
    )


@pytest.mark.django_db
def test_a_training_is_kept_in_the_ledger_and_taken_back_with_a_reason() -> None:
    site = a_site()
    by, nurse, other = the_administrator(site), a_user(site, Role.NURSE), a_user(site, Role.PHYSIATRIST)
    kept = trained(site, nurse, Skill.TIME_OUT, by=by)
    trained(site, other, Skill.TIME_OUT, by=by)
    entry = Entry.objects.filter(action="training.recorded").order_by("sequence")[0]
    assert (entry.actor, str(kept.pk) in entry.text) == (by.ledger_name, True)
    ask_for_training(site=site, skill=Skill.TIME_OUT, is_needed=True, reason="new SOP", by=by, at=NOW)
    assert is_competent(nurse, Skill.TIME_OUT, site=site, at=NOW)
    withdraw_training(competence=kept, reason="seen to skip a line", by=by, at=NOW + DAY)
    assert codes(not_competent(nurse, Skill.TIME_OUT, site=site, at=NOW + DAY)) == ["competence_ended"]
    assert is_competent(nurse, Skill.TIME_OUT, site=site, at=NOW), "what was done while it counted stays"
    with pytest.raises(TrainingUnchanged) as refused:
        withdraw_training(competence=kept, reason="again", by=by, at=NOW + DAY)
    assert codes(refused.value.blockers) == ["competence_withdrawn_before"]


@pytest.mark.django_db
def test_nobody_vouches_for_themselves() -> None:
    site = a_site()
    by = the_administrator(site)
    with pytest.raises(TrainingUnchanged) as refused:
        trained(site, by, Skill.RELEASE, by=by)
    assert codes(refused.value.blockers) == ["competence_of_oneself"]
    kept = {"site": site, "skill": "RELEASE", "procedure": "SOP", "trained_by": "X", "trained_at": NOW}
    with pytest.raises(IntegrityError), transaction.atomic():
        Competence.objects.create(person=by, recorded_by=by, recorded_at=NOW, **kept)


def untrained(house: House, part: str, skill: Skill) -> None:
    """Take back the training of whoever plays that part."""
    kept = Competence.objects.get(person=house.person(part), skill=skill.value)
    by, at = house.clinic.administrator, house.later()
    withdraw_training(competence=kept, reason="a new version of the procedure", by=by, at=at)


@pytest.mark.django_db
def test_who_is_not_trained_signs_for_no_release() -> None:
    house = open_house()
    course = house.course(house.patient("Untrained"))
    house.consent(course)
    lot = house.tested(course)
    untrained(house, "quality", Skill.RELEASE)

    def sign(part: str, role: Role) -> None:
        by, at = house.person(part), house.later(1)
        sign_certificate(lot=lot, role=role, credential=Simulated(), by=by, at=at)

    with pytest.raises(NotReleasable) as refused:
        sign("quality", Role.QUALITY)
    assert codes(refused.value.blockers) == ["competence_ended"]
    sign("physiatrist", Role.PHYSIATRIST)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("part", "code"), [("physiatrist", "leader_not_competent"), ("nurse", "second_not_competent")]
)
def test_a_time_out_takes_two_trained_people(part: str, code: str) -> None:
    house = open_house()
    course = house.course(house.patient("Untrained"))
    house.consent(course)
    dose = house.at_the_bedside(house.released(course))
    untrained(house, part, Skill.TIME_OUT)
    with pytest.raises(TimeOutStopped) as stopped:
        house.time_out(dose)
    assert codes(stopped.value.blockers) == [code]


@pytest.mark.django_db
def test_who_is_not_trained_does_no_step_and_is_not_booked_to_the_bench() -> None:
    house = open_house()
    course = house.course(house.patient("Untrained"))
    house.consent(course)
    lot = house.collected(course)
    by = house.person("technologist")
    batch = begin_batch(lot=lot, by=by, at=house.later())

    def free_of_the_bench() -> list[bool]:
        found = bookables(
            site=house.clinic.site,
            kinds={"technologist"},
            start=house.now + DAY,
            end=house.now + 2 * DAY,
        )
        return [bool(one.not_as) for one in found]

    assert free_of_the_bench() == [False, False]
    untrained(house, "technologist", Skill.BATCH_STEP)
    material = lot.materials.earliest("division")
    with pytest.raises(StepRefused) as refused:
        do_step(batch=batch, code="concentrate", material=material, by=by, at=house.later())
    assert "competence_ended" in codes(refused.value.blockers)
    assert sorted(free_of_the_bench()) == [False, True]


@pytest.mark.django_db
def test_quality_records_a_training_on_the_persons_page_and_the_administrator_sees_it() -> None:
    site = a_site()
    quality, nurse = a_user(site, Role.QUALITY), a_user(site, Role.NURSE)
    page = Client()
    page.force_login(quality, backend="django.contrib.auth.backends.ModelBackend")
    asked = {
        "skill": "PROCEDURE",
        "procedure": "SOP-7 Venous access",
        "trained_by": "Vera Veins",
        "trained_on": "2026-03-02",
        "valid_until": "2027-03-01",
    }
    address = reverse("person_training", args=[nurse.uuid])
    assert page.post(address, asked | {"trained_by": ""}).status_code == 422
    assert page.post(address, asked).headers["Location"] == address
    kept = Competence.objects.get()
    assert kept.valid_until is not None
    assert kept.valid_until.isoformat() == "2027-03-02T05:00:00+00:00", "the end of its last day in New York"
    page.force_login(the_administrator(site), backend="django.contrib.auth.backends.ModelBackend")
    shown = page.get(reverse("person_page", args=[nurse.uuid])).content.decode()
    assert "SOP-7 Venous access" in shown
    assert "Vera Veins" in shown
    back = page.post(reverse("withdraw_training", args=[kept.pk]), {"reason": "left the ward"})
    assert back.headers["Location"] == address
    assert "left the ward" in page.get(address).content.decode()


@pytest.mark.django_db
def test_the_page_says_why_a_site_cannot_ask_yet() -> None:
    site = a_site()
    page = Client()
    page.force_login(the_administrator(site), backend="django.contrib.auth.backends.ModelBackend")
    asked = {"skill": "TIME_OUT", "is_needed": "yes", "reason": "inspection"}
    answer = page.post(reverse("ask_for_training"), asked)
    assert (answer.status_code, codes(answer.context["found"])) == (422, ["competence_of_too_few"])
