"""A batch record that was closed stays closed, and no step is written into it."""

from django.db import migrations

from stroma.ledger.guards import Refuse


class Migration(migrations.Migration):
    dependencies = [("processing", "0002_batch_record_stands"), ("ledger", "0002_append_only")]

    operations = [
        Refuse(
            "processing_batch_stays_closed",
            "processing_batch",
            "UPDATE",
            "A batch record keeps its lot and its beginning, and once closed it stays closed.",
            when="OLD.closed_at IS NOT NULL OR NEW.lot_id <> OLD.lot_id OR NEW.began_at <> OLD.began_at",
        ),
        Refuse("processing_batch_no_delete", "processing_batch", "DELETE", "A batch record is never removed."),
        Refuse(
            "processing_step_of_an_open_batch",
            "processing_batchstep",
            "INSERT",
            "This batch record is closed.",
            when="EXISTS (SELECT 1 FROM processing_batch b WHERE b.id = NEW.batch_id AND b.closed_at IS NOT NULL)",
        ),
    ]
