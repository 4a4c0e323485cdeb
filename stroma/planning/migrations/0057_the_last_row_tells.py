"""The trigger against double booking reads one row along an index instead of every earlier booking of a resource."""

from typing import Any

from django.db import migrations

from stroma.ledger.guards import NoOverlap

GUARD = NoOverlap(
    "planning_no_double_booking",
    "planning_reservation",
    "resource_id",
    "That person, room or device is booked at that time.",
)


def remake(apps: Any, schema_editor: Any) -> None:
    """On PostgreSQL the constraint stays as it is."""
    if schema_editor.connection.vendor == "postgresql":
        return
    GUARD.database_backwards("planning", schema_editor, None, None)
    GUARD.database_forwards("planning", schema_editor, None, None)


class Migration(migrations.Migration):
    dependencies = [("planning", "0056_calls_about_changes")]

    operations = [migrations.RunPython(remake, migrations.RunPython.noop)]
