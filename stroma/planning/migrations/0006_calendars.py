"""Calendars: hours, shifts, closures and absences, set-up and cleaning; every row stays as it was written."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import never_changed


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0003_signed_by_who_may'),
        ('planning', '0005_visits_are_replaced'),
        ('ledger', '0002_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('HOLIDAY', 'holiday'), ('CLOSURE', 'closed'), ('AWAY', 'away'), ('DOWN', 'out of order'), ('NOT_COMPETENT', 'not to act as')], max_length=13)),
                ('as_kind', models.CharField(blank=True, max_length=24)),
                ('is_for_laboratory', models.BooleanField(default=False)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=200)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resource', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='absences', to='planning.resource')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to='clinic.site')),
            ],
            options={
                'ordering': ['starts_at'],
            },
        ),
        migrations.CreateModel(
            name='AbsenceTakenBack',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=200)),
                ('decided_at', models.DateTimeField()),
                ('absence', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='taken_back', to='planning.absence')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='TurnTime',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=24)),
                ('before_minutes', models.PositiveSmallIntegerField()),
                ('after_minutes', models.PositiveSmallIntegerField()),
                ('valid_from', models.DateField()),
                ('reason', models.CharField(max_length=200)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='turn_times', to='clinic.site')),
            ],
            options={
                'ordering': ['valid_from', 'decided_at'],
            },
        ),
        migrations.CreateModel(
            name='WeekPlan',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('area', models.CharField(blank=True, choices=[('PATIENTS', 'patients are seen'), ('LABORATORY', 'cells are tended')], max_length=10)),
                ('valid_from', models.DateField()),
                ('reason', models.CharField(max_length=200)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resource', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='week_plans', to='planning.resource')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='week_plans', to='clinic.site')),
            ],
            options={
                'ordering': ['valid_from', 'decided_at'],
            },
        ),
        migrations.CreateModel(
            name='WeekHours',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('weekday', models.PositiveSmallIntegerField()),
                ('opens', models.TimeField()),
                ('closes', models.TimeField()),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hours', to='planning.weekplan')),
            ],
            options={
                'ordering': ['weekday', 'opens'],
            },
        ),
        migrations.AddIndex(
            model_name='absence',
            index=models.Index(fields=['site', 'ends_at'], name='absences_of_a_site_by_end'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='an_absence_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('as_kind', ''), ('kind__in', ['HOLIDAY', 'CLOSURE']), ('resource__isnull', True)), models.Q(('as_kind', ''), ('is_for_laboratory', False), ('kind__in', ['AWAY', 'DOWN']), ('resource__isnull', False)), models.Q(('is_for_laboratory', False), ('kind', 'NOT_COMPETENT'), ('resource__isnull', False), models.Q(('as_kind', ''), _negated=True)), _connector='OR'), name='a_site_closes_and_a_resource_is_away'),
        ),
        migrations.AddConstraint(
            model_name='turntime',
            constraint=models.CheckConstraint(condition=models.Q(('after_minutes__lte', 240), ('before_minutes__lte', 240)), name='a_turn_takes_at_most_4_hours'),
        ),
        migrations.AddConstraint(
            model_name='weekplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resource__isnull', True), models.Q(('area', ''), _negated=True)), models.Q(('area', ''), ('resource__isnull', False)), _connector='OR'), name='a_week_is_a_sites_for_an_area_or_a_persons'),
        ),
        migrations.AddConstraint(
            model_name='weekhours',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='a_weekday_is_monday_to_sunday'),
        ),
        *never_changed("planning_weekplan"),
        *never_changed("planning_weekhours"),
        *never_changed("planning_absence"),
        *never_changed("planning_absencetakenback"),
        *never_changed("planning_turntime"),
    ]
