"""Closes the ways round the first guards.

A client without our pragma could still replace a row of SQLite through one of its other unique keys; a sealed text could be
moved to another entry while it was erased; a chain could be begun in its middle.
"""

from django.db import migrations

from stroma.ledger.guards import Refuse, RefuseTruncate


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_checkpoints")]

    operations = [
        Refuse(
            "ledger_entry_stands_once",
            "ledger_entry",
            "INSERT",
            "That entry exists already.",
            when="EXISTS (SELECT 1 FROM ledger_entry WHERE sequence = NEW.sequence OR hash = NEW.hash)",
        ),
        Refuse(
            "ledger_link_stands_once",
            "ledger_link",
            "INSERT",
            "That place in the chain is taken.",
            # Spelled out, so that each of the three is looked up in its own unique index.
            when="EXISTS (SELECT 1 FROM ledger_link WHERE chain_id = NEW.chain_id AND position = NEW.position) "
            "OR EXISTS (SELECT 1 FROM ledger_link WHERE chain_id = NEW.chain_id AND previous = NEW.previous) "
            "OR EXISTS (SELECT 1 FROM ledger_link WHERE entry_id = NEW.entry_id AND chain_id = NEW.chain_id)",
        ),
        Refuse(
            "ledger_chain_begins_empty",
            "ledger_chain",
            "INSERT",
            "A chain begins once, and empty.",
            when="NEW.length <> 0 OR EXISTS (SELECT 1 FROM ledger_chain WHERE id = NEW.id "
            "OR (kind = NEW.kind AND subject = NEW.subject))",
        ),
        Refuse(
            "ledger_chain_keeps_its_number",
            "ledger_chain",
            "UPDATE",
            "A chain only grows, by one entry at a time.",
            when="NEW.id <> OLD.id",
        ),
        Refuse(
            "ledger_sealedtext_stands_once",
            "ledger_sealedtext",
            "INSERT",
            "That text is sealed already.",
            when="EXISTS (SELECT 1 FROM ledger_sealedtext WHERE id = NEW.id "
            "OR (entry_id = NEW.entry_id AND name = NEW.name))",
        ),
        Refuse(
            "ledger_sealedtext_stays_in_place",
            "ledger_sealedtext",
            "UPDATE",
            "A sealed text may be emptied, not moved.",
            when="NEW.id <> OLD.id OR NEW.entry_id <> OLD.entry_id OR NEW.name <> OLD.name",
        ),
        RefuseTruncate("ledger_sealedtext_no_truncate", "ledger_sealedtext", "A sealed text is emptied, not removed."),
    ]
