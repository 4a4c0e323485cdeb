"""The diagrams of states: of lots and containers from their tables, of courses and visits from the database's guards.

A guard is the condition under which a trigger refuses an update. Asking it about every pair of states gives the
table that it keeps, whatever its words are. A guard that asks other tables says when a change may happen, not
which changes there are, and is left out.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import product
from typing import Any

from django.db import models
from django.db.migrations.loader import MigrationLoader

from stroma.courses.models import Course
from stroma.custody.domain.states import (
    LABEL_TRANSITIONS,
    LOT_TRANSITIONS,
    MATERIAL_TRANSITIONS,
    LabelState,
    LotState,
    MaterialState,
)
from stroma.custody.models import Label, Lot, Material
from stroma.ledger.guards import Refuse
from stroma.planning.models import Visit

Transitions = Mapping[str, frozenset[str]]


def written(table: Mapping[Any, frozenset[Any]]) -> Transitions:
    """A table of the code as plain text."""
    return {str(state.value): frozenset(str(s.value) for s in after) for state, after in table.items()}


def guarded(model: type[models.Model], states: type[StrEnum] | type[models.TextChoices]) -> Transitions:
    """The changes of ``state`` that no trigger on the model's table refuses when nothing else is changed."""
    migrations = MigrationLoader(None).disk_migrations
    # By name, in order: a later guard of the same name stands in place of the earlier one.
    standing = {
        refusal.name: refusal
        for key in sorted(migrations)
        for refusal in migrations[key].operations
        if isinstance(refusal, Refuse)
    }
    conditions = [
        refusal.when or "1"
        for refusal in standing.values()
        if (refusal.table, refusal.event) == (model._meta.db_table, "UPDATE") and "SELECT" not in refusal.when
    ]
    columns = [field.column for field in model._meta.concrete_fields if field.column != "state"]
    same = ", ".join(f"1 AS {column}" for column in columns)
    refused = " OR ".join(f"({condition})" for condition in conditions) or "0"
    # The names are those of models and migrations, never input.
    question = f"SELECT {refused} FROM (SELECT ? AS state, {same}) AS OLD, (SELECT ? AS state, {same}) AS NEW"
    values = [str(state.value) for state in states]
    allowed: dict[str, set[str]] = {value: set() for value in values}
    database = sqlite3.connect(":memory:")
    for old, new in product(values, values):
        if old != new and not database.execute(question, (old, new)).fetchone()[0]:
            allowed[old].add(new)
    database.close()
    return {old: frozenset(new) for old, new in allowed.items()}


def diagram(table: Transitions) -> str:
    """A Mermaid state diagram; what nothing leads to is the beginning, what leads nowhere is the end."""
    reached = {state for after in table.values() for state in after}
    lines = [f"    [*] --> {state}" for state in table if state not in reached]
    lines += [f"    {state} --> {after}" for state in table for after in _in_order(table, table[state])]
    lines += [f"    {state} --> [*]" for state, after in table.items() if not after]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def _in_order(table: Transitions, states: Iterable[str]) -> list[str]:
    return [state for state in table if state in set(states)]


TABLES = {
    "lots": (Lot, LotState, LOT_TRANSITIONS),
    "containers": (Material, MaterialState, MATERIAL_TRANSITIONS),
    "labels": (Label, LabelState, LABEL_TRANSITIONS),
}
"""Where the code has a table of its own, which the database's guards must agree with."""


def lot_diagram() -> str:
    """Lots, from the code's table."""
    return diagram(written(LOT_TRANSITIONS))


def container_diagram() -> str:
    """Containers, from the code's table."""
    return diagram(written(MATERIAL_TRANSITIONS))


def label_diagram() -> str:
    """Printed labels, from the code's table."""
    return diagram(written(LABEL_TRANSITIONS))


def course_diagram() -> str:
    """Courses, from the guards."""
    return diagram(guarded(Course, Course.State))


def visit_diagram() -> str:
    """Visits, from the guards."""
    return diagram(guarded(Visit, Visit.State))
