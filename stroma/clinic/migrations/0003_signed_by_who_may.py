"""A signature is made in a role that its signer holds; a simulated one only in a simulated database."""

from django.db import migrations

from stroma.ledger.guards import Refuse


class Migration(migrations.Migration):
    dependencies = [("clinic", "0002_signatures_stand"), ("ledger", "0002_append_only")]

    operations = [
        Refuse(
            "clinic_signature_in_a_held_role",
            "clinic_signature",
            "INSERT",
            "A person signs only in a role that they hold at that site.",
            when=(
                "NOT EXISTS (SELECT 1 FROM clinic_roleassignment a WHERE a.user_id = NEW.signer_id "
                "AND a.site_id = NEW.site_id AND a.role = NEW.role AND a.active_from <= NEW.signed_at "
                "AND (a.active_to IS NULL OR a.active_to > NEW.signed_at))"
            ),
        ),
        Refuse(
            "clinic_signature_simulated_where_all_is",
            "clinic_signature",
            "INSERT",
            "A simulated signature counts in a simulated database only.",
            when=(
                "NEW.method = 'SIMULATED' AND NOT EXISTS "
                "(SELECT 1 FROM ledger_installation i WHERE i.nature = 'SIMULATED')"
            ),
        ),
    ]
