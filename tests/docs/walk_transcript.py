"""The transcript of a walk in ``README.md``: a real walk, each action once, on a clock that begins in a known week.

Times follow the site's calendar and hashes are new in every walk, so a transcript is compared without them.
"""

import os
import re
import subprocess
import sys
import tempfile

from tests.docs.made import CHECKOUT

PART = "walk"
PROTOCOL = "disc-marrow-expanded"

_STEP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d  \w+ +(?P<action>[a-z_]+\.[a-z_]+) +[0-9a-f]{16}$")
_VARIES = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,64}|\d{4}-\d\d-\d\d|\d\d:\d\d")
_SAID_AT_THE_END = re.compile(r"^(?:COMPLETED|STOPPED|INTACT|ALTERED|SIMULATED:|Given under)")


def transcript_of_a_walk() -> str:
    """Walk in a home of its own, and tell it shortly."""
    with tempfile.TemporaryDirectory(prefix="stroma-transcript-") as home:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STROMA_")}
        environment |= {"STROMA_HOME": home, "PYTHONPATH": str(CHECKOUT)}
        environment["DJANGO_SETTINGS_MODULE"] = "stroma.config.settings"
        done = subprocess.run(
            [sys.executable, "-P", "-m", "stroma", "walk", PROTOCOL],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    return shortened(done.stdout)


def shortened(said: str) -> str:
    """Each action's first line, then how it ended; what was left out is said."""
    lines = said.splitlines()
    steps: dict[str, str] = {}
    for line in lines:
        if match := _STEP.match(line):
            steps.setdefault(match["action"], line)
    end = [line for line in lines if _SAID_AT_THE_END.match(line)]
    return "\n".join(
        ["```text", f"$ ./run stroma walk {PROTOCOL}", lines[0], *steps.values(), "...", *end, "```"]
    )


def is_same_walk(one: str, other: str) -> bool:
    """Whether two transcripts tell the same walk, whatever the times and the hashes."""
    return [_VARIES.sub("·", line) for line in one.strip().splitlines()] == [
        _VARIES.sub("·", line) for line in other.strip().splitlines()
    ]
