"""``./run test`` says in one line what came of each database, and its exit code agrees."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.__main__ import Result, Verdict, closing_line, exit_code, on_postgresql
from tests.postgres import NO_SERVER, Binaries, candidates, running_postgres, with_database

PASSED = Result("SQLite", Verdict.PASSED)
FAILED = Result("PostgreSQL", Verdict.FAILED)
NOT_RUN = Result("PostgreSQL", Verdict.NOT_RUN, "no initdb was found")


@pytest.mark.parametrize(
    ("results", "at_a_desk", "in_ci", "line"),
    [
        ([PASSED], 0, 0, "Tests: passed on SQLite."),
        ([PASSED, FAILED], 1, 1, "Tests: passed on SQLite, FAILED on PostgreSQL."),
        ([PASSED, NOT_RUN], 0, 1, "Tests: passed on SQLite, not run on PostgreSQL (no initdb was found)."),
    ],
)
def test_every_database_is_accounted_for(
    results: list[Result], at_a_desk: int, in_ci: int, line: str
) -> None:
    assert closing_line(results) == line
    assert (exit_code(results, in_ci=False), exit_code(results, in_ci=True)) == (at_a_desk, in_ci)


def test_without_a_server_the_tests_on_it_are_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.__main__.candidates", lambda: iter(()))
    assert on_postgresql(lambda _url: pytest.fail("no test may run")) == Result(
        "PostgreSQL", Verdict.NOT_RUN, NO_SERVER
    )


def test_a_server_that_does_not_start_is_named_with_what_it_said(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("server")
    for name in ("initdb", "postgres"):
        (folder / name).write_text("#!/bin/sh\necho the disk is full >&2\nexit 1\n")
        (folder / name).chmod(0o755)
    broken = Binaries(folder, "a broken one")
    monkeypatch.setattr("tests.__main__.candidates", lambda: iter((broken,)))
    # Whoever runs the tests may run this script; the unprivileged user of a real server need not.
    monkeypatch.setattr("tests.postgres._server_identity", dict)
    result = on_postgresql(lambda _url: pytest.fail("no test may run"))
    assert (result.verdict, result.note) == (
        Verdict.NOT_RUN,
        f"{folder / 'initdb'} (a broken one) failed: the disk is full",
    )


def test_an_address_is_turned_to_another_database_of_the_same_server() -> None:
    url = "postgresql://stroma@/postgres?host=/tmp/x"
    assert with_database(url, "own") == "postgresql://stroma@/own?host=/tmp/x"


def test_nothing_is_left_of_a_server_that_was_stopped() -> None:
    # Where there is no server at all, the closing line of the run says so; then there is nothing to leave.
    for binaries in list(candidates())[:1]:
        with running_postgres(durable=True, binaries=binaries) as url:
            folder = Path(parse_qs(urlsplit(url).query)["host"][0])
            assert sorted(path.name for path in folder.glob(".s.*[0-9]")) == [".s.PGSQL.5432"]
        assert not folder.exists()
