"""Wishes to move a visit, the waiting list with its offers, and reminders; what was answered stands."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import Refuse


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0003_signed_by_who_may'),
        ('courses', '0004_lists_by_state'),
        ('planning', '0006_calendars'),
        ('ledger', '0002_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Waiting',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('first_by', models.DateField()),
                ('weekdays', models.CharField(default='01234', max_length=7)),
                ('state', models.CharField(choices=[('WAITING', 'waits'), ('BOOKED', 'was booked'), ('LEFT', 'waits no longer')], default='WAITING', max_length=7)),
                ('ended_at', models.DateTimeField(null=True)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiting', to='courses.course')),
                ('physiatrist', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='planning.resource')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiting', to='clinic.site')),
            ],
            options={
                'ordering': ['since'],
            },
        ),
        migrations.CreateModel(
            name='SlotOffer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('plan', models.JSONField()),
                ('starts_at', models.DateTimeField()),
                ('offered_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('OPEN', 'waits for an answer'), ('ACCEPTED', 'accepted'), ('DECLINED', 'declined'), ('EXPIRED', 'nobody answered in time'), ('GONE', 'taken by another booking')], default='OPEN', max_length=8)),
                ('answered_at', models.DateTimeField(null=True)),
                ('waiting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='planning.waiting')),
            ],
            options={
                'ordering': ['offered_at'],
            },
        ),
        migrations.CreateModel(
            name='MoveWish',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('words', models.CharField(max_length=500)),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('OPEN', 'waits for an answer'), ('MOVED', 'the visit moved'), ('STAYS', 'the visit stays')], default='OPEN', max_length=5)),
                ('answer', models.CharField(blank=True, max_length=500)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('visit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='move_wishes', to='planning.visit')),
            ],
            options={
                'ordering': ['asked_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'OPEN')), fields=('visit',), name='a_visit_has_one_open_wish_to_move'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('answered_by__isnull', True), ('state', 'OPEN')), models.Q(models.Q(('state', 'OPEN'), _negated=True), ('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='a_wish_is_open_or_answered_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('days_before', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('DRAFTED', 'to be sent'), ('SENT', 'sent by e-mail'), ('TO_PHONE', 'to be phoned'), ('PHONED', 'phoned')], max_length=8)),
                ('drafted_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('visit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='planning.visit')),
            ],
            options={
                'ordering': ['drafted_at'],
                'constraints': [models.UniqueConstraint(fields=('visit', 'days_before'), name='a_patient_is_reminded_once_for_each_lead'), models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('state__in', ['DRAFTED', 'TO_PHONE'])), models.Q(('done_at__isnull', False), ('state__in', ['SENT', 'PHONED'])), _connector='OR'), name='a_reminder_is_to_do_or_done')],
            },
        ),
        migrations.AddConstraint(
            model_name='waiting',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'WAITING')), fields=('course',), name='a_course_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='waiting',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'WAITING')), models.Q(models.Q(('state', 'WAITING'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='a_course_waits_or_has_ended_waiting'),
        ),
        migrations.AddConstraint(
            model_name='slotoffer',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'OPEN')), fields=('waiting',), name='a_waiting_course_has_one_open_offer'),
        ),
        migrations.AddConstraint(
            model_name='slotoffer',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('offered_at'))), name='an_offer_expires_after_it_was_made'),
        ),
        migrations.AddConstraint(
            model_name='slotoffer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('state', 'OPEN')), models.Q(models.Q(('state', 'OPEN'), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='an_offer_is_open_or_answered'),
        ),
        Refuse(
            "planning_movewish_stays_answered",
            "planning_movewish",
            "UPDATE",
            "A wish that was answered stays answered. Ask anew.",
            when="OLD.state NOT IN ('OPEN') AND NEW.state <> OLD.state",
        ),
        Refuse(
            "planning_waiting_stays_ended",
            "planning_waiting",
            "UPDATE",
            "A course that waits no longer is put on the list anew.",
            when="OLD.state NOT IN ('WAITING') AND NEW.state <> OLD.state",
        ),
        Refuse(
            "planning_slotoffer_stays_answered",
            "planning_slotoffer",
            "UPDATE",
            "An offer that was answered or expired stays so.",
            when="OLD.state NOT IN ('OPEN') AND NEW.state <> OLD.state",
        ),
        Refuse(
            "planning_slotoffer_is_not_rewritten",
            "planning_slotoffer",
            "UPDATE",
            "What was offered stays what it was.",
            when=(
                "NEW.waiting_id <> OLD.waiting_id OR NEW.starts_at <> OLD.starts_at "
                "OR CAST(NEW.plan AS TEXT) <> CAST(OLD.plan AS TEXT) OR NEW.expires_at <> OLD.expires_at"
            ),
        ),
        Refuse(
            "planning_reminder_stays_done",
            "planning_reminder",
            "UPDATE",
            "A reminder that was given stays given.",
            when="OLD.state NOT IN ('DRAFTED', 'TO_PHONE') AND NEW.state <> OLD.state",
        ),
        Refuse("planning_movewish_no_delete", "planning_movewish", "DELETE", "A wish is never removed."),
        Refuse("planning_waiting_no_delete", "planning_waiting", "DELETE", "A place on the waiting list is never removed."),
        Refuse("planning_slotoffer_no_delete", "planning_slotoffer", "DELETE", "An offer is never removed."),
        Refuse("planning_reminder_no_delete", "planning_reminder", "DELETE", "A reminder is never removed."),
    ]
