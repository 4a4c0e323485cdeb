"""Entries are found by their chains and their sequence; nobody looks for one by its time.

Only a simulated database asked for the newest, to go on after it, and that stands in the chains of its sites
(``record.present``). Each entry of every clinic paid for it: in the order of the newest first it went before all others,
so that its page of the index was split again and again, and an action on SQLite wrote up to nine pages more.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_the_server_writes_the_record")]

    operations = [migrations.RemoveIndex(model_name="entry", name="entries_by_time")]
