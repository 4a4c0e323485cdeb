"""What a refused action says, and that it wrote nothing else."""

from collections.abc import Callable

import pytest
from django.apps import apps

from stroma.courses.actions import withdraw_from_course
from stroma.protocols.domain.blocker import Refused
from tests.never.world import World


def counts() -> dict[str, int]:
    """How many rows each table has."""
    return {model._meta.db_table: model._default_manager.count() for model in apps.get_models()}


def codes_of(
    kind: type[Refused], act: Callable[[], object], *, kept: dict[str, int] | None = None
) -> list[str]:
    """The reasons of a refusal, once it is sure that only the rows in ``kept`` were written."""
    before = counts()
    with pytest.raises(kind) as refused:
        act()
    after = counts()
    assert {table: after[table] - before[table] for table in after if after[table] != before[table]} == (
        kept or {}
    )
    return [blocker.code for blocker in refused.value.blockers]


REFUSED_SCAN = {"custody_scan": 1, "ledger_entry": 1, "ledger_link": 4}
"""A scan and its entry, in the chains of the lot, its course, its patient and its site."""


def stop_the_course(world: World) -> None:
    withdraw_from_course(
        course=world.ready, reason="", by=world.house.person("nurse"), at=world.house.later()
    )
