"""Published results are read whole, and shown by the honesty rules: designs apart, sham beside, one cohort once."""

import csv
import io
import re

import pytest
from django.urls import reverse
from scipy.stats import binomtest

from stroma.evidence.domain.results import COLUMNS, DESIGNS, Design, Outcome, read_results
from stroma.evidence.domain.shown import panels, studies_named_only, wilson_interval
from stroma.evidence.figures import figures, named_only, shipped_results, study_csv
from stroma.evidence.sources import sources
from stroma.evidence.studies import STUDIES
from stroma.protocols.domain.problem import BadInput


def a_row(**changes: str) -> dict[str, str]:
    row = dict.fromkeys(COLUMNS, "") | {
        "study_id": "one_2020",
        "citation": "One A. Journal 2020",
        "year": "2020",
        "design": "rct_double_blind_sham",
        "arm_label": "Cells",
        "arm_class": "bmac",
        "n": "20",
        "outcome": "responder_50pct_pain",
        "months": "12",
        "events": "5",
        "confidence": "sourced",
    }
    return row | changes


def read(*rows: dict[str, str]):
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return read_results(out.getvalue(), file="evidence.csv")


def test_all_the_faults_of_a_file_are_told_with_line_and_column():
    rows = [a_row(), a_row(design="hearsay", events="many"), a_row(events="21")]
    with pytest.raises(BadInput) as refused:
        read(*rows)
    assert [(p.line, p.place) for p in refused.value.problems] == [
        (3, "design"),
        (3, "events"),
        (4, "events"),
    ]


def test_the_same_columns_are_asked_of_every_file():
    with pytest.raises(BadInput):
        read_results("study_id,citation\n", file="evidence.csv")


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("only remembered", {"confidence": "memory"}),
        ("a place-holder", {"events": ""}),
        ("the same people again", {"source_note": "SAME COHORT as two_2019, never pool with it"}),
        ("its time is remembered", {"source_note": "12-month time point from memory"}),
    ],
)
def test_a_number_that_may_not_be_shown_is_not(why, changes):
    assert panels(read(a_row(**changes))) == []


def test_a_study_without_numbers_to_show_is_still_named_and_a_second_report_is_not():
    rows = read(
        a_row(study_id="remembered", confidence="memory"),
        a_row(study_id="placeholder", events=""),
        a_row(study_id="again", source_note="SAME COHORT as shown"),
        a_row(study_id="shown"),
    )
    assert studies_named_only(rows) == ["remembered", "placeholder"]


def test_a_picture_holds_one_study_with_all_its_arms():
    rows = read(
        a_row(),
        a_row(arm_label="Sham", arm_class="sham", events="6"),
        a_row(study_id="two_2021", design="single_arm_open_label", events="15"),
    )
    assert [(p.study, p.design, [arm.arm_class for arm in p.arms]) for p in panels(rows)] == [
        ("one_2020", Design.BLINDED, ["bmac", "sham"]),
        ("two_2021", Design.UNCONTROLLED, ["bmac"]),
    ]


def test_a_size_that_was_remembered_is_not_shown_and_carries_no_interval():
    means = {"outcome": "odi_0_100", "events": "", "sd": "10", "source_note": "arm n from memory"}
    rows = read(a_row(**means, months="0", mean="41"), a_row(**means, months="12", mean="26"))
    assert [(p.n, p.low, p.high) for p in panels(rows)[0].arms[0].points] == [(None, None, None)] * 2


@pytest.mark.parametrize(("events", "n"), [(0, 10), (20, 45), (10, 18), (7, 7)])
def test_the_interval_is_wilsons(events, n):
    reference = binomtest(events, n).proportion_ci(method="wilson")
    assert wilson_interval(events, n) == pytest.approx((reference.low, reference.high), abs=1e-6)


# The shipped file.


def test_every_arm_of_every_blinded_study_that_is_drawn_has_its_comparison_beside_it():
    drawn = [p for p in panels(shipped_results()) if p.design is not Design.UNCONTROLLED]
    assert {p.study: len(p.arms) for p in drawn if len(p.arms) < 2} == {}


def test_levi_2025_is_drawn_with_the_papers_own_percentages():
    # Levi D et al. Interv Pain Med 2025: 40, 40, 44 % with concentrate, 33, 39, 56 % with sham, at 3, 6, 12 months.
    levi = next(p for p in panels(shipped_results()) if p.study == "levi_2025")
    shown = {arm.arm_class: [round(point.value) for point in arm.points] for arm in levi.arms}
    assert (levi.outcome, levi.times) == (Outcome.RESPONDERS, [3, 6, 12])
    assert shown == {"bmac": [40, 40, 44], "sham": [33, 39, 56]}


def test_pettines_patients_are_counted_once():
    assert [p.study for p in panels(shipped_results()) if p.study.startswith("pettine")] == ["pettine_2015"]
    assert [s for s in studies_named_only(shipped_results()) if s.startswith("pettine")] == []


def test_no_study_of_the_file_is_forgotten_on_the_pages():
    shown = {
        figure.key.replace("-", "_")
        for design in Design
        for about in (True, False)
        for figure in figures(design, about_cells=about)
    }
    named = {
        study.name
        for design in Design
        for about in (True, False)
        for study in named_only(design, about_cells=about)
    }
    assert {key for key, study in STUDIES.items() if key not in shown and study.name not in named} == set()
    cohorts = {r.study for r in shipped_results() if "SAME COHORT" not in r.note}
    assert cohorts == set(STUDIES)


def test_every_design_of_the_file_is_sorted_and_open_trials_are_not_called_blinded():
    assert {
        word for word, design in DESIGNS.items() if design is Design.BLINDED and "double_blind" not in word
    } == set()


def test_a_file_for_download_holds_no_remembered_number():
    assert study_csv("orozco_2011") is None
    assert study_csv("levi_2025").count("\n") == 7  # a heading and six rows


@pytest.mark.django_db
def test_each_part_of_the_page_holds_the_pictures_of_its_design_only(client):
    html = client.get(reverse("evidence")).content.decode()
    sections = re.findall(r'<section class="design" id="(\w+)".*?</section>', html, re.DOTALL)
    assert sections == ["blinded", "open_controlled", "uncontrolled"]
    for section, inside in re.findall(r'<section class="design" id="(\w+)"(.*?)</section>', html, re.DOTALL):
        expected = [figure.key for figure in figures(Design(section), about_cells=True)]
        assert re.findall(r'<figure class="figure" id="([\w-]+)"', inside) == expected


@pytest.mark.django_db
def test_the_numbers_of_a_study_are_a_file_and_unknown_ones_are_not_found(client):
    answer = client.get(reverse("evidence_csv", args=["levi_2025"]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert client.get(reverse("evidence_csv", args=["kumar_2017"])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["front", "cells", "treatments", "procedure", "evidence", "ordinary_evidence"]
)
def test_every_source_that_a_page_names_is_in_the_list_of_sources(client, name):
    html = client.get(reverse(name)).content.decode()
    marked = re.findall(r'class="source">(?:Source: )?([^<]+)<|<small>([^<]+)</small>', html)
    keys = {key.strip() for texts in marked for text in texts for key in text.split(";") if key.strip()}
    own = {key for key in keys if key.startswith(("clinical.md", "general knowledge"))}
    assert {key for key in keys - own if key not in sources()} == set()
