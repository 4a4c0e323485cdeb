"""Each reason why tissue is not collected, for exactly what it is about."""

from decimal import Decimal
from typing import Any

import pytest

from stroma.collection.domain.amount import collection_blockers
from stroma.protocols.library import shipped_protocol

OWN = shipped_protocol("disc-marrow-concentrate").protocol
SURGERY = shipped_protocol("surgery").protocol


def reasons(**facts: Any) -> list[str]:
    assert OWN.collection is not None
    usual: dict[str, Any] = {
        "protocol": OWN,
        "amount": Decimal(str(OWN.collection.amount_min)),
        "is_autologous": True,
        "has_course": True,
        "course_is_open": True,
        "consent_is_valid": True,
        "donor_is_patient": True,
    }
    return [blocker.code for blocker in collection_blockers(**(usual | facts))]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"protocol": SURGERY}, ["protocol_collects_nothing"]),
        ({"amount": Decimal(0)}, ["amount_out_of_range"]),
        ({"has_course": False}, ["collection_without_course"]),
        ({"has_course": False, "is_autologous": False}, []),
        ({"course_is_open": False}, ["course_not_open"]),
        ({"consent_is_valid": False}, ["consent_missing"]),
        ({"donor_is_patient": False}, ["cells_of_somebody_else"]),
        ({"donor_is_patient": False, "is_autologous": False}, []),
    ],
)
def test_a_collection_stops_for_exactly_what_is_wrong(facts: dict[str, Any], expected: list[str]) -> None:
    assert reasons(**facts) == expected
