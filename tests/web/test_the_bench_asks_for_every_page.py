"""``bench/pages.py`` finds records for every address of the house: a new kind of argument does not stop it."""

from random import Random

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from bench.page_records import arguments_for


def addresses(of: list[URLPattern | URLResolver]) -> list[URLPattern]:
    found = []
    for one in of:
        found += addresses(one.url_patterns) if isinstance(one, URLResolver) else [one]
    return found


OURS = [
    pytest.param(one.pattern.converters, id=one.name)
    for one in addresses(get_resolver().url_patterns)
    if one.pattern.converters and one.callback.__module__.startswith("stroma.")
]


@pytest.mark.django_db
@pytest.mark.parametrize("names", OURS)
def test_the_bench_knows_what_the_address_asks_for(names: dict[str, object]) -> None:
    assert isinstance(arguments_for(names, None, 1, Random(1)), list)


def test_there_are_addresses_to_ask_for() -> None:
    assert len(OURS) > 100
