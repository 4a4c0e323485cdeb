"""A result says how it was measured: interval, limit of detection, instrument, times and file."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('custody', '0007_labels_are_accounted_for'),
        ('release', '0004_cytometry_readings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='assayresult',
            name='file',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='results', to='release.instrumentfile'),
        ),
        migrations.AddField(
            model_name='assayresult',
            name='finished_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='assayresult',
            name='high',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name='assayresult',
            name='instrument',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='assayresult',
            name='limit_of_detection',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name='assayresult',
            name='low',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name='assayresult',
            name='started_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name='assayresult',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('high__isnull', True), ('low__isnull', True)), models.Q(('high__gte', models.F('value')), ('high__isnull', False), ('low__isnull', False), ('low__lte', models.F('value')), ('value__isnull', False)), _connector='OR'), name='an_interval_holds_its_result'),
        ),
        migrations.AddConstraint(
            model_name='assayresult',
            constraint=models.CheckConstraint(condition=models.Q(('started_at__isnull', True), ('finished_at__isnull', True), ('started_at__lte', models.F('finished_at')), _connector='OR'), name='an_assay_ends_after_it_began'),
        ),
    ]
