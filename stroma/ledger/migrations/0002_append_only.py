"""Nothing that stands in the ledger is changed or removed; a sealed text may only be emptied."""

from django.db import migrations

from stroma.ledger.guards import Refuse, RefuseTruncate, never_changed, no_replacing


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        *never_changed("ledger_installation"),
        *no_replacing("ledger_installation", "id"),
        *never_changed("ledger_entry"),
        *no_replacing("ledger_entry", "id"),
        *never_changed("ledger_link"),
        *no_replacing("ledger_link", "id"),
        Refuse("ledger_chain_no_delete", "ledger_chain", "DELETE", "A chain is never removed."),
        RefuseTruncate("ledger_chain_no_truncate", "ledger_chain", "A chain is never removed."),
        Refuse(
            "ledger_chain_only_grows",
            "ledger_chain",
            "UPDATE",
            "A chain only grows, by one entry at a time.",
            when="NEW.length <> OLD.length + 1 OR NEW.kind <> OLD.kind OR NEW.subject <> OLD.subject",
        ),
        Refuse("ledger_sealedtext_no_delete", "ledger_sealedtext", "DELETE", "A sealed text is emptied, not removed."),
        Refuse(
            "ledger_sealedtext_only_erased",
            "ledger_sealedtext",
            "UPDATE",
            "A sealed text may be emptied, not rewritten.",
            when="NEW.text <> '' OR NEW.salt <> '' OR NEW.erased_at IS NULL OR NEW.digest <> OLD.digest",
        ),
    ]
