"""Visits that moved or were cancelled and whose patients are to be told; what was told stands."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from stroma.ledger.guards import Refuse


class Migration(migrations.Migration):
    dependencies = [("planning", "0051_things_are_kept_for_days"), ("ledger", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="VisitChange",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("ASKED", "You asked for another time."),
                            ("OWN", "You cancelled it."),
                            ("CLINIC", "The clinic had to change it. We are sorry for the trouble."),
                        ],
                        max_length=6,
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("TO_TELL", "to be told"),
                            ("MAILED", "told by e-mail"),
                            ("SHOWN", "no mail reached them; shown on their own page"),
                            ("UNDONE", "undone before anybody was told"),
                        ],
                        default="TO_TELL",
                        max_length=7,
                    ),
                ),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "now",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="planning.visit",
                    ),
                ),
                (
                    "was",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="change", to="planning.visit"
                    ),
                ),
            ],
            options={
                "ordering": ["changed_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("now__isnull", True), ("state", "TO_TELL")),
                            models.Q(
                                models.Q(("state", "TO_TELL"), _negated=True), ("done_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="a_change_is_to_be_told_or_done",
                    )
                ],
            },
        ),
        Refuse(
            "planning_visitchange_stays_told",
            "planning_visitchange",
            "UPDATE",
            "What a patient was told of a visit stands.",
            when=(
                "NEW.was_id <> OLD.was_id OR (OLD.state <> 'TO_TELL' AND (NEW.state <> OLD.state "
                "OR COALESCE(CAST(NEW.now_id AS TEXT), '') <> COALESCE(CAST(OLD.now_id AS TEXT), '')))"
            ),
        ),
        Refuse(
            "planning_visitchange_no_delete",
            "planning_visitchange",
            "DELETE",
            "That a patient is to be told of a change is never removed.",
        ),
    ]
