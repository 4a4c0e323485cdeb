"""A questionnaire is answered screen by screen, or by a link without an account; nothing chosen is lost."""

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from stroma.courses.actions import stop_course
from stroma.courses.models import Course
from stroma.follow_up import links
from stroma.follow_up.links import due_id_of, link_token
from stroma.follow_up.models import QuestionnaireAnswer, QuestionnaireDraft, QuestionnaireDue
from stroma.simulation.clinic import SimulatedClinic
from tests.treated_courses import a_clinic, a_patient
from tests.web.own_pages import TREATED, TWO_WEEKS, a_treated_course, an_account, set_clock, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


@pytest.fixture
def course(clinic: SimulatedClinic, monkeypatch: pytest.MonkeyPatch) -> Course:
    set_clock(monkeypatch, TWO_WEEKS)
    return a_treated_course(clinic)


@pytest.fixture
def own(clinic: SimulatedClinic, course: Course) -> Client:
    return signed_in(an_account(clinic, course.patient, at=TREATED))


def due(course: Course, instrument: str) -> QuestionnaireDue:
    return QuestionnaireDue.objects.get(course=course, instrument=instrument, time_code="week_2")


def page(course: Course, instrument: str) -> str:
    return reverse("questionnaire", args=[due(course, instrument).pk])


def kept(instrument: str) -> QuestionnaireAnswer:
    return QuestionnaireAnswer.objects.get(due__instrument=instrument)


def test_three_questions_take_three_screens_and_become_one_answer(course: Course, own: Client) -> None:
    address = page(course, "PEG")
    for number, (item, value) in enumerate([("peg_1", 6), ("peg_2", 5), ("peg_3", 4)], start=1):
        assert own.get(address).context["number"] == number
        assert own.post(address, {"screen": number, item: value}).status_code == 302
    assert (kept("PEG").answers, kept("PEG").score, kept("PEG").method) == (
        {"peg_1": 6, "peg_2": 5, "peg_3": 4}, 5, "PATIENT"
    )  # fmt: skip
    assert not QuestionnaireDraft.objects.exists()


def test_all_questions_can_be_answered_on_one_page(course: Course, own: Client) -> None:
    address = page(course, "PEG")
    assert [f.name for f in own.get(address, {"screen": 0}).context["form"]] == ["peg_1", "peg_2", "peg_3"]
    own.post(address, {"screen": 0, "peg_1": 6, "peg_2": 5, "peg_3": 4})
    assert kept("PEG").score == 5


def test_nothing_is_chosen_beforehand_and_what_was_chosen_comes_back(course: Course, own: Client) -> None:
    address = page(course, "PEG")
    assert "checked" not in own.get(address).content.decode()
    own.post(address, {"screen": 1, "peg_1": 6})
    assert own.get(address, {"screen": 1}).content.decode().count("checked") == 1
    assert not QuestionnaireAnswer.objects.exists()


def test_a_question_left_out_is_missing_and_not_zero(course: Course, own: Client) -> None:
    own.post(page(course, "NRS_BACK"), {"screen": 1})
    assert (kept("NRS_BACK").score, kept("NRS_BACK").missing) == (None, ["nrs_back"])


def test_sentences_are_ticked_on_one_screen_that_ends_with_none_of_these(course: Course, own: Client) -> None:
    address = page(course, "RMDQ")
    fields = [field.name for field in own.get(address).context["form"]]
    assert (len(fields), fields[-1]) == (25, "none_apply")
    own.post(address, {"screen": 1, "none_apply": "on"})
    assert kept("RMDQ").score == 0


def test_a_contradiction_is_shown_and_nothing_is_sent(course: Course, own: Client) -> None:
    answer = own.post(page(course, "RMDQ"), {"screen": 1, "rmdq_1": "on", "none_apply": "on"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["none_apply"])
    assert not QuestionnaireAnswer.objects.exists()


def test_a_number_that_is_no_answer_is_refused(course: Course, own: Client) -> None:
    assert own.post(page(course, "NRS_BACK"), {"screen": 1, "nrs_back": "11"}).status_code == 422


def test_after_one_form_the_next_one_is_offered(course: Course, own: Client) -> None:
    address = page(course, "NRS_BACK")
    own.post(address, {"screen": 1, "nrs_back": 3})
    following = own.get(address).context["next_due"]
    assert (following.time_code, following.instrument != "NRS_BACK") == ("week_2", True)


def test_another_patients_questionnaire_is_not_found(clinic: SimulatedClinic, course: Course) -> None:
    neighbor = an_account(clinic, a_patient(clinic, at=TREATED), "neighbor", at=TREATED)
    assert signed_in(neighbor).get(page(course, "PEG")).status_code == 404
    assert signed_in(neighbor).post(page(course, "PEG"), {"screen": 3, "peg_3": 1}).status_code == 404


# --- By a link --------------------------------------------------------------------------------------------


def linked(course: Course, instrument: str) -> str:
    return reverse("questionnaire_by_link", args=[link_token(due(course, instrument))])


def test_a_link_opens_one_questionnaire_without_an_account_and_shows_no_name(
    course: Course, own: Client
) -> None:
    address = linked(course, "NRS_BACK")
    text = Client().get(address).content.decode()
    for telling in (course.patient.family_name, course.patient.given_names, course.number, "/my/"):
        assert telling not in text
    assert Client().post(address, {"screen": 1, "nrs_back": 3}).status_code == 302
    assert (kept("NRS_BACK").score, kept("NRS_BACK").entered_by.username) == (3, "ana")


def test_a_link_is_spent_once_the_questionnaire_was_answered(course: Course, own: Client) -> None:
    address = linked(course, "NRS_BACK")
    Client().post(address, {"screen": 1, "nrs_back": 3})
    again = Client().post(address, {"screen": 1, "nrs_back": 9})
    assert (again.templates[0].name, kept("NRS_BACK").score) == ("follow_up/answered.html", 3)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-2] + "xx", lambda t: "x" + t, lambda _: signing.dumps("zz")]
)
def test_a_link_that_was_not_made_here_opens_nothing(course: Course, own: Client, change) -> None:  # type: ignore[no-untyped-def]  # a parameter
    token = change(link_token(due(course, "NRS_BACK")))
    assert due_id_of(token) is None
    assert Client().get(reverse("questionnaire_by_link", args=[token])).status_code == 410


def test_a_link_ends(course: Course, own: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = linked(course, "NRS_BACK")
    monkeypatch.setattr(links, "HOLDS_FOR", timedelta(seconds=-1))
    assert Client().get(address).status_code == 410


def test_a_link_to_a_course_that_ended_opens_nothing(
    clinic: SimulatedClinic, course: Course, own: Client
) -> None:
    stop_course(course=course, reason="moved away", by=clinic.person("coordinator"), at=TWO_WEEKS)
    assert Client().get(linked(course, "NRS_BACK")).status_code == 410
