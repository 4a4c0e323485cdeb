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
            name='Resource',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=150)),
                ('patient', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='resource', to='patients.patient')),
                ('place', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='resource', to='clinic.place')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='clinic.site')),
                ('user', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='resource', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Consultation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=150)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('telephone', models.CharField(blank=True, max_length=40)),
                ('key', models.CharField(max_length=43, unique=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('BOOKED', 'booked'), ('CANCELLED', 'cancelled')], default='BOOKED', max_length=9)),
                ('booked_at', models.DateTimeField()),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consultations', to='clinic.site')),
                ('physiatrist', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='planning.resource')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='planning.resource')),
            ],
            options={
                'ordering': ['starts_at'],
            },
        ),
        migrations.CreateModel(
            name='Capability',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=24)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='capabilities', to='clinic.site')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='capabilities', to='planning.resource')),
            ],
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=60)),
                ('attempt', models.PositiveSmallIntegerField(default=1)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('BOOKED', 'booked'), ('COMPLETED', 'completed'), ('CANCELLED', 'cancelled'), ('MISSED', 'missed')], default='BOOKED', max_length=9)),
                ('booked_at', models.DateTimeField()),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='courses.course')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='clinic.site')),
            ],
            options={
                'ordering': ['starts_at'],
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('is_live', models.BooleanField(default=True)),
                ('consultation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='planning.consultation')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='planning.resource')),
                ('visit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='planning.visit')),
            ],
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.CheckConstraint(condition=models.Q(('user__isnull', True), ('patient__isnull', True), _connector='OR'), name='a_resource_is_staff_or_patient_never_both'),
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.CheckConstraint(condition=models.Q(('place__isnull', True), models.Q(('patient__isnull', True), ('user__isnull', True)), _connector='OR'), name='a_person_is_no_place'),
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.UniqueConstraint(condition=models.Q(('patient__isnull', True), ('user__isnull', True)), fields=('site', 'name'), name='a_thing_is_known_by_its_name_at_its_site'),
        ),
        migrations.AddConstraint(
            model_name='consultation',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='a_consultation_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='consultation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email', ''), _negated=True), models.Q(('telephone', ''), _negated=True), _connector='OR'), name='a_consultation_names_a_way_to_be_reached'),
        ),
        migrations.AddIndex(
            model_name='capability',
            index=models.Index(fields=['site', 'kind'], name='capabilities_by_kind'),
        ),
        migrations.AddConstraint(
            model_name='capability',
            constraint=models.UniqueConstraint(fields=('site', 'resource', 'kind'), name='a_resource_has_a_kind_at_a_site_once'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='a_visit_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'BOOKED')), fields=('course', 'code'), name='a_visit_is_booked_once_in_a_course'),
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(condition=models.Q(('is_live', True)), fields=['resource', 'starts_at'], name='live_reservations'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='a_reservation_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('consultation__isnull', True), ('visit__isnull', False)), models.Q(('consultation__isnull', False), ('visit__isnull', True)), _connector='OR'), name='a_reservation_is_for_a_visit_or_a_consultation'),
        ),
    ]
