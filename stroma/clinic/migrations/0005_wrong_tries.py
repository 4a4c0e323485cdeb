"""Reports of wrong tries stand as they were made, and so does what clears one."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import never_changed


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_append_only'),
        ('clinic', '0004_training'),
    ]

    operations = [
        migrations.CreateModel(
            name='AttemptReport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('tries', models.PositiveSmallIntegerField()),
                ('reported_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempt_reports', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempt_reports', to='clinic.site')),
            ],
            options={
                'ordering': ['reported_at'],
            },
        ),
        migrations.CreateModel(
            name='AttemptClearance',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=300)),
                ('cleared_at', models.DateTimeField()),
                ('cleared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='clearance', to='clinic.attemptreport')),
            ],
            options={
                'abstract': False,
            },
        ),
        *never_changed("clinic_attemptreport"),
        *never_changed("clinic_attemptclearance"),
    ]
