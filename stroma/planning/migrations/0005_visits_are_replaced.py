"""A visit that moves is a new row that says which one it replaces, and says so for ever."""

import django.db.models.deletion
from django.db import migrations, models

from stroma.ledger.guards import Refuse


class Migration(migrations.Migration):
    dependencies = [("planning", "0004_lists_by_state"), ("ledger", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="visit",
            name="replaces",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="planning.visit",
            ),
        ),
        Refuse(
            "planning_visit_replaces_one_that_ended",
            "planning_visit",
            "INSERT",
            "A visit replaces one of the same course and code that was cancelled.",
            when=(
                "NEW.replaces_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM planning_visit was "
                "WHERE was.id = NEW.replaces_id AND was.course_id = NEW.course_id AND was.code = NEW.code "
                "AND was.state = 'CANCELLED')"
            ),
        ),
        Refuse(
            "planning_visit_keeps_what_it_replaces",
            "planning_visit",
            "UPDATE",
            "Which visit another one replaces is said once.",
            when="COALESCE(NEW.replaces_id, NEW.id) <> COALESCE(OLD.replaces_id, OLD.id)",
        ),
    ]
