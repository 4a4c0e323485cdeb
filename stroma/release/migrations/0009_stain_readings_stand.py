"""A stained area stays as it was measured, and is that of a result and of photographs of its own lot."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed


class Migration(migrations.Migration):
    dependencies = [("release", "0008_stain_readings"), ("ledger", "0002_append_only")]

    operations = [
        *never_changed("release_stainreading"),
        Refuse(
            "stain_reading_is_of_its_lot",
            "release_stainreading",
            "INSERT",
            "A stained area is of a result and of photographs of its own lot.",
            when=(
                "NOT EXISTS (SELECT 1 FROM release_assayresult a WHERE a.id = NEW.result_id "
                "AND a.lot_id = NEW.lot_id AND SUBSTR(a.code, 1, 16) = 'differentiation_') OR "
                "(SELECT COUNT(*) FROM release_instrumentfile f WHERE f.id IN (NEW.induced_id, NEW.control_id) "
                "AND f.lot_id = NEW.lot_id) <> 2"
            ),
        ),
    ]
