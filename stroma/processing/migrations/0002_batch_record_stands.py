"""A step done and a count made stand."""

from django.db import migrations

from stroma.ledger.guards import never_changed


class Migration(migrations.Migration):
    dependencies = [("processing", "0001_initial"), ("ledger", "0002_append_only")]

    operations = [*never_changed("processing_batchstep"), *never_changed("processing_cellcount")]
