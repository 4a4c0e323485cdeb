"""What was consented, and what was withdrawn, is never rewritten."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial"), ("ledger", "0002_append_only")]

    operations = [
        Refuse(
            "patients_consent_stands",
            "patients_consent",
            "UPDATE",
            "A consent stands as it was given. Record a new one, or its withdrawal.",
            # A merge of duplicate records may move it to the surviving record; nothing else may change.
            when=(
                "NEW.text_digest <> OLD.text_digest OR NEW.given_at <> OLD.given_at "
                "OR NEW.protocol_id <> OLD.protocol_id OR NEW.text_version <> OLD.text_version"
            ),
        ),
        Refuse("patients_consent_no_delete", "patients_consent", "DELETE", "A consent is withdrawn, not removed."),
        *never_changed("patients_patientaccess"),
        *never_changed("patients_consentedtarget"),
        *never_changed("patients_consentwithdrawal"),
    ]
