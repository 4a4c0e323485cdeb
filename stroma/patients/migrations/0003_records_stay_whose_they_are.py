"""A record keeps its number; a consent follows its patient into a merged record, and goes nowhere else."""

from django.db import migrations

from stroma.ledger.guards import Refuse


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_consents_stand"), ("ledger", "0002_append_only")]

    operations = [
        Refuse(
            "patients_patient_keeps_its_number",
            "patients_patient",
            "UPDATE",
            "A patient's record keeps its number and its site.",
            when="NEW.record_number <> OLD.record_number OR NEW.site_id <> OLD.site_id",
        ),
        Refuse(
            "patients_patient_stays_merged",
            "patients_patient",
            "UPDATE",
            "A record that was merged stays merged.",
            when="OLD.merged_into_id IS NOT NULL AND COALESCE(NEW.merged_into_id, NEW.id) <> OLD.merged_into_id",
        ),
        Refuse("patients_patient_no_delete", "patients_patient", "DELETE", "A patient's record is never removed."),
        Refuse(
            "patients_consent_stays_with_its_patient",
            "patients_consent",
            "UPDATE",
            "A consent stays with its patient, as it was given.",
            when=(
                "NEW.site_id <> OLD.site_id OR NEW.language <> OLD.language OR NEW.method <> OLD.method "
                "OR NEW.witnessed_by_id <> OLD.witnessed_by_id "
                "OR (NEW.patient_id <> OLD.patient_id AND NOT EXISTS (SELECT 1 FROM patients_patient p "
                "WHERE p.id = OLD.patient_id AND p.merged_into_id = NEW.patient_id))"
            ),
        ),
    ]
