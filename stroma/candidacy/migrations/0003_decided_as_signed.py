"""What was assessed stands, and a decision carries its decider's signature under exactly that assessment."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed


class Migration(migrations.Migration):
    dependencies = [
        ("candidacy", "0002_decisions_stand"),
        ("clinic", "0003_signed_by_who_may"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        *never_changed("candidacy_assessment"),
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
