import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('clinic', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('text_version', models.CharField(max_length=40)),
                ('text_digest', models.CharField(max_length=64)),
                ('language', models.CharField(max_length=12)),
                ('method', models.CharField(choices=[('PAPER', 'signed on paper before a witness'), ('ELECTRONIC', 'signed electronically'), ('SIMULATED', 'simulated')], max_length=10)),
                ('given_at', models.DateTimeField()),
                ('protocol', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.adoptedprotocol')),
                ('signature', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.signature')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.site')),
                ('witnessed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ConsentWithdrawal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('withdrawn_at', models.DateTimeField()),
                ('consent', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawal', to='patients.consent')),
                ('received_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Patient',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('record_number', models.CharField(max_length=12)),
                ('family_name', models.CharField(max_length=120)),
                ('given_names', models.CharField(max_length=200)),
                ('birth_date', models.DateField()),
                ('birth_date_is_partial', models.BooleanField(default=False)),
                ('sex', models.CharField(choices=[('female', 'female'), ('male', 'male'), ('other', 'other'), ('unknown', 'unknown')], max_length=7)),
                ('is_deceased', models.BooleanField(default=False)),
                ('deceased_at', models.DateTimeField(null=True)),
                ('language', models.CharField(default='en', max_length=12)),
                ('registered_at', models.DateTimeField()),
                ('merged_into', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_from', to='patients.patient')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='patients', to='clinic.site')),
                ('user', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='patient', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Medication',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('system', models.CharField(max_length=200)),
                ('code', models.CharField(max_length=40)),
                ('display', models.CharField(max_length=300)),
                ('started', models.DateField(null=True)),
                ('is_active', models.BooleanField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='medications', to='patients.patient')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Measurement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('system', models.CharField(max_length=200)),
                ('code', models.CharField(max_length=40)),
                ('display', models.CharField(max_length=300)),
                ('value', models.CharField(max_length=120)),
                ('value_is_number', models.BooleanField(default=True)),
                ('value_code', models.CharField(blank=True, max_length=40)),
                ('unit', models.CharField(blank=True, max_length=40)),
                ('measured_at', models.DateTimeField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='measurements', to='patients.patient')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Identifier',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('system', models.CharField(max_length=200)),
                ('value', models.CharField(max_length=120)),
                ('type_code', models.CharField(blank=True, max_length=20)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.site')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identifiers', to='patients.patient')),
            ],
        ),
        migrations.CreateModel(
            name='EarlierTreatment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('system', models.CharField(max_length=200)),
                ('code', models.CharField(max_length=40)),
                ('display', models.CharField(max_length=300)),
                ('performed', models.DateField(null=True)),
                ('end', models.DateField(null=True)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='earlier_treatments', to='patients.patient')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=10)),
                ('value', models.CharField(max_length=300)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='patients.patient')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='consent',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='patients.patient'),
        ),
        migrations.CreateModel(
            name='Condition',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('system', models.CharField(max_length=200)),
                ('code', models.CharField(max_length=40)),
                ('display', models.CharField(max_length=300)),
                ('onset', models.DateField(null=True)),
                ('abated', models.DateField(null=True)),
                ('is_active', models.BooleanField()),
                ('is_confirmed', models.BooleanField(default=True)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conditions', to='patients.patient')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Allergy',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('system', models.CharField(max_length=200)),
                ('code', models.CharField(max_length=40)),
                ('display', models.CharField(max_length=300)),
                ('recorded', models.DateField(null=True)),
                ('is_active', models.BooleanField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allergies', to='patients.patient')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PatientAccess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.CharField(max_length=80)),
                ('seen_at', models.DateTimeField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accesses', to='patients.patient')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-seen_at'],
            },
        ),
        migrations.CreateModel(
            name='ConsentedTarget',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('target', models.CharField(choices=[('disc_nucleus', 'disc_nucleus'), ('facet_joint', 'facet_joint'), ('epidural_transforaminal', 'epidural_transforaminal'), ('epidural_interlaminar', 'epidural_interlaminar'), ('perineural', 'perineural')], max_length=24)),
                ('level', models.CharField(choices=[('C1-C2', 'C1-C2'), ('C2-C3', 'C2-C3'), ('C3-C4', 'C3-C4'), ('C4-C5', 'C4-C5'), ('C5-C6', 'C5-C6'), ('C6-C7', 'C6-C7'), ('C7-T1', 'C7-T1'), ('T1-T2', 'T1-T2'), ('T2-T3', 'T2-T3'), ('T3-T4', 'T3-T4'), ('T4-T5', 'T4-T5'), ('T5-T6', 'T5-T6'), ('T6-T7', 'T6-T7'), ('T7-T8', 'T7-T8'), ('T8-T9', 'T8-T9'), ('T9-T10', 'T9-T10'), ('T10-T11', 'T10-T11'), ('T11-T12', 'T11-T12'), ('T12-L1', 'T12-L1'), ('L1-L2', 'L1-L2'), ('L2-L3', 'L2-L3'), ('L3-L4', 'L3-L4'), ('L4-L5', 'L4-L5'), ('L5-S1', 'L5-S1')], max_length=7)),
                ('side', models.CharField(choices=[('MIDLINE', 'midline'), ('LEFT', 'left'), ('RIGHT', 'right'), ('BOTH', 'both')], max_length=7)),
                ('consent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='patients.consent')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('consent', 'target', 'level', 'side'), name='a_target_is_consented_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='patient',
            constraint=models.UniqueConstraint(fields=('site', 'record_number'), name='a_record_number_is_unique_at_its_site'),
        ),
        migrations.AddConstraint(
            model_name='patient',
            constraint=models.CheckConstraint(condition=models.Q(('deceased_at__isnull', True), ('is_deceased', True), _connector='OR'), name='a_time_of_death_means_deceased'),
        ),
        migrations.AddConstraint(
            model_name='patient',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(('merged_into', models.F('id')), _negated=True), _connector='OR'), name='a_patient_is_not_merged_into_itself'),
        ),
        migrations.AddConstraint(
            model_name='identifier',
            constraint=models.UniqueConstraint(fields=('site', 'system', 'value'), name='an_identifier_names_one_patient_of_a_site'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signature__isnull', True), ('witnessed_by__isnull', False)), models.Q(('signature__isnull', False), ('witnessed_by__isnull', True)), _connector='OR'), name='a_consent_is_witnessed_or_signed'),
        ),
        migrations.AddIndex(
            model_name='patientaccess',
            index=models.Index(fields=['patient', '-seen_at'], name='accesses_of_a_patient'),
        ),
    ]
