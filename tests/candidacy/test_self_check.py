"""A visitor's self-check: urgent signs first and alone, then plain reasons or the way to a physiatrist."""

import re

import pytest
from django.urls import reverse

from stroma.candidacy.asked_flags import flags_in, sign_flags
from stroma.candidacy.domain.red_flags import RED_FLAG_CODES
from stroma.candidacy.domain.self_check import ASKED, Where, self_check
from stroma.candidacy.self_check_messages import MESSAGES, QUESTIONS
from stroma.ledger.models import Entry
from stroma.protocols.library import shipped_protocols

PROTOCOLS = [shipped.protocol for shipped in shipped_protocols()]
FITTING = {
    "age_years": 45,
    "pain_months": 24,
    "pain_nrs": 6,
    "conservative_care_months": 12,
    "supervised_physical_therapy": True,
    "prior_lumbar_surgery": False,
    "is_pregnant_or_breastfeeding": False,
    "has_active_infection": False,
    "has_cancer": False,
    "is_immunosuppressed": False,
    "has_inflammatory_arthritis": False,
    "has_bleeding_disorder": False,
    "takes_anticoagulant": False,
    "understands_unapproved": True,
}
NO_FLAG = dict.fromkeys(RED_FLAG_CODES, "no")


def codes(where=Where.LOW_BACK, **changes) -> list[tuple[str, str]]:
    found = self_check(where, FITTING | changes, PROTOCOLS)
    return [(reason.code, reason.weight.value) for reason in found.reasons]


def test_where_no_cells_are_offered_a_visitor_is_told_so():
    assert codes(Where.NECK) == [("self_check_neck", "HARD")]
    assert codes(Where.ELSEWHERE) == [("self_check_elsewhere", "HARD")]
    assert [reason.code for reason in self_check(Where.LEG, FITTING, []).reasons] == ["self_check_elsewhere"]


@pytest.mark.parametrize("where", [Where.LOW_BACK, Where.LEG])
def test_somebody_like_those_in_the_trials_should_be_seen(where):
    assert codes(where) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"age_years": 17}, [("self_check_age_min", "HARD")]),
        ({"age_years": 80}, [("self_check_age_max", "CAUTION")]),
        ({"pain_months": 5}, [("self_check_pain_duration", "HARD")]),
        ({"pain_nrs": 3}, [("self_check_pain_score", "HARD")]),
        ({"conservative_care_months": 2}, [("self_check_conservative_care", "HARD")]),
        ({"supervised_physical_therapy": False}, [("self_check_conservative_care_supervised", "HARD")]),
        ({"is_pregnant_or_breastfeeding": True}, [("self_check_pregnancy", "HARD")]),
        ({"has_cancer": True}, [("self_check_cancer", "HARD")]),
        ({"takes_anticoagulant": True}, [("self_check_anticoagulant_hold_plan_missing", "CAUTION")]),
        ({"has_bleeding_disorder": None}, [("self_check_not_sure", "CAUTION")]),
        ({"understands_unapproved": False}, [("self_check_wants_approved", "HARD")]),
    ],
)
def test_an_answer_outside_a_limit_is_a_reason(changes, expected):
    assert codes(**changes) == expected


def test_an_earlier_operation_is_talked_about_where_one_protocol_allows_it_and_stops_where_none_does():
    assert codes(prior_lumbar_surgery=True) == [("self_check_prior_surgery", "CAUTION")]
    assert codes(Where.LEG, prior_lumbar_surgery=True) == [("self_check_prior_surgery", "HARD")]


def test_sciatica_is_judged_in_its_own_weeks():
    assert codes(Where.LEG, pain_months=3) == []
    assert codes(Where.LEG, pain_months=2) == [("self_check_pain_duration_sciatica", "HARD")]


@pytest.mark.parametrize(("where", "code"), [(Where.NECK, "neck"), (Where.ELSEWHERE, "elsewhere")])
def test_what_is_not_lumbar_is_answered_too(where, code):
    assert codes(where, pain_nrs=1) == [(f"self_check_{code}", "HARD")]


