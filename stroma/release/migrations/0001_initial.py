import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('clinic', '0001_initial'),
        ('courses', '0001_initial'),
        ('custody', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FailureNotice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('means', models.CharField(choices=[('IN_PERSON', 'in person'), ('PHONE', 'by phone'), ('VIDEO', 'by video')], max_length=9)),
                ('told_at', models.DateTimeField()),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='failure_notices', to='courses.course')),
                ('told_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='FailureDecision',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('COLLECT_AGAIN', 'collect again'), ('STOP', 'stop this course')], max_length=13)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('notice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='release.failurenotice')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Rejection',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('rejected_at', models.DateTimeField()),
                ('codes', models.JSONField(default=list)),
                ('lot', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='rejection', to='custody.lot')),
                ('rejected_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='failurenotice',
            name='rejection',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='notice', to='release.rejection'),
        ),
        migrations.CreateModel(
            name='AssayResult',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=60)),
                ('value', models.DecimalField(decimal_places=4, max_digits=16, null=True)),
                ('text', models.CharField(blank=True, max_length=60)),
                ('method', models.CharField(max_length=120)),
                ('performed_at', models.DateTimeField()),
                ('analyst', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='custody.lot')),
            ],
            options={
                'ordering': ['performed_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('text', ''), ('value__isnull', False)), models.Q(('value__isnull', True), models.Q(('text', ''), _negated=True)), _connector='OR'), name='a_result_is_a_number_or_a_word')],
            },
        ),
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('FULL', 'full'), ('CONDITIONAL', 'conditional, final results pending'), ('EXCEPTION', 'by exception')], max_length=11)),
                ('certificate', models.TextField()),
                ('certificate_digest', models.CharField(max_length=64)),
                ('released_at', models.DateTimeField()),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='custody.lot')),
                ('physician', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('physician_signature', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.signature')),
                ('quality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('quality_signature', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.signature')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('physician', models.F('quality')), _negated=True), name='a_lot_is_released_by_two_people'), models.CheckConstraint(condition=models.Q(('physician_signature', models.F('quality_signature')), _negated=True), name='a_release_has_two_signatures')],
            },
        ),
    ]
