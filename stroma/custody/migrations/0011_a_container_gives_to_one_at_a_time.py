"""On PostgreSQL the guard of what a container gives holds the container's row while it adds up.

Two that take from one container at the same moment, each in a transaction of one statement, would else both add up
before either is there.
"""

from django.db import migrations

from stroma.ledger.guards import RefuseInstead

# Rounded to the column's three places: SQLite adds decimals as floating-point numbers.
MORE_THAN_IT_HELD = (
    "ROUND(NEW.taken + COALESCE((SELECT SUM(d.taken) FROM custody_derivation d "
    "WHERE d.parent_id = NEW.parent_id), 0), 3) > (SELECT m.amount FROM custody_material m WHERE m.id = NEW.parent_id)"
)


class Migration(migrations.Migration):
    dependencies = [("custody", "0010_scans_say_how_they_were_read")]

    operations = [
        RefuseInstead(
            "custody_children_sum_to_parent",
            "custody_derivation",
            "INSERT",
            "More would be taken from this container than it held.",
            when=MORE_THAN_IT_HELD,
            before=MORE_THAN_IT_HELD,
            holding="custody_material WHERE id = NEW.parent_id",
        ),
    ]
