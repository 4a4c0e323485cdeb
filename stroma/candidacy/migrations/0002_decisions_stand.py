"""A decision stands; a change of mind is a new assessment."""

from django.db import migrations

from stroma.ledger.guards import never_changed


class Migration(migrations.Migration):
    dependencies = [("candidacy", "0001_initial"), ("ledger", "0002_append_only")]

    operations = [*never_changed("candidacy_decision")]
