"""Calls to patients about visits that changed and whom no mail told; what was noted stays, or is taken back."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import never_changed

KEY = {"default": uuid.uuid4, "editable": False, "primary_key": True, "serialize": False}
PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0055_holds_end_early"),
        ("ledger", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangeCall",
            fields=[
                ("id", models.UUIDField(**KEY)),
                ("called_at", models.DateTimeField()),
                (
                    "called_by",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "change",
                    models.ForeignKey(on_delete=PROTECT, related_name="calls", to="planning.visitchange"),
                ),
                (
                    "told",
                    models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to="planning.visit"),
                ),
            ],
            options={"ordering": ["called_at"]},
        ),
        migrations.CreateModel(
            name="ChangeCallTakenBack",
            fields=[
                ("id", models.UUIDField(**KEY)),
                ("reason", models.CharField(max_length=200)),
                ("decided_at", models.DateTimeField()),
                (
                    "call",
                    models.OneToOneField(
                        on_delete=PROTECT, related_name="taken_back", to="planning.changecall"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={"abstract": False},
        ),
        *never_changed("planning_changecall"),
        *never_changed("planning_changecalltakenback"),
    ]
