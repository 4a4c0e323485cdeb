"""A signature and an adopted document stand as they were made."""

from django.db import migrations

from stroma.ledger.guards import never_changed


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial"), ("ledger", "0002_append_only")]

    operations = [*never_changed("clinic_signature"), *never_changed("clinic_adoptedprotocol")]
