"""What must never happen at the bedside, refused by the database itself."""

from django.db import migrations

from stroma.ledger.guards import Refuse, never_changed

_MATERIAL = "SELECT 1 FROM custody_material m WHERE m.id = NEW.material_id"
_LOT = (
    "SELECT 1 FROM custody_material m JOIN custody_lot l ON l.id = m.lot_id JOIN custody_donor d ON d.id = l.donor_id "
    "JOIN courses_course c ON c.id = NEW.course_id WHERE m.id = NEW.material_id"
)
_CONSENT = (
    "SELECT 1 FROM courses_course c JOIN patients_consentedtarget t ON t.consent_id = c.consent_id "
    "LEFT JOIN patients_consentwithdrawal w ON w.consent_id = c.consent_id WHERE c.id = NEW.course_id"
)


def _unless(name: str, condition: str, message: str) -> Refuse:
    return Refuse(f"injection_dose_{name}", "injection_dose", "INSERT", message, when=f"NOT EXISTS ({condition})")


class Migration(migrations.Migration):
    dependencies = [
        ("injection", "0001_initial"),
        ("release", "0002_two_people_release"),
        ("ledger", "0002_append_only"),
    ]

    operations = [
        _unless(
            "for_its_recipient",
            f"{_LOT} AND l.course_id = NEW.course_id AND (d.relation = 'ALLOGENEIC' OR d.patient_id = c.patient_id)",
            "These cells are not for this patient.",
        ),
        _unless(
            "donor_eligible",
            f"{_LOT} AND (d.relation = 'AUTOLOGOUS' OR EXISTS (SELECT 1 FROM custody_donoreligibility e "
            "WHERE e.donor_id = d.id AND e.outcome IN ('ELIGIBLE', 'EXCEPTION')))",
            "The donor's eligibility is not determined.",
        ),
        _unless("released", f"{_LOT} AND l.state = 'RELEASED'", "This lot is not released."),
        _unless("not_expired", f"{_MATERIAL} AND m.expires_at > NEW.given_at", "This container has expired."),
        _unless(
            "held",
            f"{_MATERIAL} AND m.state = 'HELD' AND m.remaining >= NEW.volume_ml",
            "This container does not hold that dose any more.",
        ),
        _unless(
            "labeled",
            "SELECT 1 FROM custody_label b WHERE b.material_id = NEW.material_id AND b.state = 'APPLIED'",
            "This container carries no label.",
        ),
        _unless(
            "consented",
            f"{_CONSENT} AND w.id IS NULL AND t.target = NEW.target AND t.level = NEW.level AND t.side = NEW.side",
            "There is no valid consent for this place.",
        ),
        _unless(
            "course_open",
            "SELECT 1 FROM courses_course c WHERE c.id = NEW.course_id AND c.state = 'OPEN'",
            "This course has ended.",
        ),
        _unless(
            "timed_out",
            "SELECT 1 FROM injection_timeout t WHERE t.id = NEW.time_out_id AND t.course_id = NEW.course_id "
            "AND t.material_id = NEW.material_id AND t.target = NEW.target AND t.level = NEW.level "
            "AND t.side = NEW.side AND t.completed_at <= NEW.given_at",
            "There was no time-out for this container at this place.",
        ),
        *never_changed("injection_dose"),
        *never_changed("injection_timeout"),
    ]
