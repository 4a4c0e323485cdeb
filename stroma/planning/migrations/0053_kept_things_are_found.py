"""What is kept for days is looked for along an index of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0052_changes_are_told"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                condition=models.Q(("hold__isnull", False), ("is_live", True)),
                fields=["resource", "ends_at"],
                name="things_kept_for_days",
            ),
        ),
    ]
