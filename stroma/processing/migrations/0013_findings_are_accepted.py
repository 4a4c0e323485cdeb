"""What quality accepted at the review of a batch record, each finding with its reason; none is changed afterwards."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import never_changed


class Migration(migrations.Migration):
    dependencies = [
        ("processing", "0012_reagents_are_released_by_signature"),
        ("ledger", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FindingAcceptance",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("step", models.CharField(max_length=60)),
                ("code", models.CharField(max_length=60)),
                ("finding", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=400)),
                ("accepted_at", models.DateTimeField()),
                (
                    "accepted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acceptances",
                        to="processing.batch",
                    ),
                ),
            ],
            options={
                "ordering": ["accepted_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "finding"), name="a_finding_is_accepted_once"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="a_finding_is_accepted_for_a_reason"
                    ),
                ],
            },
        ),
        *never_changed("processing_findingacceptance"),
    ]
