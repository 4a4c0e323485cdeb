import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('courses', '0001_initial'),
        ('custody', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TimeOut',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('target', models.CharField(choices=[('disc_nucleus', 'disc_nucleus'), ('facet_joint', 'facet_joint'), ('epidural_transforaminal', 'epidural_transforaminal'), ('epidural_interlaminar', 'epidural_interlaminar'), ('perineural', 'perineural')], max_length=24)),
                ('level', models.CharField(choices=[('C1-C2', 'C1-C2'), ('C2-C3', 'C2-C3'), ('C3-C4', 'C3-C4'), ('C4-C5', 'C4-C5'), ('C5-C6', 'C5-C6'), ('C6-C7', 'C6-C7'), ('C7-T1', 'C7-T1'), ('T1-T2', 'T1-T2'), ('T2-T3', 'T2-T3'), ('T3-T4', 'T3-T4'), ('T4-T5', 'T4-T5'), ('T5-T6', 'T5-T6'), ('T6-T7', 'T6-T7'), ('T7-T8', 'T7-T8'), ('T8-T9', 'T8-T9'), ('T9-T10', 'T9-T10'), ('T10-T11', 'T10-T11'), ('T11-T12', 'T11-T12'), ('T12-L1', 'T12-L1'), ('L1-L2', 'L1-L2'), ('L2-L3', 'L2-L3'), ('L3-L4', 'L3-L4'), ('L4-L5', 'L4-L5'), ('L5-S1', 'L5-S1')], max_length=7)),
                ('side', models.CharField(choices=[('MIDLINE', 'midline'), ('LEFT', 'left'), ('RIGHT', 'right'), ('BOTH', 'both')], max_length=7)),
                ('completed_at', models.DateTimeField()),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='time_outs', to='courses.course')),
                ('led_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('material', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='time_outs', to='custody.material')),
                ('scan', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='custody.scan')),
                ('second_person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Dose',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('treatment_number', models.PositiveSmallIntegerField(default=1)),
                ('target', models.CharField(choices=[('disc_nucleus', 'disc_nucleus'), ('facet_joint', 'facet_joint'), ('epidural_transforaminal', 'epidural_transforaminal'), ('epidural_interlaminar', 'epidural_interlaminar'), ('perineural', 'perineural')], max_length=24)),
                ('level', models.CharField(choices=[('C1-C2', 'C1-C2'), ('C2-C3', 'C2-C3'), ('C3-C4', 'C3-C4'), ('C4-C5', 'C4-C5'), ('C5-C6', 'C5-C6'), ('C6-C7', 'C6-C7'), ('C7-T1', 'C7-T1'), ('T1-T2', 'T1-T2'), ('T2-T3', 'T2-T3'), ('T3-T4', 'T3-T4'), ('T4-T5', 'T4-T5'), ('T5-T6', 'T5-T6'), ('T6-T7', 'T6-T7'), ('T7-T8', 'T7-T8'), ('T8-T9', 'T8-T9'), ('T9-T10', 'T9-T10'), ('T10-T11', 'T10-T11'), ('T11-T12', 'T11-T12'), ('T12-L1', 'T12-L1'), ('L1-L2', 'L1-L2'), ('L2-L3', 'L2-L3'), ('L3-L4', 'L3-L4'), ('L4-L5', 'L4-L5'), ('L5-S1', 'L5-S1')], max_length=7)),
                ('side', models.CharField(choices=[('MIDLINE', 'midline'), ('LEFT', 'left'), ('RIGHT', 'right'), ('BOTH', 'both')], max_length=7)),
                ('volume_ml', models.DecimalField(decimal_places=3, max_digits=6)),
                ('viable_cells', models.DecimalField(decimal_places=0, max_digits=14, null=True)),
                ('guidance', models.CharField(max_length=12)),
                ('given_at', models.DateTimeField()),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='doses', to='courses.course')),
                ('given_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('material', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='dose', to='custody.material')),
                ('time_out', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='dose', to='injection.timeout')),
            ],
            options={
                'ordering': ['given_at'],
            },
        ),
        migrations.AddConstraint(
            model_name='timeout',
            constraint=models.CheckConstraint(condition=models.Q(('led_by', models.F('second_person')), _negated=True), name='a_time_out_takes_two_people'),
        ),
        migrations.AddConstraint(
            model_name='dose',
            constraint=models.UniqueConstraint(fields=('course', 'treatment_number', 'level', 'side'), name='a_place_is_injected_once_in_a_treatment'),
        ),
        migrations.AddConstraint(
            model_name='dose',
            constraint=models.CheckConstraint(condition=models.Q(('volume_ml__gt', 0)), name='a_dose_has_a_volume'),
        ),
    ]
