"""A hand-over to the bedside at which nothing is wrong: tests change one thing of it."""

from datetime import UTC, datetime, timedelta

from stroma.custody.domain.hand_over import Expected, Scanned
from stroma.custody.domain.states import LotState, MaterialState
from stroma.protocols.domain.blocker import Blocker

AT = datetime(2026, 4, 1, 10, tzinfo=UTC)
EXPECTED = Expected(
    din="A999926000001",
    division="A0",
    place_code="PROC-1",
    state=MaterialState.HELD,
    lot_state=LotState.RELEASED,
    expires_at=AT + timedelta(hours=1),
    label_applied=True,
    wristband="P0000001",
)
SCANNED = Scanned("A999926000001", "A0", "PROC-1", "P0000001")


def codes(blockers: list[Blocker]) -> list[str]:
    """What the reasons are called."""
    return [blocker.code for blocker in blockers]
