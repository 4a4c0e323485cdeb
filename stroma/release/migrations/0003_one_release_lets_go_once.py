"""Signed in the two roles that release, out of quarantine, and each release lets its lot go once."""

from django.db import migrations

from stroma.ledger.guards import Refuse

_IN_ROLE = (
    "EXISTS (SELECT 1 FROM clinic_signature s WHERE s.id = NEW.{who}_signature_id AND s.role = '{role}' "
    "AND s.document_kind = 'certificate' AND s.signed_at <= NEW.released_at)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("release", "0002_two_people_release"),
        ("custody", "0003_cells_stay_whose_they_are"),
        ("clinic", "0003_signed_by_who_may"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        Refuse(
            "release_is_signed_in_both_roles",
            "release_release",
            "INSERT",
            "A certificate is signed by one person as physician and by another as quality, before the release.",
            when=(
                f"NOT ({_IN_ROLE.format(who='physician', role='PHYSIATRIST')}) "
                f"OR NOT ({_IN_ROLE.format(who='quality', role='QUALITY')})"
            ),
        ),
        Refuse(
            "release_is_out_of_quarantine",
            "release_release",
            "INSERT",
            "Only a lot in quarantine is released.",
            when="NOT EXISTS (SELECT 1 FROM custody_lot l WHERE l.id = NEW.lot_id AND l.state = 'QUARANTINE')",
        ),
        Refuse(
            "release_lets_go_once",
            "custody_lot",
            "UPDATE",
            "A lot that was called back is released anew, by signatures of its own.",
            when=(
                # The release's own entry is written after the lot has changed, so what is counted are earlier ones.
                "NEW.state = 'RELEASED' AND OLD.state <> 'RELEASED' AND "
                "(SELECT COUNT(*) FROM release_release r WHERE r.lot_id = NEW.id) <= "
                "(SELECT COUNT(*) FROM ledger_chain c JOIN ledger_link k ON k.chain_id = c.id "
                "JOIN ledger_entry e ON e.sequence = k.entry_id "
                "WHERE c.kind = 'lot' AND c.subject = NEW.id AND e.action = 'lot.released')"
            ),
        ),
    ]
