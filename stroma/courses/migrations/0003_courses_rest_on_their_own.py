"""A course rests on the decision and the consent of its own patient, and stays with that patient."""

from django.db import migrations

from stroma.ledger.guards import Refuse

_OF_ANOTHER = (
    "NEW.consent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM patients_consent k WHERE k.id = NEW.consent_id "
    "AND k.patient_id = NEW.patient_id AND k.protocol_id = NEW.protocol_id)"
)
_ITS_OWN_CONSENT = "A course rests on a consent of its own patient to its own protocol."


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_course_keeps_its_version"),
        ("candidacy", "0003_decided_as_signed"),
        ("patients", "0003_records_stay_whose_they_are"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        Refuse(
            "courses_course_begins_on_a_decision",
            "courses_course",
            "INSERT",
            "A course begins on a decision that this patient is a candidate under this protocol.",
            when=(
                # A record that was merged since the assessment is looked through, however often it was merged.
                "NOT EXISTS (SELECT 1 FROM candidacy_decision d JOIN candidacy_assessment a ON a.id = d.assessment_id "
                "JOIN patients_patient p ON p.id = a.patient_id WHERE d.id = NEW.decision_id "
                "AND d.outcome = 'CANDIDATE' AND a.protocol_id = NEW.protocol_id "
                "AND (a.patient_id = NEW.patient_id OR p.merged_into_id IS NOT NULL))"
            ),
        ),
        Refuse(
            "courses_course_of_a_standing_record",
            "courses_course",
            "INSERT",
            "This record was merged into another. Open the course there.",
            when=(
                "EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = NEW.patient_id AND p.merged_into_id IS NOT NULL)"
            ),
        ),
        Refuse(
            "courses_course_keeps_its_patient",
            "courses_course",
            "UPDATE",
            "A course keeps its patient, its site and its number.",
            when=(
                "NEW.site_id <> OLD.site_id OR NEW.number <> OLD.number "
                "OR (NEW.patient_id <> OLD.patient_id AND NOT EXISTS (SELECT 1 FROM patients_patient p "
                "WHERE p.id = OLD.patient_id AND p.merged_into_id = NEW.patient_id))"
            ),
        ),
        Refuse("courses_course_begins_with_its_consent", "courses_course", "INSERT", _ITS_OWN_CONSENT, when=_OF_ANOTHER),
        Refuse("courses_course_takes_its_consent", "courses_course", "UPDATE", _ITS_OWN_CONSENT, when=_OF_ANOTHER),
        Refuse(
            "courses_consent_is_not_widened",
            "patients_consentedtarget",
            "INSERT",
            "A consent that a course rests on is not widened. Record a new one.",
            when="EXISTS (SELECT 1 FROM courses_course c WHERE c.consent_id = NEW.consent_id)",
        ),
    ]
