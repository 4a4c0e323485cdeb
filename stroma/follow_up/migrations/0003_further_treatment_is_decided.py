"""A further treatment is given only after somebody decided on it."""

from django.db import migrations

from stroma.ledger.guards import Refuse


class Migration(migrations.Migration):
    dependencies = [
        ("follow_up", "0002_recovery_stands"),
        ("injection", "0003_only_what_was_released_is_given"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        Refuse(
            "follow_up_further_dose_was_decided",
            "injection_dose",
            "INSERT",
            "A further treatment is given only after it was decided on.",
            when=(
                "NEW.treatment_number <> 1 AND NOT EXISTS (SELECT 1 FROM follow_up_anothertreatmentdecision a "
                "WHERE a.course_id = NEW.course_id AND a.treatment_number = NEW.treatment_number "
                "AND a.outcome = 'MAY_BE_GIVEN')"
            ),
        ),
    ]
