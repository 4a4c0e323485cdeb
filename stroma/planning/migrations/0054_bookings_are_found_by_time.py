"""What is booked of a resource is read from indexes alone: its spans, and the bookings of a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0053_kept_things_are_found"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="reservation", name="live_reservations"),
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                condition=models.Q(("is_live", True)),
                fields=["resource", "starts_at", "ends_at"],
                name="live_reservations",
            ),
        ),
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                condition=models.Q(("hold__isnull", True), ("is_live", True)),
                fields=["resource", "starts_at", "id"],
                name="bookings_by_time",
            ),
        ),
    ]
