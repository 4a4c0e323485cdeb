"""Printed labels are applied, destroyed or missing; another one says why; a site has product codes of its own."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import Refuse, RefuseInstead, never_changed

_AS_PRINTED = (
    "NEW.material_id <> OLD.material_id OR NEW.content <> OLD.content OR NEW.digest <> OLD.digest "
    "OR NEW.version <> OLD.version"
)


class Migration(migrations.Migration):
    dependencies = [
        ("custody", "0006_storage_transport_and_holds_hold"),
        ("clinic", "0003_signed_by_who_may"),
        ("ledger", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="label",
            name="state",
            field=models.CharField(
                choices=[
                    ("PRINTED", "printed"),
                    ("APPLIED", "applied"),
                    ("DESTROYED", "destroyed"),
                    ("MISSING", "missing"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="label",
            name="reason",
            field=models.CharField(
                blank=True, default="", max_length=200, verbose_name="why another one was printed"
            ),
        ),
        migrations.CreateModel(
            name="SiteProductCode",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("protocol_id", models.CharField(max_length=60)),
                ("product_code", models.CharField(max_length=5, verbose_name="product description code")),
                ("collection_type", models.CharField(max_length=1)),
                ("product_name", models.CharField(max_length=60)),
                ("imported_at", models.DateTimeField()),
                (
                    "imported_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="product_codes", to="clinic.site"
                    ),
                ),
            ],
            options={"ordering": ["imported_at"]},
        ),
        migrations.AddConstraint(
            model_name="siteproductcode",
            constraint=models.UniqueConstraint(
                fields=("site", "protocol_id", "imported_at"), name="a_protocol_has_one_product_code_at_a_time"
            ),
        ),
        *never_changed("custody_siteproductcode"),
        RefuseInstead(
            "custody_label_stays_as_printed",
            "custody_label",
            "UPDATE",
            "A label stays as it was printed, on the container it was printed for.",
            when=f"{_AS_PRINTED} OR NEW.reason <> OLD.reason OR NEW.printed_at <> OLD.printed_at",
            before=_AS_PRINTED,
        ),
        RefuseInstead(
            "custody_label_used_once",
            "custody_label",
            "UPDATE",
            "A label is applied once; a destroyed one does not come back.",
            when=(
                "NEW.state <> OLD.state AND NOT ("
                "(OLD.state = 'PRINTED' AND NEW.state IN ('APPLIED', 'DESTROYED', 'MISSING')) "
                "OR (OLD.state = 'APPLIED' AND NEW.state IN ('DESTROYED', 'MISSING')) "
                "OR (OLD.state = 'MISSING' AND NEW.state = 'DESTROYED'))"
            ),
            before=(
                "NEW.state <> OLD.state AND NOT ((OLD.state = 'PRINTED' AND NEW.state = 'APPLIED') "
                "OR (OLD.state <> 'DESTROYED' AND NEW.state = 'DESTROYED'))"
            ),
        ),
        Refuse(
            "custody_label_again_says_why",
            "custody_label",
            "INSERT",
            "Another label of the same container says why it was printed.",
            when=(
                "TRIM(NEW.reason) = '' AND EXISTS (SELECT 1 FROM custody_label l "
                "WHERE l.material_id = NEW.material_id)"
            ),
        ),
        Refuse(
            "custody_lot_labels_accounted_for",
            "custody_lot",
            "UPDATE",
            "A batch closes when every label printed for it is applied, destroyed or reported missing.",
            when=(
                "OLD.state = 'IN_PROCESS' AND NEW.state = 'QUARANTINE' AND EXISTS (SELECT 1 FROM custody_label l "
                "JOIN custody_material m ON m.id = l.material_id WHERE m.lot_id = NEW.id AND l.state = 'PRINTED')"
            ),
        ),
        Refuse(
            "custody_lot_number_is_no_test",
            "custody_lot",
            "INSERT",
            "Facility numbers A9990 to A9999 are for tests; a real donation has the number of its facility.",
            when=(
                "SUBSTR(NEW.din, 1, 4) = 'A999' "
                "AND EXISTS (SELECT 1 FROM ledger_installation i WHERE i.nature = 'REAL')"
            ),
        ),
    ]
