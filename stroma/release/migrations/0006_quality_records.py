"""Controls, investigations, exceptions and late positives as records of quality."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0003_signed_by_who_may'),
        ('courses', '0004_lists_by_state'),
        ('custody', '0007_labels_are_accounted_for'),
        ('release', '0005_assay_records'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ControlMaterial',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('lot_number', models.CharField(max_length=60)),
                ('codes', models.JSONField()),
                ('unit', models.CharField(blank=True, max_length=30)),
                ('target', models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ('sd', models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ('learn_from', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('opened_at', models.DateTimeField()),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='control_materials', to='clinic.site')),
            ],
            options={
                'ordering': ['name', 'lot_number'],
            },
        ),
        migrations.CreateModel(
            name='ControlRun',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('value', models.DecimalField(decimal_places=4, max_digits=16)),
                ('instrument', models.CharField(blank=True, max_length=120)),
                ('z', models.FloatField(null=True)),
                ('rules', models.JSONField(default=list)),
                ('verdict', models.CharField(choices=[('LEARNING', 'the target is being learned'), ('IN_CONTROL', 'in control'), ('WARNING', 'warning'), ('FAILED', 'failed')], max_length=10)),
                ('run_at', models.DateTimeField()),
                ('material', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='release.controlmaterial')),
                ('run_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['run_at'],
            },
        ),
        migrations.CreateModel(
            name='Investigation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=60)),
                ('opened_at', models.DateTimeField()),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='investigations', to='custody.lot')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('result', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='investigation', to='release.assayresult')),
            ],
            options={
                'ordering': ['opened_at'],
            },
        ),
        migrations.CreateModel(
            name='InvestigationConclusion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('LABORATORY_ERROR', 'error of the laboratory: the result is invalid'), ('CONFIRMED', 'confirmed: the product is out of specification'), ('INCONCLUSIVE', 'no cause found: the result stands')], max_length=16)),
                ('words', models.TextField(max_length=2000)),
                ('concluded_at', models.DateTimeField()),
                ('concluded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('investigation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='conclusion', to='release.investigation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='InvestigationStep',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('HYPOTHESIS', 'hypothesis'), ('RETEST_PLAN', 'plan of a retest'), ('FINDING', 'finding'), ('FULL', 'full investigation begins')], max_length=11)),
                ('words', models.TextField(max_length=2000)),
                ('written_at', models.DateTimeField()),
                ('investigation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='release.investigation')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['written_at'],
            },
        ),
        migrations.CreateModel(
            name='LatePositive',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('opened_at', models.DateTimeField()),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='late_positives', to='custody.lot')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('result', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='late_positive', to='release.assayresult')),
            ],
            options={
                'ordering': ['opened_at'],
            },
        ),
        migrations.CreateModel(
            name='LatePositiveClosure',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('words', models.TextField(max_length=2000)),
                ('closed_at', models.DateTimeField()),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='closure', to='release.latepositive')),
                ('closed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LatePositiveStep',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=30)),
                ('words', models.TextField(max_length=4000)),
                ('done_at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='release.latepositive')),
                ('course', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.course')),
                ('done_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['done_at'],
            },
        ),
        migrations.CreateModel(
            name='ReleaseException',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('codes', models.JSONField()),
                ('reason', models.TextField(max_length=1000)),
                ('informed_at', models.DateTimeField()),
                ('means', models.CharField(choices=[('IN_PERSON', 'in person'), ('PHONE', 'by phone'), ('VIDEO', 'by video')], max_length=9)),
                ('recorded_at', models.DateTimeField()),
                ('informed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exceptions', to='custody.lot')),
            ],
            options={
                'ordering': ['recorded_at'],
            },
        ),
        migrations.CreateModel(
            name='ResultHold',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('placed_at', models.DateTimeField()),
                ('result', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='release.assayresult')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='release.controlrun')),
            ],
        ),
        migrations.CreateModel(
            name='ResultHoldLift',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('lifted_at', models.DateTimeField()),
                ('hold', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='lift', to='release.resulthold')),
                ('lifted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lifts', to='release.controlrun')),
            ],
        ),
        migrations.AddConstraint(
            model_name='controlmaterial',
            constraint=models.UniqueConstraint(fields=('site', 'name', 'lot_number'), name='a_control_material_is_named_once'),
        ),
        migrations.AddConstraint(
            model_name='controlmaterial',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('learn_from__isnull', True), ('sd__gt', 0), ('sd__isnull', False), ('target__isnull', False)), models.Q(('learn_from__gte', 10), ('learn_from__isnull', False), ('sd__isnull', True), ('target__isnull', True)), _connector='OR'), name='a_control_has_a_target_or_learns_one'),
        ),
        migrations.AddConstraint(
            model_name='controlrun',
            constraint=models.UniqueConstraint(fields=('material', 'run_at'), name='a_control_is_run_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='latepositivestep',
            constraint=models.UniqueConstraint(fields=('case', 'code', 'course'), name='a_late_step_is_done_once_for_each'),
        ),
        migrations.AddConstraint(
            model_name='latepositivestep',
            constraint=models.UniqueConstraint(condition=models.Q(('course__isnull', True)), fields=('case', 'code'), name='a_late_step_of_the_lot_is_done_once'),
        ),
        migrations.AddConstraint(
            model_name='resulthold',
            constraint=models.UniqueConstraint(fields=('result', 'run'), name='a_run_holds_a_result_once'),
        ),
        migrations.AddConstraint(
            model_name='resultholdlift',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), ('run__isnull', False)), models.Q(('run__isnull', True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='a_hold_is_lifted_by_a_run_or_for_a_reason'),
        ),
    ]
