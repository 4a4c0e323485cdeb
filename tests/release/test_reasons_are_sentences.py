"""Every reason of these steps is a sentence that somebody can act on."""

import re
from pathlib import Path

import pytest

import stroma
from stroma.ledger import wording

ROOT = Path(stroma.__file__).parent
STEPS = ["follow_up", "processing", "registry", "release"]
_CODE = re.compile(r"Blocker\(\s*\"(?P<code>[a-z0-9_]+)\"")


@pytest.mark.parametrize("step", STEPS)
def test_every_code_of_a_step_has_its_sentence(step: str) -> None:
    sources = sorted((ROOT / step).rglob("*.py"))
    codes = {
        match["code"] for source in sources for match in _CODE.finditer(source.read_text(encoding="utf-8"))
    }
    assert codes
    assert codes - set(wording.MESSAGES) == set()


@pytest.mark.parametrize(
    "outcome", ["below_limit", "above_limit", "detected", "failed", "pending", "final_pending"]
)
def test_every_outcome_of_a_specification_line_has_its_sentence(outcome: str) -> None:
    assert f"specification_{outcome}" in wording.MESSAGES
