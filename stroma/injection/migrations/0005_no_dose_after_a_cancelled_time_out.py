"""After a cancelled time-out no dose is given; a time-out with a dose on record is not cancelled."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed


class Migration(migrations.Migration):
    dependencies = [
        ("injection", "0004_a_time_out_is_cancelled"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        Refuse(
            "injection_dose_time_out_stands",
            "injection_dose",
            "INSERT",
            "This time-out was cancelled.",
            when="EXISTS (SELECT 1 FROM injection_timeoutcancellation c WHERE c.time_out_id = NEW.time_out_id)",
        ),
        Refuse(
            "injection_cancelled_before_its_dose",
            "injection_timeoutcancellation",
            "INSERT",
            "The dose of this time-out is on record.",
            when="EXISTS (SELECT 1 FROM injection_dose d WHERE d.time_out_id = NEW.time_out_id)",
        ),
        Refuse(
            "injection_cancelled_after_its_scan",
            "injection_timeoutcancellation",
            "INSERT",
            "A time-out is cancelled after a scan of its container that said go.",
            when=(
                "NOT EXISTS (SELECT 1 FROM custody_scan s JOIN injection_timeout t ON t.material_id = s.material_id "
                "WHERE s.id = NEW.scan_id AND t.id = NEW.time_out_id AND s.is_go AND s.purpose = 'time_out_cancelled')"
            ),
        ),
        *never_changed("injection_timeoutcancellation"),
    ]
