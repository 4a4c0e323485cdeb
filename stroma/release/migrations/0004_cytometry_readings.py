"""A cytometry file is kept as it came, and each reading of it as it was read; a moved gate is a new reading."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import never_changed


class Migration(migrations.Migration):

    dependencies = [
        ('custody', '0003_cells_stay_whose_they_are'),
        ('release', '0003_one_release_lets_go_once'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CytometryReading',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('panel', models.TextField()),
                ('gate_set', models.TextField()),
                ('gate_set_digest', models.CharField(max_length=64)),
                ('populations', models.JSONField()),
                ('warnings', models.JSONField(default=list)),
                ('moved_gate', models.CharField(blank=True, max_length=120)),
                ('read_at', models.DateTimeField()),
                ('follows', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followed_by', to='release.cytometryreading')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='custody.lot')),
                ('read_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['read_at'],
            },
        ),
        migrations.AddField(
            model_name='assayresult',
            name='reading',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='results', to='release.cytometryreading'),
        ),
        migrations.CreateModel(
            name='InstrumentFile',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('content', models.BinaryField()),
                ('handed_in_at', models.DateTimeField()),
                ('handed_in_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instrument_files', to='custody.lot')),
            ],
        ),
        migrations.AddField(
            model_name='cytometryreading',
            name='control',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='release.instrumentfile'),
        ),
        migrations.AddField(
            model_name='cytometryreading',
            name='sample',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='release.instrumentfile'),
        ),
        migrations.AddConstraint(
            model_name='instrumentfile',
            constraint=models.UniqueConstraint(fields=('lot', 'sha256'), name='a_file_is_kept_once_for_its_lot'),
        ),
        migrations.AddConstraint(
            model_name='cytometryreading',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('follows__isnull', True), ('moved_gate', '')), models.Q(('follows__isnull', False), models.Q(('moved_gate', ''), _negated=True)), _connector='OR'), name='a_reading_that_follows_says_which_gate_moved'),
        ),
        migrations.AddConstraint(
            model_name='cytometryreading',
            constraint=models.CheckConstraint(condition=models.Q(('follows', models.F('id')), _negated=True), name='a_reading_follows_another'),
        ),
        *never_changed('release_instrumentfile'),
        *never_changed('release_cytometryreading'),
    ]
