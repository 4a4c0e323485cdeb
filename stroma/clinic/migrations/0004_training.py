"""Records of training stand as they were made; a record is taken back by another row."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import never_changed


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0003_signed_by_who_may'),
        ('ledger', '0002_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='Competence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('skill', models.CharField(choices=[('BATCH_STEP', 'performing the steps of a batch'), ('TIME_OUT', 'the time-out before a dose'), ('RELEASE', 'signing for a release'), ('PROCEDURE', 'another procedure')], max_length=10)),
                ('procedure', models.CharField(max_length=200)),
                ('trained_by', models.CharField(max_length=150)),
                ('trained_at', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('recorded_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='competences', to=settings.AUTH_USER_MODEL)),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='competences', to='clinic.site')),
            ],
            options={
                'ordering': ['trained_at'],
            },
        ),
        migrations.CreateModel(
            name='CompetenceRule',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('skill', models.CharField(choices=[('BATCH_STEP', 'performing the steps of a batch'), ('TIME_OUT', 'the time-out before a dose'), ('RELEASE', 'signing for a release'), ('PROCEDURE', 'another procedure')], max_length=10)),
                ('is_needed', models.BooleanField()),
                ('reason', models.CharField(max_length=300)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='competence_rules', to='clinic.site')),
            ],
            options={
                'ordering': ['decided_at'],
            },
        ),
        migrations.CreateModel(
            name='CompetenceWithdrawal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=300)),
                ('withdrawn_at', models.DateTimeField()),
                ('competence', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawal', to='clinic.competence')),
                ('withdrawn_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='competence',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('trained_at')), _connector='OR'), name='a_competence_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='competence',
            constraint=models.CheckConstraint(condition=models.Q(('person', models.F('recorded_by')), _negated=True), name='nobody_vouches_for_themselves'),
        ),
        *never_changed("clinic_competence"),
        *never_changed("clinic_competencewithdrawal"),
        *never_changed("clinic_competencerule"),
    ]
