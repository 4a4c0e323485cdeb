"""Every action writes an entry, so that each index here is paid for with each action; those nobody asks go.

What two unique keys guarded before, a rule guards now that says more: a link names the hash of the entry before it.
Guards against INSERT OR REPLACE stay where that statement exists.
"""

import django.db.models.deletion
from django.db import migrations, models

from stroma.ledger.guards import Refuse, RefuseInstead, RefuseOnSQLite

GENESIS = "0" * 64


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_entries_by_time")]

    operations = [
        RefuseOnSQLite(
            "ledger_entry_no_replace",
            "ledger_entry",
            "INSERT",
            "That row of ledger_entry exists already.",
            when="EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id)",
            before="EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id)",
        ),
        RefuseOnSQLite(
            "ledger_entry_stands_once",
            "ledger_entry",
            "INSERT",
            "That entry exists already.",
            when="EXISTS (SELECT 1 FROM ledger_entry WHERE sequence = NEW.sequence)",
            before="EXISTS (SELECT 1 FROM ledger_entry WHERE sequence = NEW.sequence OR hash = NEW.hash)",
        ),
        RefuseOnSQLite(
            "ledger_link_no_replace",
            "ledger_link",
            "INSERT",
            "That row of ledger_link exists already.",
            when="EXISTS (SELECT 1 FROM ledger_link WHERE id = NEW.id)",
            before="EXISTS (SELECT 1 FROM ledger_link WHERE id = NEW.id)",
        ),
        RefuseOnSQLite(
            "ledger_link_stands_once",
            "ledger_link",
            "INSERT",
            "That place in the chain is taken.",
            when="EXISTS (SELECT 1 FROM ledger_link WHERE chain_id = NEW.chain_id AND position = NEW.position) "
            "OR EXISTS (SELECT 1 FROM ledger_link WHERE entry_id = NEW.entry_id AND chain_id = NEW.chain_id)",
            before="EXISTS (SELECT 1 FROM ledger_link WHERE chain_id = NEW.chain_id AND position = NEW.position) "
            "OR EXISTS (SELECT 1 FROM ledger_link WHERE chain_id = NEW.chain_id AND previous = NEW.previous) "
            "OR EXISTS (SELECT 1 FROM ledger_link WHERE entry_id = NEW.entry_id AND chain_id = NEW.chain_id)",
        ),
        Refuse(
            "ledger_link_follows",
            "ledger_link",
            "INSERT",
            "A link names the hash of the entry before it in its chain.",
            when="NEW.previous <> COALESCE((SELECT e.hash FROM ledger_link k JOIN ledger_entry e "
            "ON e.sequence = k.entry_id WHERE k.chain_id = NEW.chain_id AND k.position = NEW.position - 1), "
            f"CASE WHEN NEW.position = 0 THEN '{GENESIS}' ELSE '' END)",
        ),
        RefuseOnSQLite(
            "ledger_sealedtext_stands_once",
            "ledger_sealedtext",
            "INSERT",
            "That text is sealed already.",
            when="EXISTS (SELECT 1 FROM ledger_sealedtext WHERE id = NEW.id "
            "OR (entry_id = NEW.entry_id AND name = NEW.name))",
            before="EXISTS (SELECT 1 FROM ledger_sealedtext WHERE id = NEW.id "
            "OR (entry_id = NEW.entry_id AND name = NEW.name))",
        ),
        RefuseInstead(
            "ledger_chain_only_grows",
            "ledger_chain",
            "UPDATE",
            "A chain only grows, by one entry at a time.",
            when="NEW.length <> OLD.length + 1 OR NEW.id <> OLD.id OR NEW.kind <> OLD.kind "
            "OR NEW.subject <> OLD.subject",
            before="NEW.length <> OLD.length + 1 OR NEW.kind <> OLD.kind OR NEW.subject <> OLD.subject",
        ),
        migrations.RemoveConstraint(model_name="link", name="a_chain_never_forks"),
        migrations.AlterField(
            model_name="link",
            name="chain",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="links",
                to="ledger.chain",
            ),
        ),
        migrations.AlterField(
            model_name="link",
            name="entry",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="links",
                to="ledger.entry",
            ),
        ),
        migrations.AlterField(
            model_name="sealedtext",
            name="entry",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sealed_texts",
                to="ledger.entry",
            ),
        ),
        migrations.AlterField("entry", "action", models.CharField(max_length=60)),
        migrations.AlterField("entry", "actor", models.CharField(max_length=60)),
        migrations.AlterField("entry", "hash", models.CharField(max_length=64)),
    ]
