"""A reservation may be a hold: it begins on the day of an earlier visit and lasts through that of its own.

What was reserved before is no hold and stays as it was.
"""

from django.db import migrations, models

from stroma.ledger.guards import RefuseInstead

MOVED = (
    "NEW.resource_id <> OLD.resource_id OR NEW.starts_at <> OLD.starts_at OR NEW.ends_at <> OLD.ends_at "
    "OR COALESCE(CAST(NEW.visit_id AS TEXT), '') <> COALESCE(CAST(OLD.visit_id AS TEXT), '') "
    "OR COALESCE(CAST(NEW.consultation_id AS TEXT), '') <> COALESCE(CAST(OLD.consultation_id AS TEXT), '') "
    "OR (NEW.is_live AND NOT OLD.is_live)"
)


class Migration(migrations.Migration):
    dependencies = [("planning", "0050_replans"), ("ledger", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="reservation",
            name="hold",
            field=models.CharField(max_length=60, null=True),
        ),
        RefuseInstead(
            "planning_reservation_is_not_moved",
            "planning_reservation",
            "UPDATE",
            "A reservation is released, not moved. Book anew.",
            when=f"{MOVED} OR COALESCE(NEW.hold, '') <> COALESCE(OLD.hold, '')",
            before=MOVED,
        ),
    ]
