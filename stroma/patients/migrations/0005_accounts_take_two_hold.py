"""What the database keeps of the two people that a patient's account takes, and of the address they spoke of."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed

ATTESTERS = "('COORDINATOR', 'NURSE', 'PHYSIATRIST', 'SURGEON')"


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_accounts_take_two")]

    operations = [
        *never_changed("patients_accountgiven"),
        *never_changed("patients_accountattestation"),
        *never_changed("patients_attestationvoid"),
        Refuse(
            "patients_attestation_takes_two",
            "patients_accountattestation",
            "INSERT",
            "Who gave a patient an account, or owns it, does not say that it is the patient's.",
            when=(
                "EXISTS (SELECT 1 FROM patients_accountgiven g WHERE g.id = NEW.given_id AND "
                "(g.account_id = NEW.attested_by_id OR (g.given_by_id = NEW.attested_by_id AND NOT NEW.is_alone)))"
            ),
        ),
        Refuse(
            "patients_attestation_alone_where_nobody_else",
            "patients_accountattestation",
            "INSERT",
            "One person gives an account and says that it is the patient's only where nobody else could.",
            when=(
                "NEW.is_alone AND EXISTS (SELECT 1 FROM patients_accountgiven g "
                "JOIN clinic_roleassignment r ON r.site_id = g.site_id JOIN clinic_user u ON u.id = r.user_id "
                "WHERE g.id = NEW.given_id AND u.is_active AND r.user_id <> g.given_by_id "
                f"AND r.user_id <> g.account_id AND r.role IN {ATTESTERS} AND r.active_from <= NEW.attested_at "
                "AND (r.active_to IS NULL OR r.active_to > NEW.attested_at))"
            ),
        ),
        # With the numbers of an account's attestations given once each, two at the same moment are refused as well.
        Refuse(
            "patients_attestation_one_is_live",
            "patients_accountattestation",
            "INSERT",
            "An account is attested anew only once the attestation before is void.",
            when=(
                "NEW.number <> 1 + (SELECT COUNT(*) FROM patients_attestationvoid v "
                "JOIN patients_accountattestation a ON a.id = v.attestation_id WHERE a.given_id = NEW.given_id)"
            ),
        ),
        Refuse(
            "patients_attestation_of_its_address",
            "patients_accountattestation",
            "INSERT",
            "An attestation names the mail address that the account has.",
            when=(
                "NOT EXISTS (SELECT 1 FROM patients_accountgiven g JOIN clinic_user u ON u.id = g.account_id "
                "WHERE g.id = NEW.given_id AND u.email = NEW.email AND u.email <> '')"
            ),
        ),
        Refuse(
            "patients_attested_address_stands",
            "clinic_user",
            "UPDATE",
            "The mail address of an account changes only once its attestation is void.",
            when=(
                "NEW.email <> OLD.email AND EXISTS (SELECT 1 FROM patients_accountattestation a "
                "JOIN patients_accountgiven g ON g.id = a.given_id WHERE g.account_id = OLD.id AND NOT EXISTS "
                "(SELECT 1 FROM patients_attestationvoid v WHERE v.attestation_id = a.id))"
            ),
        ),
        Refuse(
            "patients_consent_by_an_attested_account",
            "patients_consent",
            "INSERT",
            "A patient signs with an account of which a second person said that it is theirs.",
            when=(
                "NEW.signature_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM clinic_signature s "
                "JOIN patients_accountgiven g ON g.account_id = s.signer_id "
                "JOIN patients_accountattestation a ON a.given_id = g.id WHERE s.id = NEW.signature_id "
                "AND NOT EXISTS (SELECT 1 FROM patients_attestationvoid v WHERE v.attestation_id = a.id))"
            ),
        ),
    ]
