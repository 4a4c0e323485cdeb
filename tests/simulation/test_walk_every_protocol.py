"""``stroma walk`` for each shipped protocol: exit code, JSON, ledger and dossier agree."""

import subprocess
import sys
from datetime import datetime

import pytest

from stroma.protocols.library import shipped_protocols
from tests.simulation.walking import VERIFIER, ledger_hashes, walk

CONTRACT = {"protocol", "patient", "outcome", "steps", "blockers", "dossier"}
STAGES_OF_CELLS = {
    "patients",
    "candidacy",
    "courses",
    "follow_up",
    "planning",
    "custody",
    "processing",
    "release",
    "injection",
    "registry",
}
STAGES_OF_ORDINARY_CARE = {"patients", "candidacy", "courses", "follow_up", "planning", "registry"}


@pytest.mark.parametrize("shipped", shipped_protocols(), ids=lambda shipped: shipped.protocol.id)
def test_a_walk_goes_the_whole_way_and_its_hashes_are_the_ledgers(
    own_tables: dict[str, str], shipped: object
) -> None:
    protocol = shipped.protocol  # type: ignore[attr-defined]
    code, told = walk(own_tables, protocol.id)
    assert (code, told["outcome"], told["blockers"]) == (0, "completed", [])
    assert CONTRACT - set(told) == set()
    assert (told["protocol"], told["nature"]) == (protocol.id, "SIMULATED")

    steps = told["steps"]
    assert [step for step in steps if {"step", "at", "hash"} - set(step)] == []
    stages = {step["step"] for step in steps}
    expected = STAGES_OF_CELLS if protocol.gives_cells else STAGES_OF_ORDINARY_CARE
    assert stages == expected | ({"collection"} if protocol.donor == "autologous" else set())
    moments = [datetime.fromisoformat(step["at"]) for step in steps]
    assert moments == sorted(moments)
    # What came before the walk is the clinic's own opening; everything from the first step on is told.
    ledger = ledger_hashes(own_tables)
    assert [step["hash"] for step in steps] == ledger[-len(steps) :]

    judged = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), told["dossier"]], capture_output=True, text=True, check=False
    )
    assert (judged.returncode, judged.stdout.splitlines()[0]) == (0, "INTACT")
    assert told["dossier_intact"] is True
    assert (told["authorization"] is None) == (not protocol.legal.authorization_required)
    assert "red_flags.self_harm" in told["assumed"]
    assert "age_years" not in told["assumed"]
