"""Closes the ways round the first guards of the dose: what is given, under which protocol, after which scan."""

from django.db import migrations

from stroma.ledger.guards import Refuse


class Migration(migrations.Migration):
    dependencies = [
        ("injection", "0002_guards_of_the_dose"),
        ("release", "0003_one_release_lets_go_once"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        Refuse(
            "injection_dose_is_a_dose",
            "injection_dose",
            "INSERT",
            "Only a container filled as a dose is given.",
            when=(
                "NOT EXISTS (SELECT 1 FROM custody_material m JOIN custody_derivation d ON d.child_id = m.id "
                "WHERE m.id = NEW.material_id AND m.kind = 'DOSE')"
            ),
        ),
        Refuse(
            "injection_dose_of_its_protocol",
            "injection_dose",
            "INSERT",
            "These cells were made under another protocol.",
            when=(
                # A donor's lot may have been made under an earlier version of the course's protocol.
                "NOT EXISTS (SELECT 1 FROM custody_material m JOIN custody_lot l ON l.id = m.lot_id "
                "JOIN clinic_adoptedprotocol lp ON lp.id = l.protocol_id "
                "JOIN courses_course c ON c.id = NEW.course_id JOIN clinic_adoptedprotocol cp ON cp.id = c.protocol_id "
                "WHERE m.id = NEW.material_id AND lp.protocol_id = cp.protocol_id)"
            ),
        ),
        Refuse(
            "injection_dose_donor_still_eligible",
            "injection_dose",
            "INSERT",
            "A test of the donor became reactive after the eligibility was determined.",
            when=(
                "EXISTS (SELECT 1 FROM custody_material m JOIN custody_lot l ON l.id = m.lot_id "
                "JOIN custody_donor o ON o.id = l.donor_id JOIN custody_donoreligibility e ON e.donor_id = o.id "
                "JOIN custody_donortest t ON t.donor_id = o.id WHERE m.id = NEW.material_id "
                "AND o.relation = 'ALLOGENEIC' AND t.result <> 'NON_REACTIVE' AND t.agent <> 'CMV' "
                "AND t.reported_at > e.determined_at)"
            ),
        ),
        Refuse(
            "injection_timeout_after_its_scan",
            "injection_timeout",
            "INSERT",
            "A time-out follows a scan of that container that said go.",
            when=(
                "NOT EXISTS (SELECT 1 FROM custody_scan s WHERE s.id = NEW.scan_id AND s.is_go "
                "AND s.purpose = 'time_out' AND s.material_id = NEW.material_id)"
            ),
        ),
        Refuse(
            "injection_given_yields_no_more",
            "custody_derivation",
            "INSERT",
            "What was brought to the needle goes into no other container.",
            when="EXISTS (SELECT 1 FROM injection_dose i WHERE i.material_id = NEW.parent_id)",
        ),
    ]
