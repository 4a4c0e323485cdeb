"""Two bookings never take the same person, room, device or patient at once; what became of a visit stands."""

from django.db import migrations

from stroma.ledger.guards import NoOverlap, Refuse


class Migration(migrations.Migration):
    dependencies = [("planning", "0001_initial"), ("ledger", "0002_append_only")]

    operations = [
        NoOverlap(
            "planning_no_double_booking",
            "planning_reservation",
            "resource_id",
            "That person, room or device is booked at that time.",
        ),
        Refuse(
            "planning_reservation_is_not_moved",
            "planning_reservation",
            "UPDATE",
            "A reservation is released, not moved. Book anew.",
            when=(
                "NEW.resource_id <> OLD.resource_id OR NEW.starts_at <> OLD.starts_at OR NEW.ends_at <> OLD.ends_at "
                "OR COALESCE(CAST(NEW.visit_id AS TEXT), '') <> COALESCE(CAST(OLD.visit_id AS TEXT), '') "
                "OR COALESCE(CAST(NEW.consultation_id AS TEXT), '') <> COALESCE(CAST(OLD.consultation_id AS TEXT), '') "
                "OR (NEW.is_live AND NOT OLD.is_live)"
            ),
        ),
        Refuse(
            "planning_reservation_no_delete",
            "planning_reservation",
            "DELETE",
            "A reservation is released, not removed.",
        ),
        Refuse(
            "planning_visit_is_not_moved",
            "planning_visit",
            "UPDATE",
            "A visit is cancelled and booked anew, not moved.",
            when=(
                "NEW.course_id <> OLD.course_id OR NEW.code <> OLD.code "
                "OR NEW.starts_at <> OLD.starts_at OR NEW.ends_at <> OLD.ends_at"
            ),
        ),
        Refuse(
            "planning_visit_stays_ended",
            "planning_visit",
            "UPDATE",
            "A visit that was held, missed or cancelled stays so. Book a new one.",
            when="OLD.state <> 'BOOKED' AND NEW.state <> OLD.state",
        ),
        Refuse(
            "planning_consultation_is_not_moved",
            "planning_consultation",
            "UPDATE",
            "A consultation is cancelled and booked anew, not moved.",
            when=(
                "NEW.starts_at <> OLD.starts_at OR NEW.ends_at <> OLD.ends_at "
                "OR NEW.physiatrist_id <> OLD.physiatrist_id OR NEW.room_id <> OLD.room_id "
                "OR (OLD.state <> 'BOOKED' AND NEW.state <> OLD.state)"
            ),
        ),
        Refuse(
            "planning_consultation_no_delete",
            "planning_consultation",
            "DELETE",
            "A consultation is cancelled, not removed.",
        ),
        Refuse("planning_visit_no_delete", "planning_visit", "DELETE", "A visit is cancelled, not removed."),
    ]
