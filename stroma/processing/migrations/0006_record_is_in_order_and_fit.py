"""Steps in their order, with what was fit for use; a record that is only added to, and not after it was closed."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed

NEVER_CHANGED = (
    "equipment",
    "equipmentevent",
    "reagentlot",
    "reagentevent",
    "plannedstep",
    "stepequipment",
    "stepreagent",
    "stepvalue",
    "stepexception",
    "stepphoto",
)
OF_AN_OPEN_BATCH = ("stepequipment", "stepreagent", "stepvalue", "stepexception", "stepphoto")

REAGENT = "processing_reagentlot r, processing_batchstep s WHERE r.id = NEW.reagent_id AND s.id = NEW.step_id"
EQUIPMENT = "processing_equipment e, processing_batchstep s WHERE e.id = NEW.equipment_id AND s.id = NEW.step_id"
# The last cleaning or calibration before the step still holds at the step.
LASTS = (
    "EXISTS (SELECT 1 FROM processing_equipmentevent v WHERE v.equipment_id = e.id AND v.kind = '{kind}' "
    "AND v.done_at <= s.done_at AND v.valid_until > s.done_at AND NOT EXISTS ("
    "SELECT 1 FROM processing_equipmentevent later WHERE later.equipment_id = e.id AND later.kind = '{kind}' "
    "AND later.done_at > v.done_at AND later.done_at <= s.done_at))"
)
OUT = (
    "EXISTS (SELECT 1 FROM processing_equipmentevent v WHERE v.equipment_id = e.id AND v.kind = 'TAKEN_OUT' "
    "AND v.done_at <= s.done_at AND NOT EXISTS (SELECT 1 FROM processing_equipmentevent back "
    "WHERE back.equipment_id = e.id AND back.kind = 'RETURNED' AND back.done_at >= v.done_at "
    "AND back.done_at <= s.done_at))"
)
HERE = (
    "NOT EXISTS (SELECT 1 FROM processing_batchstep s JOIN processing_batch b ON b.id = s.batch_id "
    "JOIN custody_lot l ON l.id = b.lot_id JOIN {table} x ON x.site_id = l.site_id "
    "WHERE s.id = NEW.step_id AND x.id = NEW.{key})"
)


class Migration(migrations.Migration):
    dependencies = [("processing", "0005_registers_and_whole_record"), ("ledger", "0002_append_only")]

    operations = [
        Refuse(
            "processing_step_as_planned",
            "processing_batchstep",
            "INSERT",
            "Steps are done in the order of the protocol, none is skipped.",
            when=(
                "EXISTS (SELECT 1 FROM processing_plannedstep p WHERE p.batch_id = NEW.batch_id) AND NOT EXISTS ("
                "SELECT 1 FROM processing_plannedstep p WHERE p.batch_id = NEW.batch_id "
                "AND p.position = NEW.position AND p.code = NEW.code)"
            ),
        ),
        Refuse(
            "processing_step_leaves_no_gap",
            "processing_batchstep",
            "INSERT",
            "A step follows the one before it.",
            when=(
                "NEW.position > 1 + (SELECT COUNT(*) FROM processing_batchstep s WHERE s.batch_id = NEW.batch_id)"
            ),
        ),
        Refuse(
            "processing_step_after_the_one_before",
            "processing_batchstep",
            "INSERT",
            "A step is not dated before the one it follows.",
            when=(
                "EXISTS (SELECT 1 FROM processing_batchstep s WHERE s.batch_id = NEW.batch_id "
                "AND s.position < NEW.position AND s.done_at > NEW.done_at)"
            ),
        ),
        Refuse(
            "processing_batch_closes_when_done",
            "processing_batch",
            "UPDATE",
            "A batch record is closed when every planned step is done.",
            when=(
                "OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL AND EXISTS ("
                "SELECT 1 FROM processing_plannedstep p WHERE p.batch_id = NEW.id AND NOT EXISTS ("
                "SELECT 1 FROM processing_batchstep s WHERE s.batch_id = p.batch_id AND s.code = p.code))"
            ),
        ),
        Refuse(
            "processing_reagent_not_expired",
            "processing_stepreagent",
            "INSERT",
            "This reagent had expired.",
            when=(
                f"EXISTS (SELECT 1 FROM {REAGENT} AND (r.expires_at <= s.done_at OR EXISTS ("
                "SELECT 1 FROM processing_reagentevent o WHERE o.reagent_id = r.id AND o.kind = 'OPENED' "
                "AND o.done_at <= s.done_at AND o.valid_until <= s.done_at)))"
            ),
        ),
        Refuse(
            "processing_reagent_released",
            "processing_stepreagent",
            "INSERT",
            "Quality had not released this reagent, or had recalled it.",
            when=(
                f"EXISTS (SELECT 1 FROM {REAGENT} AND (NOT EXISTS ("
                "SELECT 1 FROM processing_reagentevent o WHERE o.reagent_id = r.id AND o.kind = 'RELEASED' "
                "AND o.done_at <= s.done_at) OR EXISTS (SELECT 1 FROM processing_reagentevent o "
                "WHERE o.reagent_id = r.id AND o.kind = 'RECALLED' AND o.done_at <= s.done_at)))"
            ),
        ),
        Refuse(
            "processing_reagent_of_this_site",
            "processing_stepreagent",
            "INSERT",
            "This reagent is in the register of another site.",
            when=HERE.format(table="processing_reagentlot", key="reagent_id"),
        ),
        Refuse(
            "processing_equipment_fit",
            "processing_stepequipment",
            "INSERT",
            "This equipment was out of service, not clean, or not calibrated.",
            when=(
                f"EXISTS (SELECT 1 FROM {EQUIPMENT} AND ((e.cleaned_for_hours IS NOT NULL AND NOT "
                f"{LASTS.format(kind='CLEANED')}) OR (e.needs_calibration AND NOT "
                f"{LASTS.format(kind='CALIBRATED')}) OR {OUT}))"
            ),
        ),
        Refuse(
            "processing_equipment_of_this_site",
            "processing_stepequipment",
            "INSERT",
            "This equipment is in the register of another site.",
            when=HERE.format(table="processing_equipment", key="equipment_id"),
        ),
        Refuse(
            "processing_value_corrects_itself",
            "processing_stepvalue",
            "INSERT",
            "A correction is of the same value of the same step, with the same limits.",
            when=(
                "NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM processing_stepvalue v "
                "WHERE v.id = NEW.corrects_id AND v.step_id = NEW.step_id AND v.code = NEW.code "
                "AND COALESCE(v.minimum, -1e12) = COALESCE(NEW.minimum, -1e12) "
                "AND COALESCE(v.maximum, 1e12) = COALESCE(NEW.maximum, 1e12))"
            ),
        ),
        *(
            Refuse(
                f"processing_{table}_of_an_open_batch",
                f"processing_{table}",
                "INSERT",
                "This batch record is closed.",
                when=(
                    "EXISTS (SELECT 1 FROM processing_batchstep s JOIN processing_batch b ON b.id = s.batch_id "
                    "WHERE s.id = NEW.step_id AND b.closed_at IS NOT NULL)"
                ),
            )
            for table in OF_AN_OPEN_BATCH
        ),
        *(guard for table in NEVER_CHANGED for guard in never_changed(f"processing_{table}")),
    ]
