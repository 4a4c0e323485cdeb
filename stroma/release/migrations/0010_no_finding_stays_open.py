"""A lot is not released under a certificate whose review of the batch record has a finding that nobody accepted."""

from django.db import migrations

from stroma.ledger.guards import Refuse

# How the canonical text of a certificate says it; a quotation mark that somebody typed is escaped in it.
OPEN = '"state":"NOT_EXPLAINED"'


class Migration(migrations.Migration):
    dependencies = [("release", "0009_stain_readings_stand"), ("ledger", "0002_append_only")]

    operations = [
        Refuse(
            "release_leaves_no_finding_open",
            "release_release",
            "INSERT",
            "A finding of the batch record's review that nobody explained or accepted lets no lot go.",
            when=f"REPLACE(NEW.certificate, '{OPEN}', '') <> NEW.certificate",
        ),
    ]
