"""``stroma isbt`` as a person at a terminal meets it."""

import json
import subprocess
import sys

import pytest

from stroma.cli import main


def test_parse_prints_an_object_for_each_structure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["isbt", "parse", "]d1=A99991712345600=<S0000199"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "structure": "001",
            "name": "Donation Identification Number",
            "value": "A99991712345600",
            "din": "A999917123456",
            "facility": "A9999",
            "year": "17",
            "serial": "123456",
            "flags": "00",
            "flag_type": "none",
        },
        {
            "structure": "003",
            "name": "Product Code",
            "value": "S0000199",
            "pdc": "S0000",
            "collection_type": "1",
            "division": "99",
            "layout": "t+ds",
            "requires_032": True,
        },
    ]


@pytest.mark.parametrize("typed", ["G123498654321", "G1234 98 654321", "G1234 98 654321 H"])
def test_check_prints_the_check_character_and_flags(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["isbt", "check", typed]) == 0
    assert json.loads(capsys.readouterr().out) == {"din": "G123498654321", "check": "H", "type3_flag": "77"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["parse", "=A9999171234560"],
            "character 1: 15 characters of structure 001 should follow =, but there are 14.\n",
        ),
        (["parse", ""], "Nothing was read.\n"),
        (
            ["parse", "=A999917123456000"],
            "character 17: 1 character follows that belongs to no structure.\n",
        ),
        (
            ["parse", "=+02000=A99991712345600"],
            "structure 023: The compound message announces 2 structures; it holds 1 structure.\n",
        ),
        (
            ["check", "A9999171234568"],
            "donation number: The check character '8' does not fit A999917123456. "
            "Look at the label and type it all again.\n",
        ),
        (["check", "A999917"], "donation number: A donation number has 13 characters; this has 7.\n"),
    ],
)
def test_bad_input_ends_in_two_and_says_what_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["isbt", *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", said)


def test_the_command_starts_without_django() -> None:
    program = (
        "import sys; from stroma.cli import main; code = main(['isbt', 'parse', '=A99991712345600']);"
        "sys.exit(code or any(name.split('.')[0] == 'django' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0
