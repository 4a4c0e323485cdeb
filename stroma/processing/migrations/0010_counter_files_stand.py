"""A counter's file stays as it was handed in, and a count is read from a file of its own lot."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed


class Migration(migrations.Migration):
    dependencies = [("processing", "0009_counts_of_a_counter"), ("ledger", "0002_append_only")]

    operations = [
        *never_changed("processing_counterfile"),
        Refuse(
            "processing_count_from_its_lots_file",
            "processing_cellcount",
            "INSERT",
            "A count is read from a file of its own lot.",
            when=(
                "NEW.file_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM processing_counterfile f "
                "JOIN processing_batch b ON b.lot_id = f.lot_id JOIN processing_batchstep s ON s.batch_id = b.id "
                "WHERE f.id = NEW.file_id AND s.id = NEW.step_id)"
            ),
        ),
    ]
