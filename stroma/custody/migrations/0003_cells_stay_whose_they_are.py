"""Closes the ways round the first guards: donors, lots and containers that change what they are; scans that said stop."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed

_TAKEN = "COALESCE((SELECT SUM(d.taken) FROM custody_derivation d WHERE d.parent_id = {parent}), 0)"


class Migration(migrations.Migration):
    dependencies = [
        ("custody", "0002_custody_holds"),
        ("courses", "0003_courses_rest_on_their_own"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        Refuse(
            "custody_donor_is_who_it_is",
            "custody_donor",
            "UPDATE",
            "A donor stays the person they are.",
            when=(
                "NEW.relation <> OLD.relation OR NEW.site_id <> OLD.site_id "
                "OR (COALESCE(NEW.patient_id, NEW.id) <> COALESCE(OLD.patient_id, OLD.id) AND NOT EXISTS "
                "(SELECT 1 FROM patients_patient p WHERE p.id = OLD.patient_id AND p.merged_into_id = NEW.patient_id))"
            ),
        ),
        Refuse("custody_donor_no_delete", "custody_donor", "DELETE", "A donor is never removed."),
        *never_changed("custody_donorscreening"),
        Refuse(
            "custody_eligibility_is_signed",
            "custody_donoreligibility",
            "INSERT",
            "A donor's eligibility carries the signature of the physician who determined it.",
            when=(
                "NOT EXISTS (SELECT 1 FROM clinic_signature s WHERE s.id = NEW.signature_id "
                "AND s.signer_id = NEW.determined_by_id AND s.document_kind = 'donor_eligibility' "
                "AND s.document_id = NEW.donor_id AND s.role = 'PHYSIATRIST')"
            ),
        ),
        Refuse(
            "custody_lot_begins_in_process",
            "custody_lot",
            "INSERT",
            "A lot begins in process.",
            when="NEW.state <> 'IN_PROCESS'",
        ),
        Refuse(
            "custody_lot_of_own_cells",
            "custody_lot",
            "INSERT",
            "A patient's own cells are made ready for that patient only.",
            when=(
                "NEW.course_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM custody_donor d JOIN courses_course c "
                "ON c.id = NEW.course_id WHERE d.id = NEW.donor_id "
                "AND (d.relation = 'ALLOGENEIC' OR d.patient_id = c.patient_id))"
            ),
        ),
        Refuse(
            "custody_lot_part_of_its_parent",
            "custody_lot",
            "INSERT",
            "A part has the donor and the donation number of the lot it was taken from.",
            when=(
                "NEW.parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM custody_lot l WHERE l.id = NEW.parent_id "
                "AND l.donor_id = NEW.donor_id AND l.din = NEW.din)"
            ),
        ),
        Refuse(
            "custody_lot_stays_what_it_is",
            "custody_lot",
            "UPDATE",
            "A lot keeps its site, its protocol, its product and the lot it was taken from.",
            when=(
                "NEW.site_id <> OLD.site_id OR NEW.protocol_id <> OLD.protocol_id OR NEW.made_at <> OLD.made_at "
                "OR NEW.product_code <> OLD.product_code OR NEW.product_name <> OLD.product_name "
                "OR COALESCE(NEW.parent_id, NEW.id) <> COALESCE(OLD.parent_id, OLD.id)"
            ),
        ),
        Refuse(
            "custody_material_filled_in_process",
            "custody_material",
            "INSERT",
            "Containers are filled while their lot is in process, not afterwards.",
            when="NOT EXISTS (SELECT 1 FROM custody_lot l WHERE l.id = NEW.lot_id AND l.state = 'IN_PROCESS')",
        ),
        Refuse(
            "custody_material_begins_full",
            "custody_material",
            "INSERT",
            "A container begins with what was filled into it.",
            when="NEW.state <> 'HELD' OR NEW.remaining <> NEW.amount",
        ),
        Refuse(
            "custody_material_stays_what_it_is",
            "custody_material",
            "UPDATE",
            "A container keeps its kind, its cells and its expiry.",
            when=(
                "NEW.kind <> OLD.kind OR NEW.unit <> OLD.unit OR NEW.made_at <> OLD.made_at "
                "OR COALESCE(NEW.expires_at, NEW.made_at) <> COALESCE(OLD.expires_at, OLD.made_at) "
                "OR COALESCE(NEW.viable_cells, -1) <> COALESCE(OLD.viable_cells, -1) "
                "OR COALESCE(NEW.viability, -1) <> COALESCE(OLD.viability, -1)"
            ),
        ),
        Refuse(
            "custody_material_moves_by_hand_over",
            "custody_material",
            "UPDATE",
            "A container changes place by a hand-over only.",
            when=(
                "NEW.place_id <> OLD.place_id AND NOT EXISTS (SELECT 1 FROM custody_handover h "
                "WHERE h.material_id = NEW.id AND h.from_place_id = OLD.place_id AND h.to_place_id = NEW.place_id)"
            ),
        ),
        Refuse(
            "custody_derivation_was_taken",
            "custody_derivation",
            "INSERT",
            "What goes into a container is taken out of another one first.",
            when=(
                f"ROUND(NEW.taken + {_TAKEN.format(parent='NEW.parent_id')}, 3) > "
                "(SELECT ROUND(m.amount - m.remaining, 3) FROM custody_material m WHERE m.id = NEW.parent_id)"
            ),
        ),
        Refuse(
            "custody_derivation_within_its_lot",
            "custody_derivation",
            "INSERT",
            "Cells go from one container into another of the same lot, or of a part set aside from it.",
            when=(
                "NOT EXISTS (SELECT 1 FROM custody_material p JOIN custody_material c ON c.id = NEW.child_id "
                "JOIN custody_lot l ON l.id = c.lot_id WHERE p.id = NEW.parent_id "
                "AND (l.id = p.lot_id OR l.parent_id = p.lot_id))"
            ),
        ),
        Refuse(
            "custody_discard_of_what_was_left",
            "custody_discard",
            "INSERT",
            "Only what was left in a container is discarded, and then it is empty.",
            when=(
                "NOT EXISTS (SELECT 1 FROM custody_material m WHERE m.id = NEW.material_id AND m.state = 'DISCARDED' "
                f"AND ROUND(NEW.amount + {_TAKEN.format(parent='NEW.material_id')}, 3) <= m.amount)"
            ),
        ),
        Refuse(
            "custody_handover_after_its_scan",
            "custody_handover",
            "INSERT",
            "A hand-over follows a scan of that container that said go, from where the container is.",
            when=(
                "NOT EXISTS (SELECT 1 FROM custody_scan s JOIN custody_material m ON m.id = s.material_id "
                "WHERE s.id = NEW.scan_id AND s.is_go AND s.purpose = 'hand_over' AND s.material_id = NEW.material_id "
                "AND m.place_id = NEW.from_place_id)"
            ),
        ),
        Refuse(
            "custody_label_stays_as_printed",
            "custody_label",
            "UPDATE",
            "A label stays as it was printed, on the container it was printed for.",
            when=(
                "NEW.material_id <> OLD.material_id OR NEW.content <> OLD.content OR NEW.digest <> OLD.digest "
                "OR NEW.version <> OLD.version"
            ),
        ),
        Refuse(
            "custody_label_used_once",
            "custody_label",
            "UPDATE",
            "A label is applied once; a destroyed one does not come back.",
            when=(
                "NEW.state <> OLD.state AND NOT ((OLD.state = 'PRINTED' AND NEW.state = 'APPLIED') "
                "OR (OLD.state <> 'DESTROYED' AND NEW.state = 'DESTROYED'))"
            ),
        ),
        Refuse("custody_label_no_delete", "custody_label", "DELETE", "A label is accounted for, not removed."),
    ]
