"""A patient signs and takes back a consent, reports a problem; the answer to a warning sign is care, at once."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.credentials import Password
from stroma.clinic.models import Signature
from stroma.clinic.queries import protocol_of
from stroma.courses.actions import offer_consent, sign_consent
from stroma.courses.models import Course
from stroma.follow_up.actions import NotReportable, take_up_problem
from stroma.follow_up.domain.warning_signs import (
    WARNING_SIGNS,
    Route,
    WarningSign,
    is_emergency,
    warning_blockers,
)
from stroma.follow_up.models import ProblemReport
from stroma.follow_up.queries import problems_to_take_up
from stroma.ledger.models import Entry
from stroma.patients.actions import NotConsented, attest_account, void_attestation
from stroma.patients.domain.attesting import DocumentSeen
from stroma.patients.domain.consenting import Place
from stroma.patients.models import Consent, ConsentWithdrawal
from stroma.protocols.domain.blocker import Weight
from stroma.simulation.clinic import SimulatedClinic
from tests.treated_courses import START, a_clinic, a_patient, an_open_course
from tests.web.own_pages import PASSWORD, an_account, set_clock, signed_in

pytestmark = pytest.mark.django_db

LATER = START + timedelta(days=4)
SIGNED = {"understood": "on", "agrees": "on", "password": PASSWORD}


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


@pytest.fixture
def course(clinic: SimulatedClinic, monkeypatch: pytest.MonkeyPatch) -> Course:
    set_clock(monkeypatch, LATER)
    return an_open_course(clinic, "disc-marrow-concentrate")


@pytest.fixture
def own(clinic: SimulatedClinic, course: Course) -> Client:
    return signed_in(an_account(clinic, course.patient))


def offered(clinic: SimulatedClinic, course: Course) -> None:
    target = protocol_of(course.protocol).target
    assert target is not None
    place = Place(target.target, target.levels[-1], target.sides[0])
    offer_consent(
        course=course, places=[place], by=clinic.person("physiatrist"), at=START + timedelta(hours=1)
    )


def signing(own: Client, course: Course) -> dict[str, str]:
    """What the patient sends who read the page as it is and signs it."""
    shown = own.get(reverse("my_consent", args=[course.pk])).context["form"]["shown"].value()
    return SIGNED | {"shown": shown}


def test_the_patient_signs_what_the_physician_prepared(
    clinic: SimulatedClinic, course: Course, own: Client
) -> None:
    offered(clinic, course)
    assert own.post(reverse("my_consent", args=[course.pk]), signing(own, course)).status_code == 302
    consent = Consent.objects.get()
    course.refresh_from_db()
    assert course.consent == consent
    assert (consent.method, consent.witnessed_by, consent.given_at) == ("ELECTRONIC", None, LATER)
    signature = Signature.objects.get(document_id=consent.pk)
    assert (signature.signer.username, signature.role, signature.method) == ("ana", "PATIENT", "PASSWORD")
    page = " ".join(own.get(reverse("my_consent", args=[course.pk])).content.decode().split())
    shown = page.partition('data-part="signature"')[2].partition("</dl>")[0]
    said = re.findall(r"<dd>(.*?)</dd>", shown)
    assert (said[0], said[2], said[3]) == (signature.printed_name, "approval", "user name and password")
    assert f"{LATER:%Y}" in said[1]
    assert [target.level for target in consent.targets.all()] == [
        protocol_of(course.protocol).target.levels[-1]
    ]  # type: ignore[union-attr]  # this one injects


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        pytest.param({**SIGNED, "password": "wrong"}, "password", id="a wrong password"),
        pytest.param({"agrees": "on", "password": PASSWORD}, "understood", id="not read"),
        pytest.param({"understood": "on", "password": PASSWORD}, "agrees", id="not agreed"),
        pytest.param({}, "password", id="nothing"),
    ],
)
def test_nothing_is_signed_by_halves(
    clinic: SimulatedClinic, course: Course, own: Client, sent: dict[str, str], field: str
) -> None:
    offered(clinic, course)
    sent = {"shown": signing(own, course)["shown"]} | sent
    answer = own.post(reverse("my_consent", args=[course.pk]), sent)
    assert (answer.status_code, field in answer.context["form"].errors) == (422, True)
    assert not Consent.objects.exists()


def test_an_account_that_nobody_confirmed_reads_the_consent_and_does_not_sign_it(
    clinic: SimulatedClinic, course: Course, own: Client
) -> None:
    offered(clinic, course)
    course.patient.refresh_from_db()
    account = course.patient.user
    assert account is not None
    void_attestation(account=account, by=account, at=LATER)
    page = own.get(reverse("my_consent", args=[course.pk]))
    assert [blocker.code for blocker in page.context["blockers"]] == ["account_not_attested"]
    assert "document with a photo" in page.content.decode()
    sent = {**SIGNED, "shown": page.context["form"]["shown"].value()}
    refused = own.post(reverse("my_consent", args=[course.pk]), sent)
    assert (refused.status_code, Consent.objects.exists()) == (422, False)
    attest_account(
        patient=course.patient, document=DocumentSeen.PASSPORT, by=clinic.person("nurse"), at=LATER
    )
    assert own.post(reverse("my_consent", args=[course.pk]), sent).status_code == 302


def test_nothing_is_ticked_beforehand(clinic: SimulatedClinic, course: Course, own: Client) -> None:
    offered(clinic, course)
    page = own.get(reverse("my_consent", args=[course.pk])).content.decode()
    assert 'name="agrees"' in page
    assert "checked" not in page


def test_no_consent_is_signed_before_the_time_to_think_is_over(
    clinic: SimulatedClinic, course: Course, own: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered(clinic, course)
    set_clock(monkeypatch, START + timedelta(hours=2))
    answer = own.post(reverse("my_consent", args=[course.pk]), signing(own, course))
    assert answer.status_code == 422
    assert [blocker.code for blocker in answer.context["blockers"]] == ["consent_too_early"]
    assert not Consent.objects.exists()


def test_a_consent_that_was_prepared_anew_since_it_was_shown_is_not_signed(
    clinic: SimulatedClinic, course: Course, own: Client
) -> None:
    offered(clinic, course)
    read = signing(own, course)
    target = protocol_of(course.protocol).target
    assert target is not None
    elsewhere = Place(target.target, target.levels[0], target.sides[0])
    at = START + timedelta(hours=2)
    offer_consent(course=course, places=[elsewhere], by=clinic.person("physiatrist"), at=at)
    answer = own.post(reverse("my_consent", args=[course.pk]), read)
    assert [blocker.code for blocker in answer.context["blockers"]] == ["consent_changed_meanwhile"]
    assert not Consent.objects.exists()


def test_a_consent_that_nobody_prepared_is_not_signed(course: Course, own: Client) -> None:
    answer = own.post(reverse("my_consent", args=[course.pk]), SIGNED)
    assert [blocker.code for blocker in answer.context["blockers"]] == ["consent_not_offered"]


def test_nobody_signs_for_another_not_even_staff(clinic: SimulatedClinic, course: Course) -> None:
    offered(clinic, course)
    neighbor = an_account(clinic, a_patient(clinic, at=START + timedelta(hours=1)), "neighbor", at=LATER)
    for stranger in (neighbor, clinic.person("physiatrist")):
        with pytest.raises(NotAuthorized):
            sign_consent(course=course, language="en", credential=Password(PASSWORD), by=stranger, at=LATER)
    assert not Consent.objects.exists()


def test_a_physician_names_only_places_that_the_protocol_treats(
    clinic: SimulatedClinic, course: Course
) -> None:
    with pytest.raises(NotConsented) as refused:
        offer_consent(course=course, places=[], by=clinic.person("physiatrist"), at=LATER)
    assert [blocker.code for blocker in refused.value.blockers] == ["no_place_named"]
    physiatrist = signed_in(clinic.person("physiatrist"))
    page = reverse("prepare_consent", args=[course.pk])
    target = protocol_of(course.protocol).target
    assert target is not None
    assert physiatrist.post(page, {"levels": ["C1-C2"], "side": target.sides[0].value}).status_code == 422
    assert (
        physiatrist.post(page, {"levels": [target.levels[0]], "side": target.sides[0].value}).status_code
        == 302
    )


def test_the_patient_takes_the_consent_back_after_saying_so_twice(
    clinic: SimulatedClinic, course: Course, own: Client
) -> None:
    offered(clinic, course)
    own.post(reverse("my_consent", args=[course.pk]), signing(own, course))
    page = reverse("my_withdraw", args=[course.pk])
    assert own.post(page, {}).status_code == 422
    assert not ConsentWithdrawal.objects.exists()
    assert own.post(page, {"sure": "on"}).status_code == 302
    course.refresh_from_db()
    assert course.state == Course.State.STOPPED
    assert own.post(page, {"sure": "on"}).status_code == 422


@pytest.mark.parametrize("sign", WARNING_SIGNS, ids=lambda sign: sign.code)
def test_a_warning_sign_is_answered_with_care_and_reaches_a_nurse(
    course: Course, own: Client, sign: WarningSign
) -> None:
    answer = own.post(reverse("my_problem"), {"signs": [sign.code]})
    assert [(b.code, b.weight) for b in answer.context["blockers"]] == [
        (f"warning_{sign.route.lower()}", Weight.URGENT)
    ]
    heading = "Go to the emergency department now" if sign.route is Route.EMERGENCY else "Call us now"
    assert f"<h1>{heading}</h1>" in answer.content.decode()
    assert [report.signs for report in problems_to_take_up(course.site)] == [[sign.code]]


def test_an_emergency_comes_before_what_can_wait_for_the_same_day() -> None:
    signs = ["fever_or_chills", "bladder_or_bowel"]
    assert [b.code for b in warning_blockers(signs)] == ["warning_emergency", "warning_same_day"]
    assert [is_emergency(signs), is_emergency(signs[:1])] == [True, False]


def test_an_empty_report_is_no_report(course: Course, own: Client) -> None:
    assert own.post(reverse("my_problem"), {"words": " "}).status_code == 422
    assert not ProblemReport.objects.exists()


def test_what_a_patient_wrote_stays_out_of_the_ledger(course: Course, own: Client) -> None:
    own.post(reverse("my_problem"), {"words": "my left foot tingles"})
    assert "tingles" not in Entry.objects.get(action="problem.reported").text


def test_a_report_is_taken_up_once(clinic: SimulatedClinic, course: Course, own: Client) -> None:
    own.post(reverse("my_problem"), {"words": "it hurts"})
    report = problems_to_take_up(course.site).get()
    take_up_problem(report=report, by=clinic.person("nurse"), at=LATER)
    assert list(problems_to_take_up(course.site)) == []
    with pytest.raises(NotReportable):
        take_up_problem(report=report, by=clinic.person("nurse2"), at=LATER)
