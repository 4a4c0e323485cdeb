"""``stroma demo``: made whole or not at all, used again, made anew when asked, and never in a real installation."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.only_on("sqlite")


def stroma(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stroma", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_demo_is_made_once_and_holds_what_verify_asks(own_database: dict[str, str]) -> None:
    first = stroma(own_database, "demo", "--no-serve", "--courses", "2")
    assert first.returncode == 0, first.stderr
    assert "Made in" in first.stderr
    again = stroma(own_database, "demo", "--no-serve")
    assert again.returncode == 0
    assert "from an earlier start" in again.stderr
    assert [file.name for file in Path(own_database["STROMA_HOME"]).glob("being-made-*")] == []
    assert stroma(own_database, "verify").stdout.splitlines()[-1] == "INTACT"


def test_a_demo_is_neither_made_nor_opened_in_a_real_installation(own_database: dict[str, str]) -> None:
    assert stroma(own_database, "found", "--real").returncode == 0
    for arguments in (["demo", "--no-serve"], ["demo", "--no-serve", "--reset"]):
        refused = stroma(own_database, *arguments)
        assert refused.returncode == 3
        assert "holds real treatments" in refused.stderr


def test_an_occupied_port_that_was_asked_for_is_named(own_database: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = stroma(own_database, "demo", "--port", str(port))
    assert refused.returncode == 2
    assert f"Port {port} is taken" in refused.stderr
    assert not (Path(own_database["STROMA_HOME"]) / "stroma.sqlite3").exists()
