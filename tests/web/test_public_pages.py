"""Anybody may read the public pages, with and without a site, in both languages, and they sell nothing."""

import re

import pytest
from django.urls import reverse

from stroma.clinic.actions import adopt_protocol
from stroma.clinic.public_facts import read_public_facts
from stroma.protocols.domain.problem import BadInput
from stroma.protocols.library import shipped_protocol
from tests.factories import NOW, a_site, the_administrator
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

PAGES = [
    "front",
    "cells",
    "treatments",
    "procedure",
    "sites",
    "evidence",
    "ordinary_evidence",
    "source_list",
    "self_check",
]
PROMISES = re.compile(r"\b(superior|cures?|curar?|guaranteed?|miracle|testimonials?)\b", re.IGNORECASE)


def text_of(response) -> str:
    """What is read on the page's own part, as plain text."""
    main = re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main[0]))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_anybody_reads_every_public_page_and_it_promises_nothing(client, name, language):
    response = client.get(reverse(name), headers={"accept-language": language})
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.content.decode()
    assert PROMISES.findall(text_of(response)) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_that_nothing_is_approved_and_is_plain_without_inline_style_or_script(client, name):
    html = client.get(reverse(name)).content.decode()
    assert html.count("Not approved for back pain.") == 1
    assert re.findall(r'\sstyle="|<style|\son\w+="|<script(?![^>]*\ssrc=)', html) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_public_page_leads_past_the_red_flags_to_a_booking(client, name):
    assert reverse("consultation") not in client.get(reverse(name)).content.decode()


def test_without_a_site_the_page_says_what_will_be_there(client):
    assert "Alpharetta and Atlanta" in text_of(client.get(reverse("sites")))


def a_site_that_offers(*protocols: str):
    site = a_site()
    a_staffed_clinic(site, people=2, things=1)
    for protocol in protocols:
        adopt_protocol(
            site=site, document=shipped_protocol(protocol).text, by=the_administrator(site), at=NOW
        )
    return site


def test_a_site_shows_its_physiatrists_every_price_and_who_pays(client):
    a_site_that_offers("disc-marrow-concentrate", "physical-therapy")
    html = client.get(reverse("sites")).content.decode()
    assert re.findall(r"<li>(physiatrist \d)</li>", html) == ["physiatrist 0", "physiatrist 1"]
    rows = [re.sub(r"<[^>]+>", "", row) for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", html)]
    assert [row.partition("$")[0] for row in rows] == [
        "Consultation, half an hour",
        "Physical therapy, a whole program",
        "Painful disc: concentrate of your own bone marrow, same day Not approved",
    ]
    assert "Example prices" in html


def test_the_list_of_sites_asks_the_database_as_often_for_three_as_for_one(
    client, django_assert_max_num_queries
):
    a_site_that_offers("surgery")
    with django_assert_max_num_queries(6) as one:
        client.get(reverse("sites"))
    a_site_that_offers("surgery")
    a_site_that_offers("surgery", "medication")
    with django_assert_max_num_queries(len(one.captured_queries)):
        client.get(reverse("sites"))


def test_after_care_that_nobody_approved_is_not_shown(client):
    assert "5 kg" not in text_of(client.get(reverse("procedure")))


def test_after_care_is_shown_with_the_name_of_who_approved_it(client, settings, tmp_path):
    settings.HOME = tmp_path
    (tmp_path / "public.toml").write_text(
        '[after_care]\nphysiatrist = "Dr. Ada"\napproved_on = 2026-01-15\n', encoding="utf-8"
    )
    text = text_of(client.get(reverse("procedure")))
    assert "5 kg" in text
    assert "approved by Dr. Ada" in text


def test_a_faulty_file_of_the_clinic_gets_all_its_faults_with_their_places():
    text = '[[prices]]\nwhat = "surgery"\namount_usd = -1\npayer = "nobody"\n'
    with pytest.raises(BadInput) as refused:
        read_public_facts(text, file="public.toml")
    assert [problem.place for problem in refused.value.problems] == ["prices.0.amount_usd", "prices.0.payer"]
