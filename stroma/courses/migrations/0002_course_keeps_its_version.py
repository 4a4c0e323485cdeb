"""A course stays bound to the protocol version and the decision it began under; what ended stays ended."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial"), ("ledger", "0002_append_only")]

    operations = [
        Refuse(
            "courses_course_keeps_its_version",
            "courses_course",
            "UPDATE",
            "A course keeps the protocol version and the decision it began under.",
            when="NEW.protocol_id <> OLD.protocol_id OR NEW.decision_id <> OLD.decision_id",
        ),
        Refuse(
            "courses_course_stays_ended",
            "courses_course",
            "UPDATE",
            "A course that ended stays ended. Open a new one.",
            when="OLD.state <> 'OPEN' AND NEW.state <> OLD.state",
        ),
        Refuse("courses_course_no_delete", "courses_course", "DELETE", "A course is stopped, not removed."),
        *never_changed("courses_caregiven"),
        *never_changed("courses_consentoffer"),
    ]
