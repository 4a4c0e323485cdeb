import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('clinic', '0001_initial'),
        ('courses', '0001_initial'),
        ('patients', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DonationCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('facility_number', models.CharField(max_length=5)),
                ('year', models.PositiveSmallIntegerField()),
                ('last_serial', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('facility_number', 'year'), name='one_counter_for_a_facility_and_year')],
            },
        ),
        migrations.CreateModel(
            name='Donor',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('relation', models.CharField(choices=[('AUTOLOGOUS', 'autologous'), ('ALLOGENEIC', 'allogeneic')], max_length=10)),
                ('salt', models.CharField(max_length=32)),
                ('patient', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='donor_records', to='patients.patient')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='donors', to='clinic.site')),
            ],
        ),
        migrations.CreateModel(
            name='DonorEligibility',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('ELIGIBLE', 'eligible'), ('INELIGIBLE', 'ineligible'), ('EXCEPTION', 'ineligible, used by documented exception')], max_length=10)),
                ('determined_at', models.DateTimeField()),
                ('determined_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('donor', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='eligibility', to='custody.donor')),
                ('signature', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.signature')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DonorScreening',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('has_risk', models.BooleanField()),
                ('screened_at', models.DateTimeField()),
                ('donor', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='screening', to='custody.donor')),
                ('screened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DonorTest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('agent', models.CharField(max_length=20)),
                ('method', models.CharField(max_length=60)),
                ('result', models.CharField(choices=[('NON_REACTIVE', 'non-reactive'), ('REACTIVE', 'reactive'), ('INDETERMINATE', 'indeterminate')], max_length=13)),
                ('sampled_at', models.DateTimeField()),
                ('reported_at', models.DateTimeField()),
                ('donor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tests', to='custody.donor')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('din', models.CharField(max_length=13, verbose_name='donation identification number')),
                ('product_code', models.CharField(max_length=8)),
                ('product_name', models.CharField(max_length=60)),
                ('state', models.CharField(choices=[('IN_PROCESS', 'in_process'), ('QUARANTINE', 'quarantine'), ('RELEASED', 'released'), ('REJECTED', 'rejected')], max_length=12)),
                ('made_at', models.DateTimeField()),
                ('course', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='courses.course')),
                ('donor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='custody.donor')),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='custody.lot')),
                ('protocol', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.adoptedprotocol')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='clinic.site')),
            ],
        ),
        migrations.CreateModel(
            name='Disposition',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('DISCARD', 'discard'), ('KEEP', 'keep in quarantine')], max_length=7)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lot', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='disposition', to='custody.lot')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Material',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('TISSUE', 'tissue as collected'), ('CULTURE', 'culture'), ('PRODUCT', 'product'), ('DOSE', 'dose'), ('STORED', 'frozen for a later treatment'), ('SAMPLE', 'sample')], max_length=8)),
                ('division', models.CharField(max_length=2)),
                ('unit', models.CharField(default='mL', max_length=6, verbose_name='unit of the amounts')),
                ('amount', models.DecimalField(decimal_places=3, max_digits=10, verbose_name='amount at first')),
                ('remaining', models.DecimalField(decimal_places=3, max_digits=10, verbose_name='amount left')),
                ('viable_cells', models.DecimalField(decimal_places=0, max_digits=14, null=True)),
                ('viability', models.DecimalField(decimal_places=4, max_digits=5, null=True)),
                ('state', models.CharField(choices=[('HELD', 'held'), ('USED_UP', 'used_up'), ('ADMINISTERED', 'administered'), ('DISCARDED', 'discarded')], max_length=12)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='materials', to='custody.lot')),
                ('place', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='materials', to='clinic.place')),
            ],
        ),
        migrations.CreateModel(
            name='Label',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('version', models.CharField(max_length=20)),
                ('content', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('PRINTED', 'printed'), ('APPLIED', 'applied'), ('DESTROYED', 'destroyed')], max_length=9)),
                ('printed_at', models.DateTimeField()),
                ('printed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('material', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='labels', to='custody.material')),
            ],
        ),
        migrations.CreateModel(
            name='Discard',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('amount', models.DecimalField(decimal_places=3, max_digits=10, verbose_name='amount')),
                ('discarded_at', models.DateTimeField()),
                ('discarded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('witness', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('material', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='discard', to='custody.material')),
            ],
        ),
        migrations.CreateModel(
            name='Derivation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('SPLIT', 'split'), ('SAMPLE', 'sample'), ('PROCESS', 'processed into')], max_length=7)),
                ('taken', models.DecimalField(decimal_places=3, max_digits=10, verbose_name='amount taken')),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parents', to='custody.material')),
                ('parent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='children', to='custody.material')),
            ],
        ),
        migrations.CreateModel(
            name='Scan',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(max_length=20)),
                ('raw', models.JSONField()),
                ('is_go', models.BooleanField()),
                ('blockers', models.JSONField()),
                ('scanned_at', models.DateTimeField()),
                ('material', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='scans', to='custody.material')),
                ('scanned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scans', to='clinic.site')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('handed_over_at', models.DateTimeField()),
                ('from_place', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.place')),
                ('received_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('to_place', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.place')),
                ('material', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hand_overs', to='custody.material')),
                ('scan', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='custody.scan')),
            ],
            options={
                'ordering': ['handed_over_at'],
            },
        ),
        migrations.AddConstraint(
            model_name='donor',
            constraint=models.CheckConstraint(condition=models.Q(('relation', 'ALLOGENEIC'), ('patient__isnull', False), _connector='OR'), name='an_autologous_donor_is_a_patient'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.UniqueConstraint(condition=models.Q(('parent__isnull', True)), fields=('din',), name='a_donation_number_names_one_donation'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['IN_PROCESS', 'QUARANTINE', 'RELEASED', 'REJECTED'])), name='a_lot_is_in_a_known_state'),
        ),
        migrations.AddConstraint(
            model_name='material',
            constraint=models.UniqueConstraint(fields=('lot', 'division'), name='a_division_names_one_container_of_a_lot'),
        ),
        migrations.AddConstraint(
            model_name='material',
            constraint=models.CheckConstraint(condition=models.Q(('remaining__gte', 0), ('remaining__lte', models.F('amount')), ('amount__gt', 0)), name='a_container_holds_between_nothing_and_what_it_held'),
        ),
        migrations.AddConstraint(
            model_name='material',
            constraint=models.CheckConstraint(condition=models.Q(('viability__isnull', True), models.Q(('viability__gte', 0), ('viability__lte', 1)), _connector='OR'), name='viability_is_a_fraction'),
        ),
        migrations.AddConstraint(
            model_name='material',
            constraint=models.CheckConstraint(condition=models.Q(('viable_cells__isnull', True), ('viable_cells__gte', 0), _connector='OR'), name='cells_are_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='material',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'HELD'), ('remaining', 0), _connector='OR'), name='only_a_held_container_holds_anything'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'APPLIED')), fields=('material',), name='one_label_is_on_a_container'),
        ),
        migrations.AddConstraint(
            model_name='discard',
            constraint=models.CheckConstraint(condition=models.Q(('discarded_by', models.F('witness')), _negated=True), name='a_witness_is_somebody_else'),
        ),
        migrations.AddConstraint(
            model_name='derivation',
            constraint=models.UniqueConstraint(fields=('parent', 'child'), name='a_child_is_drawn_from_a_parent_once'),
        ),
        migrations.AddConstraint(
            model_name='derivation',
            constraint=models.CheckConstraint(condition=models.Q(('taken__gt', 0)), name='something_was_taken'),
        ),
        migrations.AddConstraint(
            model_name='derivation',
            constraint=models.CheckConstraint(condition=models.Q(('parent', models.F('child')), _negated=True), name='a_container_is_not_its_own_parent'),
        ),
    ]
