"""Sixteen processes fight over the same hours and are killed at random: nothing is booked twice, nothing is lost."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.processes


def test_nothing_is_booked_twice_in_twenty_thousand_contended_attempts(own_tables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "bench", "booking", "--here", "--json", "--patients", "0"]
    ran = subprocess.run(
        [*command, "--attempts", "20000", "--control", "1000"],
        env=own_tables,
        cwd=own_tables["PYTHONPATH"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ran.returncode in {0, 1}, ran.stderr
    found = json.loads(ran.stdout)
    guarded, control = found["guarded"], found["control"]
    assert (guarded["attempts"], guarded["processes"]) == (20_000, 16)
    assert (guarded["double_bookings"], guarded["lost"]) == (0, 0)
    assert guarded["kept"] > 100
    assert guarded["kills"] > 0
    # The same trial without the guard: if it found nothing, the one above would show nothing either.
    assert control["attempts"] <= 1008
    assert control["double_bookings"] > 0
