"""Badges that people wear at a site: one of each person is live, and what was given out stands."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import Refuse, never_changed


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_append_only'),
        ('clinic', '0006_links_take_two'),
    ]

    operations = [
        migrations.CreateModel(
            name='Badge',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('code', models.CharField(max_length=20, unique=True)),
                ('issued_at', models.DateTimeField()),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='badges', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='badges', to='clinic.site')),
            ],
            options={
                'ordering': ['-number'],
                'constraints': [models.UniqueConstraint(fields=('site', 'person', 'number'), name='a_person_has_one_live_badge_at_a_site')],
            },
        ),
        migrations.CreateModel(
            name='BadgeRevocation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=300)),
                ('revoked_at', models.DateTimeField()),
                ('badge', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='revocation', to='clinic.badge')),
                ('revoked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        *never_changed("clinic_badge"),
        *never_changed("clinic_badgerevocation"),
        # With the numbers of a person's badges given once each, two at the same moment are refused as well.
        Refuse(
            "clinic_badge_one_is_live",
            "clinic_badge",
            "INSERT",
            "A person is given another badge only once the one before was revoked.",
            when=(
                "NEW.number <> 1 + (SELECT COUNT(*) FROM clinic_badgerevocation r "
                "JOIN clinic_badge b ON b.id = r.badge_id "
                "WHERE b.site_id = NEW.site_id AND b.person_id = NEW.person_id)"
            ),
        ),
    ]
