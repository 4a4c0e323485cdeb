"""Neither a held result nor a held count lets a lot go, and a released lot is called back before either is held."""

from django.db import migrations

from stroma.ledger.guards import RefuseInstead

_NOT_LIFTED = "NOT EXISTS (SELECT 1 FROM release_resultholdlift f WHERE f.hold_id = h.id)"
_PARENT = "(SELECT l.parent_id FROM custody_lot l WHERE l.id = NEW.lot_id)"
_HELD = (
    "EXISTS (SELECT 1 FROM release_resulthold h JOIN release_assayresult a ON a.id = h.result_id "
    f"WHERE {_NOT_LIFTED} AND (a.lot_id = NEW.lot_id "
    f"OR (a.lot_id = {_PARENT} AND NOT EXISTS "
    "(SELECT 1 FROM release_assayresult own WHERE own.lot_id = NEW.lot_id AND own.code = a.code))))"
)
# The count that the lines of the specification are computed from is the last one of the record.
_COUNT_HELD = (
    "EXISTS (SELECT 1 FROM release_resulthold h JOIN processing_batchstep s ON s.id = h.step_id "
    f"JOIN processing_batch b ON b.id = s.batch_id WHERE {_NOT_LIFTED} AND b.lot_id = NEW.lot_id "
    "AND NOT EXISTS (SELECT 1 FROM processing_batchstep later JOIN processing_cellcount c ON c.step_id = later.id "
    "WHERE later.batch_id = s.batch_id AND later.position > s.position))"
)
_OUT = (
    "EXISTS (SELECT 1 FROM release_assayresult a JOIN custody_lot l ON l.id = a.lot_id "
    "WHERE a.id = NEW.result_id AND l.state = 'RELEASED')"
)
_COUNTED_OUT = (
    "EXISTS (SELECT 1 FROM processing_batchstep s JOIN processing_batch b ON b.id = s.batch_id "
    "JOIN custody_lot l ON l.id = b.lot_id WHERE s.id = NEW.step_id AND l.state = 'RELEASED')"
)


class Migration(migrations.Migration):
    dependencies = [("release", "0011_counts_are_held"), ("ledger", "0002_append_only")]

    operations = [
        RefuseInstead(
            "release_counts_no_held_result",
            "release_release",
            "INSERT",
            "A result or a count that a failed control holds counts for no release.",
            when=f"{_HELD} OR {_COUNT_HELD}",
            before=_HELD,
        ),
        RefuseInstead(
            "hold_calls_back_first",
            "release_resulthold",
            "INSERT",
            "A released lot is called back before its result or its count is held.",
            when=f"{_OUT} OR {_COUNTED_OUT}",
            before=_OUT,
        ),
    ]
