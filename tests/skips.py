"""Which tests may be skipped. In CI every other skip is a failure: a test that never runs protects nobody."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("STROMA_REAL_DATA") or CHECKOUT / ".." / "shared" / "data")
REAL_DATA_ABSENT = "The real data is not there. STROMA_REAL_DATA names its folder."

# Reasons that a test may give anywhere, word for word. A test for one database is not skipped on the other:
# it is marked only_on("postgresql") and left out there.
ALLOWED_REASONS = frozenset({REAL_DATA_ABSENT})


def is_allowed(reason: str, *, marks: frozenset[str], real_data_is_there: bool) -> bool:
    """Whether a test with ``marks`` may be skipped for ``reason``."""
    return reason in ALLOWED_REASONS or ("real_data" in marks and not real_data_is_there)


def reason_of(longrepr: object) -> str:
    """The reason as it was given, from what pytest reports of a skipped test: ``(file, line, "Skipped:
    reason")``."""
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return str(text).removeprefix("Skipped: ").strip()
