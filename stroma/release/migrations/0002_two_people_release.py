"""A lot is let go only by a release that two people signed, each under exactly its certificate."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed

_SIGNED = (
    "EXISTS (SELECT 1 FROM clinic_signature s WHERE s.id = NEW.{who}_signature_id AND s.signer_id = NEW.{who}_id "
    "AND s.document_id = NEW.lot_id AND s.document_digest = NEW.certificate_digest)"
)


class Migration(migrations.Migration):
    dependencies = [("release", "0001_initial"), ("custody", "0002_custody_holds"), ("ledger", "0002_append_only")]

    operations = [
        Refuse(
            "release_is_signed_by_both",
            "release_release",
            "INSERT",
            "A release carries the signatures of a physician and of quality under its own certificate.",
            when=f"NOT ({_SIGNED.format(who='physician')}) OR NOT ({_SIGNED.format(who='quality')})",
        ),
        Refuse(
            "release_comes_before_released",
            "custody_lot",
            "UPDATE",
            "A lot becomes released only by a signed release.",
            when=(
                "NEW.state = 'RELEASED' AND OLD.state <> 'RELEASED' AND NOT EXISTS "
                "(SELECT 1 FROM release_release r WHERE r.lot_id = NEW.id)"
            ),
        ),
        *never_changed("release_release"),
        *never_changed("release_rejection"),
        *never_changed("release_assayresult"),
        *never_changed("release_failurenotice"),
        *never_changed("release_failuredecision"),
    ]
