"""Plans that were asked for because something happened, until they are taken or set aside."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0003_signed_by_who_may"),
        ("planning", "0007_wishes_waiting_and_reminders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Replan",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("asked_at", models.DateTimeField()),
                ("upset", models.JSONField()),
                ("found", models.JSONField()),
                ("taken", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[("FOUND", "found"), ("SEARCHING", "searching"), ("CLOSED", "closed")],
                        default="FOUND",
                        max_length=9,
                    ),
                ),
                ("seconds", models.FloatField(default=0)),
                ("search_for", models.FloatField(default=0)),
                ("points", models.FloatField(null=True)),
                ("bound", models.FloatField(null=True)),
                ("is_stop_asked", models.BooleanField(default=False)),
                ("beat_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replans", to="clinic.site"
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at"],
                "indexes": [models.Index(fields=["site", "-asked_at"], name="replans_of_a_site")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("seconds__gte", 0)), name="a_search_takes_time"
                    )
                ],
            },
        ),
    ]
