"""What was asked, answered and reported stands; a correction speaks of the same questionnaire or the same course."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed


class Migration(migrations.Migration):
    dependencies = [("follow_up", "0001_initial"), ("ledger", "0002_append_only")]

    operations = [
        Refuse(
            "follow_up_correction_of_the_same",
            "follow_up_questionnaireanswer",
            "INSERT",
            "A correction answers the same questionnaire, and keeps when and how it was answered.",
            when=(
                "NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM follow_up_questionnaireanswer a "
                "WHERE a.id = NEW.corrects_id AND a.due_id = NEW.due_id AND a.answered_at = NEW.answered_at "
                "AND a.method = NEW.method)"
            ),
        ),
        Refuse(
            "follow_up_event_of_the_same",
            "follow_up_adverseevent",
            "INSERT",
            "A later report on an adverse event belongs to the same course.",
            when=(
                "NEW.follows_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM follow_up_adverseevent e "
                "WHERE e.id = NEW.follows_id AND e.course_id = NEW.course_id)"
            ),
        ),
        *never_changed("follow_up_questionnairedue"),
        *never_changed("follow_up_questionnaireanswer"),
        *never_changed("follow_up_adverseevent"),
        *never_changed("follow_up_intervention"),
        *never_changed("follow_up_anothertreatmentdecision"),
    ]
