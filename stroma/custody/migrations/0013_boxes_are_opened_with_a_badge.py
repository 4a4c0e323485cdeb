"""Which badge was shown when a box was opened, and that a live one is. Rows from before name none."""

import django.db.models.deletion
from django.db import migrations, models

from stroma.ledger.guards import Refuse

OPENED_NOW = "OLD.opened_at IS NULL AND NEW.opened_at IS NOT NULL AND "
LIVE_AT_THE_SITE = (
    "EXISTS (SELECT 1 FROM clinic_badge b JOIN custody_transportbox t ON t.site_id = b.site_id "
    "WHERE t.id = NEW.box_id AND b.person_id = NEW.opened_by_id {more}"
    "AND NOT EXISTS (SELECT 1 FROM clinic_badgerevocation r WHERE r.badge_id = b.id))"
)


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0007_badges'),
        ('custody', '0012_hand_overs_show_a_badge'),
    ]

    operations = [
        migrations.AddField(
            model_name='shipment',
            name='opening_badge',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.badge'),
        ),
        Refuse(
            "custody_shipment_opening_shows_a_badge",
            "custody_shipment",
            "UPDATE",
            "Who has a badge at a site shows it when they open a box.",
            when=OPENED_NOW + "NEW.opening_badge_id IS NULL AND " + LIVE_AT_THE_SITE.format(more=""),
        ),
        Refuse(
            "custody_shipment_badge_is_the_openers",
            "custody_shipment",
            "UPDATE",
            "The badge shown when a box is opened is the opener's own, live, and of that site.",
            when=(
                OPENED_NOW
                + "NEW.opening_badge_id IS NOT NULL AND NOT "
                + LIVE_AT_THE_SITE.format(more="AND b.id = NEW.opening_badge_id ")
            ),
        ),
    ]
