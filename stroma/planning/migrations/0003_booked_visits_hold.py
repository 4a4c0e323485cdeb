"""A booked visit keeps what it holds: nothing is set free under it and given to another."""

from django.db import migrations

from stroma.ledger.guards import Refuse


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0002_no_double_booking"),
        ("patients", "0003_records_stay_whose_they_are"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        Refuse(
            "planning_reservation_held_while_booked",
            "planning_reservation",
            "UPDATE",
            "A booked visit keeps what it holds. Cancel the visit first.",
            when=(
                "OLD.is_live AND NOT NEW.is_live "
                "AND EXISTS (SELECT 1 FROM planning_visit v WHERE v.id = OLD.visit_id AND v.state = 'BOOKED') "
                # A merged record's own time is held by the record that is left.
                "AND NOT EXISTS (SELECT 1 FROM planning_resource r JOIN patients_patient p ON p.id = r.patient_id "
                "WHERE r.id = OLD.resource_id AND p.merged_into_id IS NOT NULL)"
            ),
        ),
        Refuse(
            "planning_resource_stays_who_it_is",
            "planning_resource",
            "UPDATE",
            "What can be booked stays the person or the place it is.",
            when=(
                "COALESCE(NEW.user_id, 0) <> COALESCE(OLD.user_id, 0) "
                "OR COALESCE(NEW.place_id, NEW.id) <> COALESCE(OLD.place_id, OLD.id) "
                "OR (COALESCE(NEW.patient_id, NEW.id) <> COALESCE(OLD.patient_id, OLD.id) AND NOT EXISTS "
                "(SELECT 1 FROM patients_patient p WHERE p.id = OLD.patient_id AND p.merged_into_id = NEW.patient_id))"
            ),
        ),
    ]
