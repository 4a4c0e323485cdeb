"""Ordinary mistakes at the command line end in a sentence and 2, never in a traceback."""

from pathlib import Path

import pytest

from stroma.candidacy.examples import example_text
from stroma.protocols.domain.schema import Indication
from tests.simulation.walking import everything_in, stroma

EMPTY = [
    ("verify",),
    ("dossier", "export", "C-26-0001", "out.dossier"),
    ("checkpoint", "out.checkpoint"),
    ("registry", "pain"),
]


@pytest.mark.parametrize("command", EMPTY, ids=" ".join)
def test_a_command_that_reads_says_that_nothing_is_there_yet(
    own_database: dict[str, str], command: tuple[str, ...]
) -> None:
    never_made = stroma(own_database, *command)
    assert (never_made.returncode, never_made.stdout, never_made.stderr.count("\n")) == (2, "", 1)
    assert stroma(own_database, "migrate").returncode == 0
    never_founded = stroma(own_database, *command)
    assert (never_founded.returncode, never_founded.stdout, never_founded.stderr.count("\n")) == (2, "", 1)
    assert not Path(command[-1]).exists()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    "command", [("migrate",), ("walk", "medication"), ("found", "--simulated")], ids=" ".join
)
def test_a_home_that_is_a_file_or_holds_something_else_is_named(
    own_database: dict[str, str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    for home in (file, file / "below"):
        done = stroma({**own_database, "STROMA_HOME": str(home)}, *command)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith(f"{home}: STROMA_HOME cannot be used (")
    Path(own_database["STROMA_HOME"], "stroma.sqlite3").write_text("this is no database, " * 200)
    before = everything_in(own_database)
    done = stroma(own_database, *command)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("The database cannot be used (file is not a database).")
    assert everything_in(own_database) == before


@pytest.mark.parametrize(
    ("setting", "value", "beginning"),
    [
        ("STROMA_DATABASE_URL", "mysql://somewhere/x", "STROMA_DATABASE_URL begins with 'mysql'."),
        ("STROMA_DATABASE_URL", "postgresql://host:port/x", "STROMA_DATABASE_URL is no address: "),
        ("STROMA_DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/x", "The database cannot be used ("),
        ("STROMA_DEBUG", "maybe", "STROMA_DEBUG is 'maybe'; say true or false."),
        ("STROMA_SECRET_KEY_FILE", "/nowhere/key", "STROMA_SECRET_KEY_FILE names /nowhere/key, "),
        ("STROMA_HOSTS", "clinic.example.org", "STROMA_HOSTS makes this site public, "),
    ],
    ids=[
        "another database",
        "no port",
        "no server",
        "neither true nor false",
        "no file",
        "public, no secret",
    ],
)
@pytest.mark.parametrize("command", ["migrate", "verify"])
def test_a_wrong_setting_is_named_with_the_way_on(
    own_database: dict[str, str], setting: str, value: str, beginning: str, command: str
) -> None:
    done = stroma({**own_database, setting: value}, command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(beginning)
    assert [word for word in ("Traceback", "secret@") if word in done.stderr] == []


@pytest.mark.parametrize("indication", list(Indication))
def test_answers_prints_the_example_as_it_is(own_database: dict[str, str], indication: Indication) -> None:
    done = stroma(own_database, "answers", indication)
    assert (done.returncode, done.stdout, done.stderr) == (0, example_text(indication), "")
    assert everything_in(own_database) == {}


def test_what_a_database_is_can_be_said_once(own_tables: dict[str, str]) -> None:
    first = stroma(own_tables, "found", "--real")
    assert (first.returncode, first.stdout[:34]) == (0, "This database is REAL, for ever (i")
    other = stroma(own_tables, "found", "--simulated")
    assert (other.returncode, other.stdout) == (3, "")
    assert other.stderr.startswith("HARD: ")
    assert stroma(own_tables, "migrate").stdout == "The database is up to date.\n"
    verified = stroma(own_tables, "verify")
    assert (verified.returncode, verified.stdout.splitlines()[-1]) == (0, "INTACT")


def test_a_course_is_told_by_its_number_once_and_never_over_another_file(
    own_tables: dict[str, str], tmp_path: Path
) -> None:
    assert stroma(own_tables, "walk", "medication").returncode == 0
    counted = stroma(own_tables, "registry", "pain")
    assert (counted.returncode, counted.stderr) == (0, "")
    unknown = stroma(own_tables, "dossier", "export", "C-99-9999", tmp_path / "x")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    made = next(Path(own_tables["STROMA_HOME"], "dossiers").iterdir())
    file = tmp_path / "course.dossier"
    exported = stroma(own_tables, "dossier", "export", made.stem, file)
    assert exported.returncode == 0
    assert stroma(own_tables, "dossier", "check", file).returncode == 0
    again = stroma(own_tables, "dossier", "export", made.stem, file)
    assert (again.returncode, again.stderr) == (2, f"{file}: The file exists. Add --force to replace it.\n")
