import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('candidacy', '0001_initial'),
        ('clinic', '0001_initial'),
        ('patients', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Course',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=12)),
                ('state', models.CharField(choices=[('OPEN', 'open'), ('STOPPED', 'stopped'), ('COMPLETED', 'completed')], default='OPEN', max_length=9)),
                ('opened_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('authorization', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.treatmentauthorization')),
                ('consent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='courses', to='patients.consent')),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='course', to='candidacy.decision')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='courses', to='patients.patient')),
                ('protocol', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='courses', to='clinic.adoptedprotocol')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='courses', to='clinic.site')),
            ],
        ),
        migrations.CreateModel(
            name='ConsentOffer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('text_version', models.CharField(max_length=40)),
                ('places', models.JSONField()),
                ('offered_at', models.DateTimeField()),
                ('offered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consent_offers', to='courses.course')),
            ],
            options={
                'ordering': ['offered_at'],
            },
        ),
        migrations.CreateModel(
            name='CareGiven',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('visit_code', models.CharField(max_length=60)),
                ('given_at', models.DateTimeField()),
                ('given_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='care_given', to='courses.course')),
            ],
            options={
                'ordering': ['given_at'],
            },
        ),
        migrations.AddConstraint(
            model_name='course',
            constraint=models.UniqueConstraint(fields=('site', 'number'), name='a_course_number_is_unique_at_its_site'),
        ),
        migrations.AddConstraint(
            model_name='course',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'OPEN')), models.Q(models.Q(('state', 'OPEN'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='a_course_that_ended_says_when'),
        ),
    ]
