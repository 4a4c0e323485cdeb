"""What was kept for days and set free before its last day says why; what is written stays.

A booked visit keeps what it holds, but for what was kept for days and has such a row.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from stroma.ledger.guards import Refuse, RefuseInstead, never_changed


HELD = (
    "OLD.is_live AND NOT NEW.is_live "
    "AND EXISTS (SELECT 1 FROM planning_visit v WHERE v.id = OLD.visit_id AND v.state = 'BOOKED') "
    # A merged record's own time is held by the record that is left.
    "AND NOT EXISTS (SELECT 1 FROM planning_resource r JOIN patients_patient p ON p.id = r.patient_id "
    "WHERE r.id = OLD.resource_id AND p.merged_into_id IS NOT NULL)"
)


class Migration(migrations.Migration):
    dependencies = [("planning", "0054_bookings_are_found_by_time"), ("ledger", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="HoldEnd",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("LOT_FAILED", "the lot failed"),
                            ("COURSE_ENDED", "the course ended"),
                            ("CANCELLED", "the visit was cancelled"),
                            ("MISSED", "the visit did not take place"),
                        ],
                        max_length=12,
                    ),
                ),
                ("ended_at", models.DateTimeField()),
                (
                    "reservation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hold_end",
                        to="planning.reservation",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        *never_changed("planning_holdend"),
        Refuse(
            "planning_holdend_is_of_a_hold",
            "planning_holdend",
            "INSERT",
            "Only what is kept for days ends early, and only while it is kept.",
            when=(
                "NOT EXISTS (SELECT 1 FROM planning_reservation r WHERE r.id = NEW.reservation_id "
                "AND r.hold IS NOT NULL AND r.is_live)"
            ),
        ),
        RefuseInstead(
            "planning_reservation_held_while_booked",
            "planning_reservation",
            "UPDATE",
            "A booked visit keeps what it holds. Cancel the visit first.",
            when=f"{HELD} AND NOT EXISTS (SELECT 1 FROM planning_holdend e WHERE e.reservation_id = OLD.id)",
            before=HELD,
        ),
    ]
