"""What is hashed has one byte form: ours beside a library of RFC 8785, and what has no such form is refused."""

import enum
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from stroma.ledger.domain.canonical import NotCanonical, canonical, plain, time_text
from stroma.ledger.domain.entry import ChainLink, Nature, completed, opening
from tests.ledger.whole_entry import EntryBody

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(max_codepoint=127), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
)


@given(VALUES)
def test_the_standard_library_spells_as_the_rfc_does(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # any value of JSON
    assert json.loads(canonical(value)) == value


def test_every_character_that_may_need_escaping_is_spelled_as_the_rfc_does() -> None:
    for code in [*range(0x100), 0x2028, 0x2029, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]:
        value = {"text": chr(code)}
        assert canonical(value) == rfc8785.dumps(value), hex(code)


class Colour(enum.StrEnum):
    RED = "red"


def test_what_an_entry_holds_becomes_text() -> None:
    moment = datetime(2026, 11, 30, 9, 5, 7, 120, tzinfo=timezone(timedelta(hours=-5)))
    assert plain(
        {
            "at": moment,
            "day": date(2026, 1, 2),
            "dose": Decimal("12.50"),
            "id": UUID(int=7),
            "kind": Colour.RED,
            "of": (1, True, None),
        }
    ) == {
        "at": "2026-11-30T14:05:07.000120Z",
        "day": "2026-01-02",
        "dose": "12.50",
        "id": "00000000-0000-0000-0000-000000000007",
        "kind": "red",
        "of": [1, True, None],
    }
    assert time_text(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": {"b": 1.5}}, "a.b"),
        ({"a": [1, {"c": 2**53}]}, r"a\[1\]\.c"),
        ({"a": {"é": 1}}, "a"),
        ({"a": {1: 1}}, "a"),
        ({"a": b"x"}, "a"),
        ({"a": {"x"}}, "a"),
    ],
)
def test_what_has_no_one_form_is_refused_by_its_place_and_never_its_value(value: object, place: str) -> None:
    with pytest.raises(NotCanonical, match=f"^{place}: "):
        canonical(value)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(NotCanonical, match="zone"):
        canonical({"at": datetime(2026, 1, 1)})  # noqa: DTZ001 - that is what is refused


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        canonical({"text": "\ud800"})


@given(TEXTS, TEXTS, st.dictionaries(KEYS, VALUES, max_size=4), st.integers(1, 4))
def test_an_entry_that_is_spelled_in_two_parts_is_spelled_as_in_one(
    action: str, actor: str, facts: dict[str, object], chains: int
) -> None:
    links = [ChainLink(f"lot:{UUID(int=number)}", 10**number, "ab" * 32) for number in range(chains)]
    at, later = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    whole = EntryBody(UUID(int=1), action, actor, at, later, Nature.REAL, links, facts)
    begun = opening(id=whole.id, action=action, actor=actor, facts=facts)
    assert completed(begun, links, Nature.REAL, at, later) == whole.as_text()
