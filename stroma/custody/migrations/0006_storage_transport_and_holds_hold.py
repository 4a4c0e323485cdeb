"""What is in storage, on the way or held back stays so: guards of storage, boxes, logs, holds, pools and witnesses."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed

_HELD_BACK = "EXISTS (SELECT 1 FROM custody_containerhold h WHERE h.material_id = {material} AND h.lifted_at IS NULL)"
_POURED = "(SELECT SUM(d.taken) FROM custody_derivation d WHERE d.child_id = {child} AND d.kind = 'POOL')"


class Migration(migrations.Migration):
    dependencies = [("custody", "0005_storage_transport_and_holds"), ("ledger", "0002_append_only")]

    operations = [
        *never_changed("custody_handoverundo"),
        Refuse(
            "custody_undo_brings_it_back",
            "custody_handoverundo",
            "INSERT",
            "A hand-over is taken back by bringing that container back to where it came from.",
            when=(
                "NOT EXISTS (SELECT 1 FROM custody_handover f JOIN custody_handover b ON b.id = NEW.back_id "
                "WHERE f.id = NEW.hand_over_id AND b.id <> f.id AND b.material_id = f.material_id "
                "AND b.from_place_id = f.to_place_id AND b.to_place_id = f.from_place_id)"
            ),
        ),
        *never_changed("custody_pooling"),
        Refuse(
            "custody_pool_holds_what_was_poured",
            "custody_pooling",
            "INSERT",
            "A pool holds no more than what was poured together, and at least two containers were.",
            when=(
                "(SELECT m.amount FROM custody_material m WHERE m.id = NEW.child_id) > "
                f"ROUND(COALESCE({_POURED.format(child='NEW.child_id')}, 0), 3) OR "
                "(SELECT COUNT(*) FROM custody_derivation d WHERE d.child_id = NEW.child_id AND d.kind = 'POOL') < 2"
            ),
        ),
        Refuse(
            "custody_pool_is_accounted_for_before_use",
            "custody_material",
            "UPDATE",
            "Nothing comes out of a pool that was not accounted for.",
            when=(
                "NEW.remaining < OLD.remaining AND EXISTS (SELECT 1 FROM custody_derivation d "
                "WHERE d.child_id = NEW.id AND d.kind = 'POOL') "
                "AND NOT EXISTS (SELECT 1 FROM custody_pooling p WHERE p.child_id = NEW.id)"
            ),
        ),
        Refuse(
            "custody_discard_is_witnessed",
            "custody_discard",
            "INSERT",
            "A discard carries the signature of its witness.",
            when=(
                "NOT EXISTS (SELECT 1 FROM clinic_signature s WHERE s.id = NEW.signature_id "
                "AND s.signer_id = NEW.witness_id AND s.document_kind = 'discard' "
                "AND s.document_id = NEW.material_id)"
            ),
        ),
        Refuse(
            "custody_held_back_gives_nothing",
            "custody_material",
            "UPDATE",
            "Nothing is taken from a container in quarantine; it may only be discarded.",
            when=(
                "NEW.remaining < OLD.remaining AND NEW.state <> 'DISCARDED' AND "
                + _HELD_BACK.format(material="NEW.id")
            ),
        ),
        Refuse(
            "custody_hold_is_only_lifted",
            "custody_containerhold",
            "UPDATE",
            "A hold is lifted once and changes in no other way.",
            when=(
                "OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL OR NEW.material_id <> OLD.material_id "
                "OR NEW.cause <> OLD.cause OR NEW.placed_at <> OLD.placed_at OR NEW.placed_by_id <> OLD.placed_by_id"
            ),
        ),
        Refuse(
            "custody_containerhold_no_delete",
            "custody_containerhold",
            "DELETE",
            "A hold is lifted, not removed.",
        ),
        *never_changed("custody_freezethaw"),
        Refuse(
            "custody_thawed_after_frozen",
            "custody_freezethaw",
            "INSERT",
            "A container that was thawed is not frozen again.",
            when=(
                "NEW.kind = 'FROZEN' AND EXISTS (SELECT 1 FROM custody_freezethaw f "
                "WHERE f.material_id = NEW.material_id AND f.kind = 'THAWED')"
            ),
        ),
        Refuse(
            "custody_stay_where_the_unit_stands",
            "custody_storagestay",
            "INSERT",
            "A container is stored where it is, and only while it holds something.",
            when=(
                "NOT EXISTS (SELECT 1 FROM custody_material m JOIN custody_storageposition p ON p.id = NEW.position_id "
                "JOIN custody_storageunit u ON u.id = p.unit_id WHERE m.id = NEW.material_id AND m.state = 'HELD' "
                "AND u.place_id = m.place_id)"
            ),
        ),
        Refuse(
            "custody_stay_only_ends",
            "custody_storagestay",
            "UPDATE",
            "A stay in storage ends once and changes in no other way.",
            when=(
                "OLD.taken_out_at IS NOT NULL OR NEW.taken_out_at IS NULL OR NEW.material_id <> OLD.material_id "
                "OR NEW.position_id <> OLD.position_id OR NEW.stored_at <> OLD.stored_at "
                "OR NEW.stored_by_id <> OLD.stored_by_id"
            ),
        ),
        Refuse("custody_storagestay_no_delete", "custody_storagestay", "DELETE", "A stay ends, it is not removed."),
        Refuse(
            "custody_taken_out_before_it_moves",
            "custody_material",
            "UPDATE",
            "A container is taken out of storage before it changes place.",
            when=(
                "NEW.place_id <> OLD.place_id AND EXISTS (SELECT 1 FROM custody_storagestay s "
                "WHERE s.material_id = NEW.id AND s.taken_out_at IS NULL)"
            ),
        ),
        *never_changed("custody_storageposition"),
        *never_changed("custody_transportlimits"),
        *never_changed("custody_shipmentcontent"),
        *never_changed("custody_temperaturelog"),
        *never_changed("custody_temperaturereading"),
        Refuse(
            "custody_shipment_is_only_opened",
            "custody_shipment",
            "UPDATE",
            "A sealed box is opened once and its journey changes in no other way.",
            when=(
                "OLD.opened_at IS NOT NULL OR NEW.opened_at IS NULL OR NEW.box_id <> OLD.box_id OR NEW.seal <> OLD.seal "
                "OR NEW.from_place_id <> OLD.from_place_id OR NEW.to_place_id <> OLD.to_place_id "
                "OR NEW.sealed_at <> OLD.sealed_at OR NEW.sealed_by_id <> OLD.sealed_by_id "
                "OR NEW.maximum_c <> OLD.maximum_c OR NEW.minutes_outside <> OLD.minutes_outside "
                "OR COALESCE(NEW.minimum_c, -999) <> COALESCE(OLD.minimum_c, -999)"
            ),
        ),
        Refuse("custody_shipment_no_delete", "custody_shipment", "DELETE", "A journey is not removed."),
        Refuse(
            "custody_packed_in_one_sealed_box",
            "custody_shipmentcontent",
            "INSERT",
            "A container is in one box, packed where it is before the box is opened.",
            when=(
                "EXISTS (SELECT 1 FROM custody_shipmentcontent c JOIN custody_shipment s ON s.id = c.shipment_id "
                "WHERE c.material_id = NEW.material_id AND s.opened_at IS NULL) OR NOT EXISTS "
                "(SELECT 1 FROM custody_shipment s JOIN custody_material m ON m.id = NEW.material_id "
                "WHERE s.id = NEW.shipment_id AND s.opened_at IS NULL AND m.place_id = s.from_place_id "
                "AND m.state = 'HELD')"
            ),
        ),
        Refuse(
            "custody_no_hand_into_a_sealed_box",
            "custody_handover",
            "INSERT",
            "A container in a sealed box does not change hands.",
            when=(
                "EXISTS (SELECT 1 FROM custody_shipmentcontent c JOIN custody_shipment s ON s.id = c.shipment_id "
                "WHERE c.material_id = NEW.material_id AND s.opened_at IS NULL)"
            ),
        ),
    ]