def test_every_reason_a_shipped_protocol_can_give_has_its_plain_sentence():
    asked_as = {"sciatica_weeks", "anticoagulant_without_hold_plan", *ASKED}
    possible = {
        f"self_check_{c.code}"
        for p in PROTOCOLS
        if p.gives_cells
        for c in p.criteria
        if c.variable in asked_as
    }
    own = {"self_check_neck", "self_check_elsewhere", "self_check_not_sure"}
    assert set(MESSAGES) == possible | own
    assert set(QUESTIONS) == ASKED | {"where"}


def test_a_proof_stands_for_no_red_flag_and_nothing_else():
    none = dict.fromkeys(RED_FLAG_CODES, False)
    assert flags_in(sign_flags(none)) == none
    assert flags_in("forged") == {}
    with pytest.raises(ValueError, match="red flags"):
        sign_flags(none | {"saddle_numbness": True})
    with pytest.raises(ValueError, match="red flags"):
        sign_flags({})


# The pages.

pages = pytest.mark.django_db


@pages
@pytest.mark.parametrize("flag", sorted(RED_FLAG_CODES))
def test_a_red_flag_is_answered_at_once_with_urgent_care_and_no_way_to_a_booking(client, flag):
    html = client.post(reverse("self_check"), {flag: "yes"}).content.decode()
    assert re.findall(r'data-code="(\w+)"', html) == [f"red_flag_{flag}"]
    assert "tel:911" in html
    assert reverse("consultation") not in html
    assert "asked=" not in html


@pages
def test_a_question_left_open_is_asked_again(client):
    answer = client.post(reverse("self_check"), NO_FLAG | {"both_legs": ""})
    assert answer.status_code == 422
    assert re.findall(r'href="#id_(\w+)_0"', answer.content.decode()) == ["both_legs"]


@pages
def test_nobody_comes_to_the_second_part_without_the_first(client):
    assert client.get(reverse("self_check_questions")).headers["Location"] == reverse("self_check")
    forged = client.post(reverse("self_check_questions") + "?asked=forged", {"where": "neck"})
    assert forged.headers["Location"] == reverse("self_check")


def second_part(client, **changes):
    first = client.post(reverse("self_check"), NO_FLAG)
    said = {name: {True: "yes", False: "no", None: "not_sure"}.get(v, v) for name, v in FITTING.items()}
    return client.post(first.headers["Location"], said | {"where": "low_back"} | changes)


@pages
def test_who_should_be_seen_is_shown_the_way_to_a_consultation_and_the_price_first(client):
    html = second_part(client).content.decode()
    assert f'href="{reverse("consultation")}?asked=' in html
    assert html.index(reverse("sites") + '">what it costs') < html.index(reverse("consultation"))


@pages
def test_who_is_no_candidate_gets_the_reasons_and_the_ordinary_treatments_and_no_booking(client):
    html = second_part(client, is_pregnant_or_breastfeeding="yes", pain_nrs=2).content.decode()
    assert re.findall(r'data-code="(\w+)"', html) == ["self_check_pain_score", "self_check_pregnancy"]
    assert reverse("treatments") in html
    assert reverse("consultation") not in html


@pages
def test_a_neck_is_answered(client):
    html = second_part(client, where="neck").content.decode()
    assert re.findall(r'data-code="(\w+)"', html) == ["self_check_neck"]
    assert reverse("consultation") not in html


@pages
def test_answers_that_cannot_be_are_told_all_at_once(client):
    answer = second_part(client, age_years="old", pain_nrs=11, where="")
    assert answer.status_code == 422
    assert re.findall(r'<li><a href="#id_(\w+?)(?:_0)?">', answer.content.decode()) == [
        "where",
        "age_years",
        "pain_nrs",
    ]


@pages
def test_a_self_check_leaves_nothing_behind(client):
    second_part(client)
    assert not Entry.objects.exists()
    assert "sessionid" not in client.cookies
