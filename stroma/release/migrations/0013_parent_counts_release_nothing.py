"""A part is not released on a held count of the lot it was set aside from, and is called back before one is held."""

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
_STEP_HELD = (
    "EXISTS (SELECT 1 FROM release_resulthold h JOIN processing_batchstep s ON s.id = h.step_id "
    f"JOIN processing_batch b ON b.id = s.batch_id WHERE {_NOT_LIFTED}"
)
_IS_LAST = (
    "NOT EXISTS (SELECT 1 FROM processing_batchstep later JOIN processing_cellcount c ON c.step_id = later.id "
    "WHERE later.batch_id = s.batch_id AND later.position > s.position)"
)
_COUNT_HELD = f"{_STEP_HELD} AND b.lot_id = NEW.lot_id AND {_IS_LAST})"
# A part that was not counted itself is judged on the last count of the lot it was set aside from.
_PARENT_COUNT_HELD = (
    f"{_STEP_HELD} AND b.lot_id = {_PARENT} AND {_IS_LAST} "
    "AND NOT EXISTS (SELECT 1 FROM processing_cellcount c JOIN processing_batchstep own ON own.id = c.step_id "
    "JOIN processing_batch whose ON whose.id = own.batch_id WHERE whose.lot_id = NEW.lot_id))"
)


def _doublings_at(step: str) -> str:
    """Whether the count that stands at the step says how often the cells have doubled."""
    return (
        f"EXISTS (SELECT 1 FROM processing_cellcount c WHERE c.step_id = {step}.id "
        "AND c.cumulative_population_doublings IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM processing_cellcount again WHERE again.corrects_id = c.id))"
    )


# The doublings are those of the last count that tells them, the lot's own or that of the lot it was set aside from.
# A protocol is kept to the letter, as TOML: a line of its specification is named there in either quotation marks.
_DOUBLINGS_HELD = (
    f"{_STEP_HELD} AND b.lot_id IN (NEW.lot_id, {_PARENT}) AND {_doublings_at('s')} "
    "AND NOT EXISTS (SELECT 1 FROM processing_batchstep later JOIN processing_batch whose ON whose.id = later.batch_id "
    f"WHERE whose.lot_id IN (NEW.lot_id, {_PARENT}) AND later.done_at > s.done_at AND {_doublings_at('later')}) "
    "AND EXISTS (SELECT 1 FROM custody_lot l JOIN clinic_adoptedprotocol p ON p.id = l.protocol_id "
    "WHERE l.id = NEW.lot_id AND REPLACE(REPLACE(p.document, '\"cpd\"', ''), '''cpd''', '') <> p.document))"
)
_OUT = (
    "EXISTS (SELECT 1 FROM release_assayresult a JOIN custody_lot l ON l.id = a.lot_id "
    "WHERE a.id = NEW.result_id AND l.state = 'RELEASED')"
)
_COUNTED_OUT = (
    "EXISTS (SELECT 1 FROM processing_batchstep s JOIN processing_batch b ON b.id = s.batch_id "
    "JOIN custody_lot l ON l.id = b.lot_id WHERE s.id = NEW.step_id AND l.state = 'RELEASED')"
)
_PART_OUT = (
    "EXISTS (SELECT 1 FROM release_assayresult a JOIN custody_lot l ON l.parent_id = a.lot_id "
    "WHERE a.id = NEW.result_id AND l.state = 'RELEASED')"
)
_PART_COUNTED_OUT = (
    "EXISTS (SELECT 1 FROM processing_batchstep s JOIN processing_batch b ON b.id = s.batch_id "
    "JOIN custody_lot l ON l.parent_id = b.lot_id WHERE s.id = NEW.step_id AND l.state = 'RELEASED')"
)


class Migration(migrations.Migration):
    dependencies = [
        ("release", "0012_held_counts_release_nothing"),
        ("processing", "0013_findings_are_accepted"),
        ("custody", "0001_initial"),
        ("clinic", "0001_initial"),
    ]

    operations = [
        RefuseInstead(
            "release_counts_no_held_result",
            "release_release",
            "INSERT",
            "A result or a count that a failed control holds counts for no release.",
            when=f"{_HELD} OR {_COUNT_HELD} OR {_PARENT_COUNT_HELD} OR {_DOUBLINGS_HELD}",
            before=f"{_HELD} OR {_COUNT_HELD}",
        ),
        RefuseInstead(
            "hold_calls_back_first",
            "release_resulthold",
            "INSERT",
            "A released lot and its released parts are called back before a result or a count of it is held.",
            when=f"{_OUT} OR {_COUNTED_OUT} OR {_PART_OUT} OR {_PART_COUNTED_OUT}",
            before=f"{_OUT} OR {_COUNTED_OUT}",
        ),
    ]
