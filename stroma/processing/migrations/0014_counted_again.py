"""A second sample of what a step counted is a count of its own that repeats the first; containers follow both."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import Refuse, RefuseInstead

CHANGED = (
    "NEW.kind <> OLD.kind OR NEW.unit <> OLD.unit OR NEW.made_at <> OLD.made_at "
    "OR COALESCE(NEW.expires_at, NEW.made_at) <> COALESCE(OLD.expires_at, OLD.made_at)"
)
CELLS_CHANGED = (
    "COALESCE(NEW.viable_cells, -1) <> COALESCE(OLD.viable_cells, -1) "
    "OR COALESCE(NEW.viability, -1) <> COALESCE(OLD.viability, -1)"
)


def _an_open_batch_with(what: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM processing_cellcount c JOIN processing_batchstep s ON s.id = c.step_id "
        "JOIN processing_batch b ON b.id = s.batch_id "
        f"WHERE b.lot_id = NEW.lot_id AND b.closed_at IS NULL AND {what})"
    )


CORRECTED = _an_open_batch_with("c.corrects_id IS NOT NULL")
CORRECTED_OR_REPEATED = _an_open_batch_with("(c.corrects_id IS NOT NULL OR c.repeats_id IS NOT NULL)")


class Migration(migrations.Migration):
    dependencies = [
        ("processing", "0013_findings_are_accepted"),
        ("custody", "0003_cells_stay_whose_they_are"),
        ("ledger", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="cellcount", name="a_count_is_made_once_in_a_step"),
        migrations.RemoveConstraint(
            model_name="cellcount", name="a_count_is_corrected_by_somebody_for_a_reason"
        ),
        migrations.AddField(
            model_name="cellcount",
            name="repeats",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="repeated_by",
                to="processing.cellcount",
            ),
        ),
        migrations.AddConstraint(
            model_name="cellcount",
            constraint=models.UniqueConstraint(
                condition=models.Q(corrects__isnull=True, repeats__isnull=True),
                fields=("step",),
                name="a_count_is_made_once_in_a_step",
            ),
        ),
        migrations.AddConstraint(
            model_name="cellcount",
            constraint=models.UniqueConstraint(
                condition=models.Q(corrects__isnull=True, repeats__isnull=False),
                fields=("step",),
                name="a_step_is_counted_again_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="cellcount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("corrects__isnull", True),
                        ("entered_at__isnull", True),
                        ("entered_by__isnull", True),
                        ("reason", ""),
                        ("repeats__isnull", True),
                    ),
                    models.Q(
                        ("corrects__isnull", True),
                        ("entered_at__isnull", False),
                        ("entered_by__isnull", False),
                        ("reason", ""),
                        ("repeats__isnull", False),
                    ),
                    models.Q(
                        ("corrects__isnull", False),
                        ("entered_at__isnull", False),
                        ("entered_by__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_count_is_corrected_by_somebody_for_a_reason",
            ),
        ),
        RefuseInstead(
            "processing_count_corrects_itself",
            "processing_cellcount",
            "INSERT",
            "A correction is of a count of the same step and of the same sample.",
            when=(
                "NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM processing_cellcount c "
                "WHERE c.id = NEW.corrects_id AND c.step_id = NEW.step_id "
                "AND (c.repeats_id IS NULL) = (NEW.repeats_id IS NULL))"
            ),
            before=(
                "NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM processing_cellcount c "
                "WHERE c.id = NEW.corrects_id AND c.step_id = NEW.step_id)"
            ),
        ),
        Refuse(
            "processing_count_repeats_its_own",
            "processing_cellcount",
            "INSERT",
            "A second sample is counted beside the first one of its own step, as that one holds.",
            when=(
                "NEW.repeats_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM processing_cellcount c "
                "WHERE c.id = NEW.repeats_id AND c.step_id = NEW.step_id AND c.repeats_id IS NULL "
                "AND NOT EXISTS (SELECT 1 FROM processing_cellcount again WHERE again.corrects_id = c.id))"
            ),
        ),
        Refuse(
            "processing_count_repeats_in_time",
            "processing_cellcount",
            "INSERT",
            "A second sample is counted before the next step is done.",
            when=(
                "NEW.repeats_id IS NOT NULL AND NEW.corrects_id IS NULL AND EXISTS (SELECT 1 "
                "FROM processing_batchstep s JOIN processing_batchstep later ON later.batch_id = s.batch_id "
                "WHERE s.id = NEW.step_id AND later.position > s.position)"
            ),
        ),
        RefuseInstead(
            "custody_material_stays_what_it_is",
            "custody_material",
            "UPDATE",
            "A container keeps its kind, its cells and its expiry; its cells follow a count that is corrected or "
            "repeated.",
            when=f"{CHANGED} OR (({CELLS_CHANGED}) AND NOT {CORRECTED_OR_REPEATED})",
            before=f"{CHANGED} OR (({CELLS_CHANGED}) AND NOT {CORRECTED})",
        ),
    ]
