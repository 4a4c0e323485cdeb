"""A patient's account signs once a second person said that it is the patient's; what was said stands.

Who gave the accounts that there are is read from the ledger. None of them is attested yet: what they signed stays signed.
"""

import json
import uuid
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models



def read_who_gave_them(apps: Any, schema_editor: Any) -> None:
    """Write down for each account that was given before who gave it, as the ledger tells."""
    alias = schema_editor.connection.alias
    entries, users, patients, given = (
        apps.get_model(app, name).objects.using(alias)
        for app, name in (
            ("ledger", "Entry"),
            ("clinic", "User"),
            ("patients", "Patient"),
            ("patients", "AccountGiven"),
        )
    )
    for entry in entries.filter(action="patient.account_given").order_by("sequence"):
        facts = json.loads(entry.text)["facts"]
        account = users.filter(uuid=facts["person"].removeprefix("user:")).first()
        giver = users.filter(uuid=entry.actor.removeprefix("user:")).first()
        patient = patients.filter(pk=facts["patient"]).first()
        if account and giver and patient:
            given.create(
                id=uuid.uuid4(),
                site_id=patient.site_id,
                account=account,
                given_by=giver,
                given_at=entry.occurred_at,
            )


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_append_only'),
        ('clinic', '0006_links_take_two'),
        ('patients', '0003_records_stay_whose_they_are'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountGiven',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('given_at', models.DateTimeField()),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='account_given', to=settings.AUTH_USER_MODEL)),
                ('given_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.site')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AccountAttestation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('email', models.EmailField(max_length=254)),
                ('document', models.CharField(choices=[('PASSPORT', 'passport'), ('IDENTITY_CARD', 'identity card'), ('DRIVING_LICENSE', 'driving license'), ('RESIDENCE_PERMIT', 'residence permit'), ('OTHER', 'another document with a photo')], max_length=16)),
                ('is_alone', models.BooleanField(default=False)),
                ('attested_at', models.DateTimeField()),
                ('attested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('given', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attestations', to='patients.accountgiven')),
            ],
            options={
                'ordering': ['-number'],
                'constraints': [models.UniqueConstraint(fields=('given', 'number'), name='an_account_has_one_live_attestation')],
            },
        ),
        migrations.CreateModel(
            name='AttestationVoid',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('voided_at', models.DateTimeField()),
                ('attestation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='void', to='patients.accountattestation')),
                ('voided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.RunPython(read_who_gave_them, migrations.RunPython.noop),
    ]
