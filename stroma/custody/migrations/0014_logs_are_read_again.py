"""Another log of a journey takes the place of the one before and says why. SQLite makes the table anew for it."""

import django.db.models.deletion
from django.db import migrations, models

from stroma.ledger.guards import Refuse, RefuseInstead

TABLE = "custody_temperaturelog"
NEVER = f"Rows of {TABLE} are never changed or removed. Write a new row that corrects the old one."


class Migration(migrations.Migration):

    dependencies = [
        ('custody', '0013_boxes_are_opened_with_a_badge'),
    ]

    operations = [
        migrations.AlterField(
            model_name='temperaturelog',
            name='shipment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='logs', to='custody.shipment'),
        ),
        migrations.AddField(
            model_name='temperaturelog',
            name='corrects',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='custody.temperaturelog'),
        ),
        migrations.AddField(
            model_name='temperaturelog',
            name='reason',
            field=models.CharField(blank=True, default='', max_length=400, verbose_name='why another one was read'),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='temperaturelog',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', True)), fields=('shipment',), name='a_journey_has_one_first_log'),
        ),
        migrations.AddConstraint(
            model_name='temperaturelog',
            constraint=models.UniqueConstraint(fields=('shipment', 'digest'), name='a_log_of_a_journey_is_read_once'),
        ),
        migrations.AddConstraint(
            model_name='temperaturelog',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrects__isnull', True), ('reason', '')), models.Q(('corrects__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='another_log_says_why'),
        ),
        # The table that SQLite made anew has none of its guards.
        RefuseInstead(f"{TABLE}_no_update", TABLE, "UPDATE", NEVER, when="", before=""),
        RefuseInstead(f"{TABLE}_no_delete", TABLE, "DELETE", NEVER, when="", before=""),
        Refuse(
            "custody_log_corrects_its_own",
            TABLE,
            "INSERT",
            "Another log takes the place of one of the same journey.",
            when=(
                "NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM custody_temperaturelog l "
                "WHERE l.id = NEW.corrects_id AND l.shipment_id = NEW.shipment_id)"
            ),
        ),
    ]
