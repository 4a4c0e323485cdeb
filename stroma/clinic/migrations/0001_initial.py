import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('time_zone', models.CharField(default='America/New_York', max_length=60)),
                ('facility_number', models.CharField(max_length=5)),
                ('address', models.TextField(blank=True)),
                ('opened_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('uuid', models.UUIDField(editable=False, unique=True)),
                ('name', models.CharField(max_length=150, verbose_name='printed name')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('printed_name', models.CharField(max_length=150)),
                ('role', models.CharField(choices=[('PATIENT', 'patient'), ('COORDINATOR', 'coordinator'), ('PHYSIATRIST', 'physiatrist'), ('NURSE', 'nurse'), ('TECHNOLOGIST', 'technologist'), ('QUALITY', 'quality'), ('ANALYST', 'analyst'), ('ADMINISTRATOR', 'administrator'), ('THERAPIST', 'therapist'), ('SURGEON', 'surgeon')], max_length=14)),
                ('meaning', models.CharField(choices=[('AUTHORSHIP', 'authorship'), ('REVIEW', 'review'), ('APPROVAL', 'approval'), ('RESPONSIBILITY', 'responsibility')], max_length=14)),
                ('document_kind', models.CharField(max_length=40)),
                ('document_id', models.UUIDField(db_index=True)),
                ('document_digest', models.CharField(max_length=64)),
                ('method', models.CharField(choices=[('PASSWORD', 'user name and password'), ('PASSKEY', 'passkey'), ('SIMULATED', 'simulated')], max_length=10)),
                ('signed_at', models.DateTimeField()),
                ('signer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.site')),
            ],
            options={
                'ordering': ['signed_at'],
                'constraints': [models.UniqueConstraint(fields=('document_id', 'document_digest', 'signer'), name='one_person_signs_a_text_once')],
            },
        ),
        migrations.CreateModel(
            name='RoleAssignment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('PATIENT', 'patient'), ('COORDINATOR', 'coordinator'), ('PHYSIATRIST', 'physiatrist'), ('NURSE', 'nurse'), ('TECHNOLOGIST', 'technologist'), ('QUALITY', 'quality'), ('ANALYST', 'analyst'), ('ADMINISTRATOR', 'administrator'), ('THERAPIST', 'therapist'), ('SURGEON', 'surgeon')], max_length=14)),
                ('active_from', models.DateTimeField()),
                ('active_to', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_assignments', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_assignments', to='clinic.site')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('active_to__isnull', True), ('active_to__gt', models.F('active_from')), _connector='OR'), name='a_role_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('CONSULTING_ROOM', 'consulting room'), ('PROCEDURE_ROOM', 'procedure room'), ('LABORATORY', 'laboratory'), ('INCUBATOR', 'incubator'), ('FREEZER', 'freezer'), ('THERAPY_ROOM', 'therapy room'), ('OPERATING_ROOM', 'operating room')], max_length=16)),
                ('name', models.CharField(max_length=80)),
                ('code', models.CharField(max_length=40)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='places', to='clinic.site')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'code'), name='a_place_code_is_unique_at_its_site')],
            },
        ),
        migrations.CreateModel(
            name='AdoptedProtocol',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('protocol_id', models.CharField(max_length=60)),
                ('version', models.CharField(max_length=20)),
                ('digest', models.CharField(max_length=64)),
                ('document', models.TextField()),
                ('adopted_at', models.DateTimeField()),
                ('adopted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adopted_protocols', to='clinic.site')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'protocol_id', 'version'), name='a_version_is_adopted_once')],
            },
        ),
        migrations.CreateModel(
            name='TreatmentAuthorization',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('protocol_id', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=80)),
                ('title', models.CharField(max_length=200)),
                ('valid_from', models.DateTimeField()),
                ('valid_to', models.DateTimeField(null=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='authorizations', to='clinic.site')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='an_authorization_ends_after_it_begins')],
            },
        ),
    ]
