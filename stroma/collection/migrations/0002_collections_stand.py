"""What was collected stands."""

from django.db import migrations

from stroma.ledger.guards import never_changed


class Migration(migrations.Migration):
    dependencies = [("collection", "0001_initial"), ("ledger", "0002_append_only")]

    operations = [*never_changed("collection_collection")]
