"""A simulated clinic of many thousand patients: some through the actions, the rest copied from them row by row.

A patient through the actions costs a third of a second, so that 20,000 would take hours. So the demo's clinic is
made as it always is, and every row of its patients is then copied, each copy with identifiers and numbers of its
own. The copies have the same days as the first patients, all at once and in the same rooms, and their ledger entries
are rows without text: nothing for ``verify``, but as many rows, of the same shape, as the pages and their indexes will
meet, and harder on a work list than any real day. It is made once for each ``STROMA_HOME`` and used again.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

OF_THE_HOUSE = frozenset({"clinic", "auth", "contenttypes", "sessions", "account", "mfa", "axes"})
"""Applications whose rows belong to the sites and the staff, not to a patient."""
NOT_COPIED = frozenset(
    {
        "custody.DonationCounter",
        "custody.SiteProductCode",
        "custody.TransportLimits",
        "ledger.Checkpoint",
        "ledger.Installation",
        "ledger.Leaf",
        "patients.AccountAttestation",
        "patients.AccountGiven",
        "patients.AttestationVoid",
        "patients.PatientAccess",
        "planning.Absence",
        "planning.AbsenceTakenBack",
        "planning.Capability",
        "planning.Consultation",
        "planning.Replan",
        "planning.TurnTime",
        "planning.WeekHours",
        "planning.WeekPlan",
        "processing.Equipment",
        "processing.EquipmentEvent",
        "processing.ReagentEvent",
        "processing.ReagentLot",
        "registry.PainCount",
        "release.ControlMaterial",
        "release.ControlRun",
    }
)

ONLY = {
    "ledger.Chain": "kind <> 'site'",
    "ledger.Link": "chain_id IN (SELECT id FROM ledger_chain WHERE kind <> 'site')",
    "planning.Resource": "patient_id IS NOT NULL",
}
"""Which rows of a table are a patient's, where not all are."""
WHERE_SOME_ARE_COPIED = {"custody.StorageStay": "taken_out_at IS NOT NULL"}
"""The same where only some patients are copied: a position, which is not copied then, has room for one container."""

STEP = 10_000_000
"""How far apart the whole-number keys of two copies are."""


def multiply(file: Path, patients: int) -> int:
    """Copy the patients in ``file`` until there are at least so many; gives how many copies were made of each."""
    with closing(sqlite3.connect(file)) as database:
        [there] = database.execute("SELECT COUNT(*) FROM patients_patient").fetchone()
    copies = -(-patients // there) - 1
    copy_patients(file, copies)
    return copies


def copy_patients(file: Path, copies: int, *, of: str = "") -> None:
    """Copy patients so often; ``of`` is SQL for the identifiers of those that are copied, blank for all of them.

    Where only some are copied, what cannot be traced to a patient by foreign keys (the ledger, storage) is left alone.
    """
    with sqlite3.connect(file, isolation_level=None) as database:
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;")
        database.execute("BEGIN")
        put_aside = database.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type = 'trigger' OR (type = 'index' AND sql IS NOT NULL)"
        ).fetchall()
        # The triggers refuse rows of the past, and indexes are built faster at the end; both come back as they were.
        for kind, name, _sql in put_aside:
            database.execute(f'DROP {kind} "{name}"')
        database.execute(
            "CREATE TEMP TABLE copy AS WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n "
            f"WHERE k < {copies}) SELECT k FROM n"
        )
        if of:
            database.execute("CREATE TEMP TABLE those (id)")
            database.execute(f"INSERT INTO those {of}")
        for statement in list(_statements(only_those=bool(of))):
            database.execute(statement)
        for _kind, _name, sql in put_aside:
            database.execute(sql)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode=WAL")


def _statements(*, only_those: bool) -> Iterator[str]:
    for model in apps.get_models():
        if not _is_copied(model) or (only_those and _traced(model) is None):
            continue
        columns = [field.column for field in model._meta.concrete_fields]
        values = [_value(model, field, only_those=only_those) for field in model._meta.concrete_fields]
        table = model._meta.db_table
        # Ordered by copy, as time would have brought them; the first rows alone are read, not what is being written.
        conditions = [ONLY.get(model._meta.label)]
        if only_those:
            conditions += [WHERE_SOME_ARE_COPIED.get(model._meta.label), _traced(model)]
        those = " AND ".join(filter(None, conditions)) or "1"
        yield f"CREATE TEMP TABLE first AS SELECT * FROM main.{table} WHERE {those}"
        names = ", ".join(f'"{column}"' for column in columns)
        yield f"INSERT INTO main.{table} ({names}) SELECT {', '.join(values)} FROM copy CROSS JOIN first"
        yield "DROP TABLE first"


