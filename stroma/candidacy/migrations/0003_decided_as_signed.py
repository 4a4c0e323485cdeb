"""What was assessed stands, and a decision carries its decider's signature under exactly that assessment."""

from django.db import migrations

from stroma.ledger.guards import Refuse, RefuseTruncate


class Migration(migrations.Migration):
    dependencies = [
        ("candidacy", "0002_decisions_stand"),
        ("clinic", "0003_signed_by_who_may"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        # A merge of patient records may move an assessment to the surviving record; nothing else may change.
        Refuse(
            "candidacy_assessment_no_update",
            "candidacy_assessment",
            "UPDATE",
            "Rows of candidacy_assessment are never changed or removed. Write a new row that corrects the old one.",
            when=(
                "NEW.salt <> OLD.salt OR NEW.answers <> OLD.answers OR NEW.red_flags <> OLD.red_flags "
                "OR NEW.blockers <> OLD.blockers OR NEW.site_id <> OLD.site_id OR NEW.protocol_id <> OLD.protocol_id "
                "OR NEW.assessed_by_id <> OLD.assessed_by_id OR NEW.assessed_at <> OLD.assessed_at "
                "OR (NEW.patient_id <> OLD.patient_id AND NOT EXISTS (SELECT 1 FROM patients_patient p "
                "WHERE p.id = OLD.patient_id AND p.merged_into_id = NEW.patient_id))"
            ),
        ),
        Refuse(
            "candidacy_assessment_no_delete",
            "candidacy_assessment",
            "DELETE",
            "Rows of candidacy_assessment are never changed or removed. Write a new row that corrects the old one.",
        ),
        RefuseTruncate(
            "candidacy_assessment_no_truncate",
            "candidacy_assessment",
            "Rows of candidacy_assessment are never changed or removed. Write a new row that corrects the old one.",
        ),
        Refuse(
            "candidacy_decision_is_signed",
            "candidacy_decision",
            "INSERT",
            "A decision carries the signature of the person who decided, under its assessment.",
            when=(
                "NOT EXISTS (SELECT 1 FROM clinic_signature s WHERE s.id = NEW.signature_id "
                "AND s.signer_id = NEW.decided_by_id AND s.document_kind = 'assessment' "
                "AND s.document_id = NEW.assessment_id)"
            ),
        ),
    ]
