"""Which badge was shown at a hand-over, and that a live one is. Rows from before name none."""

import django.db.models.deletion
from django.db import migrations, models

from stroma.ledger.guards import Refuse

LIVE_AT_THE_SITE = (
    "EXISTS (SELECT 1 FROM clinic_badge b JOIN clinic_place p ON p.site_id = b.site_id "
    "WHERE p.id = NEW.to_place_id AND b.person_id = NEW.received_by_id {more}"
    "AND NOT EXISTS (SELECT 1 FROM clinic_badgerevocation r WHERE r.badge_id = b.id))"
)


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0007_badges'),
        ('custody', '0011_a_container_gives_to_one_at_a_time'),
    ]

    operations = [
        migrations.AddField(
            model_name='handover',
            name='badge',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.badge'),
        ),
        Refuse(
            "custody_handover_shows_a_badge",
            "custody_handover",
            "INSERT",
            "Who has a badge at a site shows it when a container is handed over to them.",
            when="NEW.badge_id IS NULL AND " + LIVE_AT_THE_SITE.format(more=""),
        ),
        Refuse(
            "custody_handover_badge_is_the_receivers",
            "custody_handover",
            "INSERT",
            "The badge shown at a hand-over is the receiver's own, live, and of that site.",
            when="NEW.badge_id IS NOT NULL AND NOT " + LIVE_AT_THE_SITE.format(more="AND b.id = NEW.badge_id "),
        ),
    ]
