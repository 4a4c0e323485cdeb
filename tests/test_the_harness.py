"""What every test relies on: the network is off, databases are its own, skips are accounted for."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tests.network import NetworkIsOff, is_this_machine
from tests.skips import CHECKOUT, REAL_DATA_ABSENT, is_allowed, reason_of

WRITE_A_TABLE = """
import sys, django
django.setup()
from django.db import connection, transaction
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS trace (line TEXT)")
    cursor.execute("INSERT INTO trace VALUES (%s)", [sys.argv[1]])
    cursor.execute("SELECT line FROM trace ORDER BY line")
    print(connection.vendor, *[row[0] for row in cursor.fetchall()])
"""


def test_another_machine_cannot_be_reached() -> None:
    with socket.socket() as outside, pytest.raises(NetworkIsOff):
        outside.connect(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as outside, pytest.raises(NetworkIsOff):
        outside.sendto(b"x", ("192.0.2.1", 53))
    with pytest.raises(NetworkIsOff):
        socket.getaddrinfo("example.org", 443)


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(("localhost", server.getsockname()[1])) as client:
            client.sendall(b"x")
        connected, _address = server.accept()
        with connected:
            assert connected.recv(1) == b"x"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        (b"localhost", True),
        (None, True),
        ("0.0.0.0", False),
        ("192.168.0.1", False),
        ("fe80::1%eth0", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_only_loopback_is_this_machine(host: object, *, expected: bool) -> None:
    assert is_this_machine(host) is expected


@given(st.ip_addresses().filter(lambda address: not address.is_loopback))
def test_no_other_address_is_this_machine(address: object) -> None:
    assert not is_this_machine(str(address))


def test_nothing_of_the_person_at_the_keyboard_is_used(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = Path(os.environ["STROMA_HOME"])
    assert home.parent == Path(os.environ["STROMA_TESTS_FOLDER"])
    assert {name for name in os.environ if name.startswith("STROMA_")} <= {
        "STROMA_HOME",
        "STROMA_TESTS_FOLDER",
        "STROMA_DATABASE_URL",
        "STROMA_REAL_DATA",
    }


@pytest.mark.only_on("sqlite")
@pytest.mark.django_db
def test_the_test_database_keeps_the_promises_of_the_real_one() -> None:
    with connection.cursor() as cursor:
        said = {}
        for pragma in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers"):
            cursor.execute(f"PRAGMA {pragma}")
            said[pragma] = cursor.fetchone()[0]
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db
def test_the_postgresql_run_is_on_postgresql() -> None:
    assert connection.vendor == "postgresql"


def test_what_reaches_no_database_runs_with_sqlite_alone() -> None:
    found = {}
    for vendor, url in (("sqlite", ""), ("postgresql", "postgresql://stroma@127.0.0.1:1/none")):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STROMA_")}
        if url:
            environment["STROMA_DATABASE_URL"] = url
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "--collect-only", __file__]
        done = subprocess.run(
            command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True
        )
        found[vendor] = {line.rsplit("::", 1)[1] for line in done.stdout.splitlines() if "::" in line}
    assert "test_this_machine_can_be_reached" in found["sqlite"] - found["postgresql"]
    assert "test_the_postgresql_run_is_on_postgresql" in found["postgresql"] - found["sqlite"]
    assert "test_processes_share_a_database_that_is_their_own" in found["sqlite"] & found["postgresql"]


def _trace(environment: dict[str, str], line: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", WRITE_A_TABLE, line],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_processes_share_a_database_that_is_their_own(
    own_database: dict[str, str], database_vendor: str
) -> None:
    assert _trace(own_database, "first") == [database_vendor, "first"]
    assert _trace(own_database, "second") == [database_vendor, "first", "second"]


def test_the_next_test_finds_a_database_of_its_own_empty(
    own_database: dict[str, str], database_vendor: str
) -> None:
    assert _trace(own_database, "only") == [database_vendor, "only"]


@pytest.mark.parametrize(
    ("reason", "marks", "real_data_is_there", "expected"),
    [
        (REAL_DATA_ABSENT, frozenset(), False, True),
        ("got empty parameter set", frozenset({"real_data"}), False, True),
        ("this bundle is broken", frozenset({"real_data"}), True, False),
        ("no time today", frozenset(), False, False),
        ("", frozenset(), True, False),
    ],
)
def test_only_a_listed_reason_allows_a_skip(
    reason: str, marks: frozenset[str], *, real_data_is_there: bool, expected: bool
) -> None:
    assert is_allowed(reason, marks=marks, real_data_is_there=real_data_is_there) is expected


def test_the_reason_of_a_skip_is_read_as_it_was_given() -> None:
    assert reason_of(("tests/test_x.py", 3, "Skipped: no time today")) == "no time today"
