import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('custody', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('lot', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='batch', to='custody.lot')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BatchStep',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('code', models.CharField(max_length=60)),
                ('kind', models.CharField(max_length=12)),
                ('done_at', models.DateTimeField()),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='processing.batch')),
                ('done_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('material', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='custody.material')),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='CellCount',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('live_cells', models.PositiveIntegerField()),
                ('dead_cells', models.PositiveIntegerField()),
                ('squares', models.PositiveSmallIntegerField()),
                ('dilution_factor', models.DecimalField(decimal_places=2, max_digits=8)),
                ('volume_ml', models.DecimalField(decimal_places=3, max_digits=10)),
                ('viability', models.DecimalField(decimal_places=4, max_digits=5)),
                ('viable_cells', models.DecimalField(decimal_places=0, max_digits=14)),
                ('population_doublings', models.DecimalField(decimal_places=3, max_digits=6, null=True)),
                ('cumulative_population_doublings', models.DecimalField(decimal_places=3, max_digits=6, null=True)),
                ('step', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='count', to='processing.batchstep')),
            ],
        ),
        migrations.AddConstraint(
            model_name='batchstep',
            constraint=models.UniqueConstraint(fields=('batch', 'position'), name='one_step_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='cellcount',
            constraint=models.CheckConstraint(condition=models.Q(('viability__gte', 0), ('viability__lte', 1)), name='a_counted_viability_is_a_fraction'),
        ),
    ]
