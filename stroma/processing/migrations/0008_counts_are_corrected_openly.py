"""A count is put right by another row, in an open batch, of the same step; containers follow it and nothing else."""

from django.db import migrations

from stroma.ledger.guards import Refuse, RefuseInstead, never_changed

CHANGED = (
    "NEW.kind <> OLD.kind OR NEW.unit <> OLD.unit OR NEW.made_at <> OLD.made_at "
    "OR COALESCE(NEW.expires_at, NEW.made_at) <> COALESCE(OLD.expires_at, OLD.made_at)"
)
CELLS_CHANGED = (
    "COALESCE(NEW.viable_cells, -1) <> COALESCE(OLD.viable_cells, -1) "
    "OR COALESCE(NEW.viability, -1) <> COALESCE(OLD.viability, -1)"
)
CORRECTED = (
    "EXISTS (SELECT 1 FROM processing_cellcount c JOIN processing_batchstep s ON s.id = c.step_id "
    "JOIN processing_batch b ON b.id = s.batch_id "
    "WHERE b.lot_id = NEW.lot_id AND b.closed_at IS NULL AND c.corrects_id IS NOT NULL)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("processing", "0007_counts_are_corrected"),
        ("custody", "0003_cells_stay_whose_they_are"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        Refuse(
            "processing_count_corrects_itself",
            "processing_cellcount",
            "INSERT",
            "A correction is of a count of the same step.",
            when=(
                "NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM processing_cellcount c "
                "WHERE c.id = NEW.corrects_id AND c.step_id = NEW.step_id)"
            ),
        ),
        Refuse(
            "processing_cellcount_of_an_open_batch",
            "processing_cellcount",
            "INSERT",
            "This batch record is closed.",
            when=(
                "EXISTS (SELECT 1 FROM processing_batchstep s JOIN processing_batch b ON b.id = s.batch_id "
                "WHERE s.id = NEW.step_id AND b.closed_at IS NOT NULL)"
            ),
        ),
        *never_changed("processing_growthforecast"),
        RefuseInstead(
            "custody_material_stays_what_it_is",
            "custody_material",
            "UPDATE",
            "A container keeps its kind, its cells and its expiry; its cells follow a count that is corrected.",
            when=f"{CHANGED} OR (({CELLS_CHANGED}) AND NOT {CORRECTED})",
            before=f"{CHANGED} OR {CELLS_CHANGED}",
        ),
    ]
