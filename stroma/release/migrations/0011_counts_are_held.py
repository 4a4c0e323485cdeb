"""A failed control holds a count of the batch record as it holds a result."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("processing", "0013_findings_are_accepted"),
        ("release", "0010_no_finding_stays_open"),
    ]

    operations = [
        migrations.AlterField(
            model_name="resulthold",
            name="result",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holds",
                to="release.assayresult",
            ),
        ),
        migrations.AddField(
            model_name="resulthold",
            name="step",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holds",
                to="processing.batchstep",
            ),
        ),
        migrations.AddConstraint(
            model_name="resulthold",
            constraint=models.UniqueConstraint(fields=("step", "run"), name="a_run_holds_a_count_once"),
        ),
        migrations.AddConstraint(
            model_name="resulthold",
            constraint=models.CheckConstraint(
                condition=Q(result__isnull=False, step__isnull=True) | Q(result__isnull=True, step__isnull=False),
                name="a_hold_is_on_a_result_or_on_a_count",
            ),
        ),
    ]