def _traced(model: type[models.Model]) -> str | None:
    """SQL for the rows of a table that are of the patients in ``those``; None where no foreign keys lead to a patient.

    A way over keys that are always there comes before one over keys that may be null.
    """
    if model._meta.label == "clinic.Signature":
        return "1"  # it names its document by an identifier alone, and what it signs points to it once
    for nullable in (False, True):
        if (way := _way(model, nullable=nullable)) is not None:
            condition = "id IN (SELECT id FROM temp.those)"
            for table, column in reversed(way):
                condition = f"{column} IN (SELECT id FROM main.{table} WHERE {condition})"
            return condition
    return None


@cache
def _way(model: type[models.Model], *, nullable: bool) -> tuple[tuple[str, str], ...] | None:
    """The shortest way to a patient: at each step the table that is come to and the column that leads there."""
    ways: list[tuple[type[models.Model], tuple[tuple[str, str], ...]]] = [(model, ())]
    seen = {model}
    for here, way in ways:
        if here._meta.label == "patients.Patient":
            return way
        for field in here._meta.concrete_fields:
            target = field.related_model
            if not isinstance(target, type) or target in seen or not _is_copied(target):
                continue
            if nullable or not field.null:
                seen.add(target)
                ways.append((target, (*way, (target._meta.db_table, field.column))))
    return None


def _is_copied(model: type[models.Model]) -> bool:
    """Whether the rows of this table are made for patients."""
    label = model._meta.label
    if label == "clinic.Signature":
        return True
    return model._meta.app_label not in OF_THE_HOUSE and label not in NOT_COPIED


def _value(model: type[models.Model], field: "models.Field[Any, Any]", *, only_those: bool) -> str:
    """What a copy of the row holds in this column, in SQL over the first row and the copy's number ``k``."""
    column = f'"{field.column}"'
    name = f"{model._meta.label}.{field.name}"
    if name in _NUMBERED:
        return _NUMBERED[name]
    if field.is_relation:
        target = field.related_model
        assert isinstance(target, type)
        if name == "planning.Reservation.resource":
            patients = "(SELECT id FROM planning_resource WHERE patient_id IS NOT NULL)"
            return (
                f"CASE WHEN {column} IN {patients} THEN {_moved(column, target._meta.pk)} ELSE {column} END"
            )
        if not _is_copied(target) or (only_those and _traced(target) is None):
            return column
        return _moved(column, target._meta.pk)
    if field.primary_key or isinstance(field, models.UUIDField):
        return _moved(column, field)
    return column


def _moved(column: str, key: "models.Field[Any, Any]") -> str:
    if isinstance(key, models.UUIDField):
        return _fresh(column)
    return f"{column} + k * {STEP}"


def _fresh(column: str) -> str:
    """An identifier of the copy's own; the digit that says how it was made is one that no first row has."""
    return f"printf('%04x', k) || substr({column}, 5, 8) || '8' || substr({column}, 14)"  # NULL stays NULL


_NUMBERED = {
    "patients.Patient.user": "NULL",
    "patients.Patient.record_number": "printf('P%07d', CAST(substr(record_number, 2) AS INTEGER) + k * 1000)",
    "patients.Identifier.value": "value || '-' || k",
    "courses.Course.number": "substr(number, 1, 5) || printf('%04d', CAST(substr(number, 6) AS INTEGER) + k * 100)",
    "planning.Resource.name": "name || ' ' || k",
    "custody.StorageUnit.code": "code || '-' || k",
    "custody.TransportBox.code": "code || '-' || k",
    "custody.Lot.din": "substr(din, 1, 7) || printf('%06d', CAST(substr(din, 8) AS INTEGER) + k * 1000)",
    "ledger.Entry.hash": "printf('k%03x', k) || substr(hash, 5)",
    "ledger.Entry.text": "'{}'",
    "ledger.Link.previous": "printf('k%03x', k) || substr(previous, 5)",
}
"""Columns that are numbered within a site, refer to nobody's account, or must be unlike each other."""


def prepare(file: Path, patients: int) -> str:
    """Have a clinic of at least so many patients at ``file``; says in words how it came about."""
    from django.utils import timezone

    from stroma.simulation.making import make_demo_database

    began = time.monotonic()
    for _progress in make_demo_database(file, now=timezone.now().replace(microsecond=0)):
        pass
    acted = time.monotonic() - began
    copies = multiply(file, patients) if patients else 0
    seconds = time.monotonic() - began - acted
    return f"the demo through the actions in {acted:.0f} s, each patient copied {copies} times in {seconds:.0f} s"
