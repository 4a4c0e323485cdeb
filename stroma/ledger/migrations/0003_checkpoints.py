"""The tree over the ledger and its signed heads: both only grow."""

import django.db.models.deletion
from django.db import migrations, models

from stroma.ledger.guards import Refuse, never_changed, no_replacing


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tree_size', models.PositiveBigIntegerField()),
                ('root', models.CharField(max_length=64)),
                ('signed_at', models.DateTimeField()),
                ('actor', models.CharField(max_length=60)),
                ('key_fingerprint', models.CharField(max_length=64)),
                ('public_key', models.CharField(max_length=64)),
                ('signature', models.CharField(max_length=128)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('index', models.PositiveBigIntegerField(db_column='leaf_index', primary_key=True, serialize=False)),
                ('nodes', models.TextField()),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='leaf', to='ledger.entry')),
            ],
            options={
                'ordering': ['index'],
            },
        ),
        *never_changed("ledger_leaf"),
        Refuse(
            "ledger_leaf_no_gap",
            "ledger_leaf",
            "INSERT",
            "Leaves are added one after the other, one for each entry.",
            when="NEW.leaf_index <> (SELECT COALESCE(MAX(leaf_index) + 1, 0) FROM ledger_leaf) "
            "OR EXISTS (SELECT 1 FROM ledger_leaf WHERE entry_id = NEW.entry_id)",
        ),
        *never_changed("ledger_checkpoint"),
        *no_replacing("ledger_checkpoint", "id"),
        Refuse(
            "ledger_checkpoint_only_grows",
            "ledger_checkpoint",
            "INSERT",
            "A checkpoint covers at least what the one before it covered.",
            when="NEW.tree_size < (SELECT COALESCE(MAX(tree_size), 0) FROM ledger_checkpoint)",
        ),
    ]
