"""How each code of a scan was read, and the photo it was read from. Rows from before say nothing of it."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from stroma.ledger.guards import never_changed


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0006_links_take_two'),
        ('ledger', '0002_append_only'),
        ('custody', '0009_labels_are_found_by_state'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ScanPhoto',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('media_type', models.CharField(max_length=20)),
                ('sha256', models.CharField(max_length=64)),
                ('content', models.BinaryField()),
                ('taken_at', models.DateTimeField()),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.site')),
                ('taken_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ScanReading',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('means', models.CharField(choices=[('SCANNER', 'by scanner'), ('TYPED', 'typed by hand'), ('PHOTO', 'from a photo'), ('SIMULATED', 'by the simulated scanner')], max_length=9)),
                ('scanner', models.CharField(blank=True, max_length=80, verbose_name='code on the scanner')),
                ('photo', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='custody.scanphoto')),
                ('scan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='custody.scan')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('scan', 'name'), name='a_code_of_a_scan_is_read_one_way'), models.CheckConstraint(condition=models.Q(models.Q(('means', 'PHOTO'), ('photo__isnull', False)), models.Q(models.Q(('means', 'PHOTO'), _negated=True), ('photo__isnull', True)), _connector='OR'), name='what_was_read_from_a_photo_names_it'), models.CheckConstraint(condition=models.Q(('scanner', ''), ('means', 'SCANNER'), _connector='OR'), name='only_what_was_scanned_names_a_scanner')],
            },
        ),
        *never_changed("custody_scanphoto"),
        *never_changed("custody_scanreading"),
    ]
