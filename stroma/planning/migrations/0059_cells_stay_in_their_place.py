"""What stayed kept for cells that were not harvested when booked may end for other reasons."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("planning", "0058_visits_of_a_course")]

    operations = [
        migrations.AlterField(
            model_name="holdend",
            name="why",
            field=models.CharField(
                choices=[
                    ("LOT_FAILED", "the lot failed"),
                    ("COURSE_ENDED", "the course ended"),
                    ("CANCELLED", "the visit was cancelled"),
                    ("MISSED", "the visit did not take place"),
                    ("HARVESTED", "the cells were harvested"),
                    ("MOVED", "the cells were moved"),
                    ("EMPTY", "there are no cells in it any more"),
                ],
                max_length=12,
            ),
        )
    ]
