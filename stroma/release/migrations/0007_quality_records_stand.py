"""Held results, open investigations and unasked exceptions let no lot go; what quality wrote is never changed."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed

_TABLES = (
    "controlmaterial",
    "controlrun",
    "resulthold",
    "resultholdlift",
    "investigation",
    "investigationstep",
    "investigationconclusion",
    "releaseexception",
    "latepositive",
    "latepositivestep",
    "latepositiveclosure",
)

_PARENT = "(SELECT l.parent_id FROM custody_lot l WHERE l.id = NEW.lot_id)"
_HELD = (
    "EXISTS (SELECT 1 FROM release_resulthold h JOIN release_assayresult a ON a.id = h.result_id "
    "WHERE NOT EXISTS (SELECT 1 FROM release_resultholdlift f WHERE f.hold_id = h.id) AND (a.lot_id = NEW.lot_id "
    f"OR (a.lot_id = {_PARENT} AND NOT EXISTS "
    "(SELECT 1 FROM release_assayresult own WHERE own.lot_id = NEW.lot_id AND own.code = a.code))))"
)
_INVESTIGATED = (
    "EXISTS (SELECT 1 FROM release_investigation i "
    f"WHERE (i.lot_id = NEW.lot_id OR i.lot_id = {_PARENT}) AND NOT EXISTS "
    "(SELECT 1 FROM release_investigationconclusion c WHERE c.investigation_id = i.id))"
)


class Migration(migrations.Migration):
    dependencies = [("release", "0006_quality_records"), ("ledger", "0002_append_only")]

    operations = [
        *(operation for table in _TABLES for operation in never_changed(f"release_{table}")),
        Refuse(
            "release_counts_no_held_result",
            "release_release",
            "INSERT",
            "A result that a failed control holds counts for no release.",
            when=_HELD,
        ),
        Refuse(
            "release_waits_for_its_investigations",
            "release_release",
            "INSERT",
            "A lot under investigation is not released.",
            when=_INVESTIGATED,
        ),
        Refuse(
            "release_by_exception_was_asked_for",
            "release_release",
            "INSERT",
            "A release by exception needs a physician who asked for it and told the patient before.",
            when=(
                "NEW.kind = 'EXCEPTION' AND NOT EXISTS (SELECT 1 FROM release_releaseexception e "
                "WHERE e.lot_id = NEW.lot_id AND e.informed_at <= NEW.released_at)"
            ),
        ),
        Refuse(
            "hold_calls_back_first",
            "release_resulthold",
            "INSERT",
            "A released lot is called back before its result is held.",
            when=(
                "EXISTS (SELECT 1 FROM release_assayresult a JOIN custody_lot l ON l.id = a.lot_id "
                "WHERE a.id = NEW.result_id AND l.state = 'RELEASED')"
            ),
        ),
        Refuse(
            "late_positive_is_closed_when_all_is_done",
            "release_latepositiveclosure",
            "INSERT",
            "A late positive is closed when its containers are secured and its organism and deviation are on record.",
            when=(
                "(SELECT COUNT(DISTINCT s.code) FROM release_latepositivestep s WHERE s.case_id = NEW.case_id "
                "AND s.code IN ('secure_containers', 'identify_organism', 'open_deviation', 'notify_quality')) < 4"
            ),
        ),
    ]
