"""A reagent lot is released with quality's signature under what the register says of it."""

from django.db import migrations

from stroma.ledger.guards import Refuse


class Migration(migrations.Migration):
    dependencies = [
        ("processing", "0011_reagent_release_signature"),
        ("clinic", "0003_signed_by_who_may"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        Refuse(
            "processing_reagent_released_as_signed",
            "processing_reagentevent",
            "INSERT",
            "A reagent is released with the signature of quality, and nothing else of it carries one.",
            when=(
                "(NEW.kind = 'RELEASED' AND NOT EXISTS (SELECT 1 FROM clinic_signature s "
                "WHERE s.id = NEW.signature_id AND s.signer_id = NEW.done_by_id AND s.role = 'QUALITY' "
                "AND s.document_kind = 'reagent_release' AND s.document_id = NEW.reagent_id)) "
                "OR (NEW.kind <> 'RELEASED' AND NEW.signature_id IS NOT NULL)"
            ),
        ),
    ]
