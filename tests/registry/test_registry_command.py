"""``stroma registry pain``: a table that says what it cannot show."""

import json
from datetime import timedelta

import pytest

from stroma import cli
from stroma.ledger.models import Entry
from stroma.simulation.clinic import SimulatedClinic
from tests.treated_courses import START, a_clinic, a_course, care_for, cells_for

pytestmark = pytest.mark.django_db

TREATED = START + timedelta(days=10)
AT = ["--at", "2026-02-10T12:00:00Z"]


@pytest.fixture
def clinic() -> SimulatedClinic:
    clinic = a_clinic()
    therapy, cells = a_course(clinic, "physical-therapy"), a_course(clinic, "facet-marrow-concentrate")
    care_for(clinic, therapy, at=TREATED)
    cells_for(clinic, cells, at=TREATED)
    return clinic


@pytest.mark.usefixtures("clinic")
def test_the_table_shows_what_is_missing_and_what_it_cannot_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["registry", "pain", *AT]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "Back pain, 0 to 10, by treatment, as of 2026-02-10 12:00 UTC",
        "SIMULATED: no line below is about a patient.",
        "",
        "facet-marrow-concentrate: Lumbar facet joint, marrow concentrate, same day "
        "(facet_joint_pain, not an approved product)",
        "1 treated, 0 not treated so far",
    ]
    rows = [line.split() for line in lines if line.startswith(("baseline", "week_2", "month_1 "))]
    assert (
        rows
        == [
            ["baseline", "1", "0", "1", "0", "0", "–", "–"],
            ["week_2", "1", "0", "1", "0", "0", "–", "–", "–", "(0)"],
            ["month_1", "0", "0", "0", "1", "0", "–", "–", "–", "(0)"],
        ]
        * 2
    )
    assert lines[-2:] == [
        "A clinic registry without a control group cannot show superiority. [clinical.md §4.3]",
        "No cell product is approved for back pain in the United States. The evidence for these is uncertain. "
        "[FDA-INFO21]",
    ]


@pytest.mark.usefixtures("clinic")
def test_the_same_numbers_come_as_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["registry", "pain", "--json", "--site", "A9999", *AT]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["nature"], [arm["protocol_id"] for arm in told["treatments"]]) == (
        "SIMULATED",
        ["facet-marrow-concentrate", "physical-therapy"],
    )
    month_1 = told["treatments"][1]["times"][2]
    assert (month_1["time_code"], month_1["n_missing"], month_1["censored"]) == (
        "month_1",
        0,
        {"not_yet_due": 1},
    )
    assert [note["code"] for note in told["notes"]] == [
        "registry_cannot_show_superiority",
        "product_not_approved",
    ]


@pytest.mark.usefixtures("clinic")
def test_a_refused_comparison_ends_in_3_and_shows_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    compared = ["--compare", "facet-marrow-concentrate", "physical-therapy"]
    assert cli.main(["registry", "pain", *AT, *compared]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split(":")[0] for line in said.err.splitlines()] == ["HARD", "HARD"]


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["--site", "B1111"], "--site"),
        (["--at", "yesterday"], "--at"),
        (["--at", "2026-02-10T12:00:00"], "--at"),
        (["--scale", "PEG"], "instrument"),
        (["--compare", "leeches"], "leeches"),
    ],
)
def test_a_question_that_cannot_be_answered_ends_in_2(
    arguments: list[str], place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["registry", "pain", *arguments]) == 2
    assert [line.split(": ")[0] for line in capsys.readouterr().err.splitlines()] == [place]


@pytest.mark.usefixtures("clinic")
def test_asking_writes_nothing() -> None:
    before = Entry.objects.count()
    cli.main(["registry", "pain"])
    assert Entry.objects.count() == before


def test_a_database_that_was_never_founded_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["registry", "pain"]) == 2
    assert "stroma found" in capsys.readouterr().err
