"""Each reason why a place is not consented to, for exactly what it is about."""

import pytest

from stroma.patients.domain.consenting import Place, place_blockers
from stroma.protocols.domain.spine import Side, Target
from stroma.protocols.library import shipped_protocol

DISC = Place(Target.DISC_NUCLEUS, "L4-L5", Side.MIDLINE)


@pytest.mark.parametrize(
    ("protocol", "places", "expected"),
    [
        ("disc-marrow-concentrate", [DISC], []),
        ("disc-marrow-concentrate", [], ["no_place_named"]),
        ("surgery", [], []),
        ("surgery", [DISC], ["no_place_to_consent"]),
    ],
)
def test_places_are_named_where_the_protocol_injects_and_nowhere_else(
    protocol: str, places: list[Place], expected: list[str]
) -> None:
    found = place_blockers(shipped_protocol(protocol).protocol, places)
    assert [blocker.code for blocker in found] == expected
