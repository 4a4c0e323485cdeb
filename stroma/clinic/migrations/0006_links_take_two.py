"""A link to choose a password takes two people, and what they did stands as it was done."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import Refuse, never_changed


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_append_only'),
        ('clinic', '0005_wrong_tries'),
    ]

    operations = [
        migrations.CreateModel(
            name='LinkRequest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='link_requests', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='link_requests', to='clinic.site')),
            ],
            options={
                'ordering': ['asked_at'],
            },
        ),
        migrations.CreateModel(
            name='LinkStep',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('CONFIRMED', 'confirmed by a second person'), ('HANDED_OVER', 'handed over')], max_length=11)),
                ('done_at', models.DateTimeField()),
                ('done_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='clinic.linkrequest')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('request', 'kind'), name='a_link_is_confirmed_and_shown_once')],
            },
        ),
        *never_changed("clinic_linkrequest"),
        *never_changed("clinic_linkstep"),
        Refuse(
            "clinic_linkstep_takes_two",
            "clinic_linkstep",
            "INSERT",
            "Who asked for a link, or is to get it, does not confirm it.",
            when=(
                "NEW.kind = 'CONFIRMED' AND EXISTS (SELECT 1 FROM clinic_linkrequest r WHERE r.id = NEW.request_id "
                "AND (r.asked_by_id = NEW.done_by_id OR r.person_id = NEW.done_by_id))"
            ),
        ),
        Refuse(
            "clinic_linkstep_confirmed_first",
            "clinic_linkstep",
            "INSERT",
            "A link is handed over only once a second person confirmed it.",
            when=(
                "NEW.kind = 'HANDED_OVER' AND NOT EXISTS (SELECT 1 FROM clinic_linkstep s "
                "WHERE s.request_id = NEW.request_id AND s.kind = 'CONFIRMED')"
            ),
        ),
    ]
