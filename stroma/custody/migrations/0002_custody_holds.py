"""Cells do not appear from nowhere, containers do not come back, lots change state only as the table allows."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed


class Migration(migrations.Migration):
    dependencies = [("custody", "0001_initial"), ("ledger", "0002_append_only")]

    operations = [
        Refuse(
            "custody_children_sum_to_parent",
            "custody_derivation",
            "INSERT",
            "More would be taken from this container than it held.",
            when=(
                # Rounded to the column's three places: SQLite adds decimals as floating-point numbers.
                "ROUND(NEW.taken + COALESCE((SELECT SUM(d.taken) FROM custody_derivation d "
                "WHERE d.parent_id = NEW.parent_id), 0), 3) > (SELECT m.amount FROM custody_material m WHERE m.id = NEW.parent_id)"
            ),
        ),
        Refuse(
            "custody_split_child_is_what_was_taken",
            "custody_derivation",
            "INSERT",
            "A part split off holds what was taken, no more.",
            when=(
                "NEW.kind IN ('SPLIT', 'SAMPLE') AND "
                "(SELECT m.amount FROM custody_material m WHERE m.id = NEW.child_id) > NEW.taken"
            ),
        ),
        *never_changed("custody_derivation"),
        Refuse(
            "custody_material_only_empties",
            "custody_material",
            "UPDATE",
            "A container is only emptied, and never becomes another one.",
            when=(
                "NEW.remaining > OLD.remaining OR NEW.amount <> OLD.amount OR NEW.lot_id <> OLD.lot_id "
                "OR NEW.division <> OLD.division OR (OLD.state <> 'HELD' AND NEW.state <> OLD.state)"
            ),
        ),
        Refuse("custody_material_no_delete", "custody_material", "DELETE", "A container is accounted for, not removed."),
        Refuse(
            "custody_lot_state_table",
            "custody_lot",
            "UPDATE",
            "A lot changes state only as the table of states allows.",
            when=(
                "NEW.state <> OLD.state AND NOT ("
                "(OLD.state = 'IN_PROCESS' AND NEW.state IN ('QUARANTINE', 'REJECTED')) OR "
                "(OLD.state = 'QUARANTINE' AND NEW.state IN ('RELEASED', 'REJECTED')) OR "
                "(OLD.state = 'RELEASED' AND NEW.state IN ('QUARANTINE', 'REJECTED')))"
            ),
        ),
        Refuse(
            "custody_lot_is_whose_it_is",
            "custody_lot",
            "UPDATE",
            "A lot keeps its donor, its donation number and the course it was made for.",
            when=(
                "NEW.donor_id <> OLD.donor_id OR NEW.din <> OLD.din "
                "OR COALESCE(NEW.course_id, NEW.id) <> COALESCE(OLD.course_id, OLD.id)"
            ),
        ),
        Refuse("custody_lot_no_delete", "custody_lot", "DELETE", "A lot is accounted for, not removed."),
        *never_changed("custody_handover"),
        *never_changed("custody_scan"),
        *never_changed("custody_discard"),
        *never_changed("custody_disposition"),
        *never_changed("custody_donortest"),
        *never_changed("custody_donoreligibility"),
    ]
