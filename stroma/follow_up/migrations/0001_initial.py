import django.core.serializers.json
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('courses', '0001_initial'),
        ('patients', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='QuestionnaireDue',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('instrument', models.CharField(choices=[('NRS_BACK', 'Back pain, 0 to 10'), ('NRS_LEG', 'Leg pain, 0 to 10'), ('PEG', 'PEG: pain, enjoyment, general activity'), ('RMDQ', 'Roland-Morris disability questionnaire'), ('ODI', 'Oswestry disability index'), ('PGIC', 'Overall change since the treatment')], max_length=10)),
                ('time_code', models.CharField(max_length=60)),
                ('treated_at', models.DateTimeField(null=True, verbose_name='first treatment, from which the time counts')),
                ('due_at', models.DateTimeField()),
                ('opens_at', models.DateTimeField()),
                ('closes_at', models.DateTimeField(null=True, verbose_name='end of the window, exclusive; none: the treatment')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questionnaires_due', to='courses.course')),
            ],
            options={
                'ordering': ['due_at', 'time_code', 'instrument'],
            },
        ),
        migrations.CreateModel(
            name='QuestionnaireDraft',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('answers', models.JSONField()),
                ('saved_at', models.DateTimeField()),
                ('due', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='draft', to='follow_up.questionnairedue')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='QuestionnaireAnswer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.TextField(blank=True, verbose_name='why it was corrected')),
                ('answered_at', models.DateTimeField()),
                ('entered_at', models.DateTimeField()),
                ('method', models.CharField(choices=[('PATIENT', 'by the patient'), ('PHONE', 'asked by telephone'), ('PAPER', 'on paper'), ('SIMULATED', 'simulated')], max_length=9)),
                ('answers', models.JSONField()),
                ('score', models.DecimalField(decimal_places=4, max_digits=7, null=True)),
                ('answered_count', models.PositiveSmallIntegerField()),
                ('missing', models.JSONField()),
                ('prorated', models.BooleanField(verbose_name='scored on fewer items')),
                ('window', models.CharField(choices=[('EARLY', 'early'), ('IN_WINDOW', 'in window'), ('LATE', 'late')], max_length=9)),
                ('corrects', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='follow_up.questionnaireanswer', verbose_name='answer it corrects')),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('due', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='follow_up.questionnairedue')),
            ],
            options={
                'ordering': ['answered_at'],
            },
        ),
        migrations.CreateModel(
            name='AdverseEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('verbatim', models.TextField(verbose_name="what happened, in the reporter's words")),
                ('code_system', models.CharField(blank=True, max_length=200)),
                ('code', models.CharField(blank=True, max_length=40)),
                ('ctcae_grade', models.PositiveSmallIntegerField(choices=[(1, 'mild or no symptoms; nothing needed'), (2, 'moderate; local or non-invasive treatment; limits instrumental daily activity'), (3, 'severe, not immediately life-threatening; hospital stay; limits self-care'), (4, 'life-threatening; urgent intervention'), (5, 'death')], verbose_name='CTCAE grade')),
                ('seriousness', models.JSONField(default=list, verbose_name='criteria of seriousness')),
                ('is_serious', models.BooleanField()),
                ('related_to', models.CharField(choices=[('COLLECTION', 'collection'), ('CELLS', 'cells'), ('INJECTION', 'injection'), ('SEDATION', 'sedation'), ('NONE', 'none')], max_length=10)),
                ('relation', models.CharField(choices=[('UNRELATED', 'unrelated'), ('UNLIKELY', 'unlikely'), ('POSSIBLE', 'possible'), ('PROBABLE', 'probable'), ('DEFINITE', 'definite')], max_length=9)),
                ('is_expected', models.BooleanField()),
                ('communicable_disease_suspected', models.BooleanField(default=False)),
                ('onset_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('action_taken', models.TextField(blank=True)),
                ('outcome', models.CharField(choices=[('RECOVERED', 'recovered'), ('RECOVERED_WITH_SEQUELAE', 'recovered with lasting harm'), ('RECOVERING', 'recovering'), ('NOT_RECOVERED', 'not recovered'), ('FATAL', 'fatal'), ('UNKNOWN', 'unknown')], max_length=23)),
                ('duty_days', models.PositiveSmallIntegerField(null=True, verbose_name='calendar days until the authority must be told')),
                ('duty_due_at', models.DateTimeField(null=True)),
                ('duty_source', models.CharField(blank=True, max_length=200)),
                ('reported_at', models.DateTimeField(verbose_name='when the site learned of it')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adverse_events', to='courses.course')),
                ('follows', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followed_by', to='follow_up.adverseevent')),
                ('reported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['reported_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ctcae_grade__gte', 1), ('ctcae_grade__lte', 5)), name='a_ctcae_grade_is_1_to_5'), models.CheckConstraint(condition=models.Q(models.Q(('ctcae_grade', 5), ('outcome', 'FATAL')), models.Q(models.Q(('ctcae_grade', 5), _negated=True), models.Q(('outcome', 'FATAL'), _negated=True)), _connector='OR'), name='grade_5_and_a_fatal_outcome_go_together'), models.CheckConstraint(condition=models.Q(models.Q(('related_to', 'NONE'), ('relation', 'UNRELATED')), models.Q(models.Q(('related_to', 'NONE'), _negated=True), models.Q(('relation', 'UNRELATED'), _negated=True)), _connector='OR'), name='an_unrelated_event_is_related_to_nothing'), models.CheckConstraint(condition=models.Q(('onset_at__lte', models.F('reported_at')), models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('onset_at')), _connector='OR')), name='an_event_begins_before_it_ends_or_is_reported'), models.CheckConstraint(condition=models.Q(models.Q(('duty_days__isnull', True), ('duty_due_at__isnull', True), ('duty_source', '')), models.Q(('duty_days__isnull', False), ('duty_due_at__isnull', False), models.Q(('duty_source', ''), _negated=True)), _connector='OR'), name='a_reporting_duty_says_by_when_and_why')],
            },
        ),
        migrations.CreateModel(
            name='AnotherTreatmentDecision',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('treatment_number', models.PositiveSmallIntegerField()),
                ('outcome', models.CharField(choices=[('MAY_BE_GIVEN', 'may be given'), ('NOT_NOW', 'not now')], max_length=12)),
                ('reasons', models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('overrides', models.JSONField(default=dict)),
                ('decided_at', models.DateTimeField()),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='another_treatment_decisions', to='courses.course')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['decided_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('outcome', 'MAY_BE_GIVEN')), fields=('course', 'treatment_number'), name='a_further_treatment_is_agreed_once'), models.CheckConstraint(condition=models.Q(('treatment_number__gte', 2)), name='candidacy_decides_the_first_treatment')],
            },
        ),
        migrations.CreateModel(
            name='Intervention',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('SURGERY', 'surgery'), ('INJECTION', 'injection'), ('STRONG_OPIOID', 'new strong opioid'), ('OTHER', 'other')], max_length=13)),
                ('happened_at', models.DateTimeField()),
                ('note', models.TextField(blank=True)),
                ('recorded_at', models.DateTimeField()),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interventions', to='courses.course')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['happened_at'],
                'constraints': [models.UniqueConstraint(fields=('course', 'kind', 'happened_at'), name='an_intervention_is_recorded_once'), models.CheckConstraint(condition=models.Q(('recorded_at__gte', models.F('happened_at'))), name='an_intervention_is_recorded_after_it_happened')],
            },
        ),
        migrations.CreateModel(
            name='ProblemReport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('words', models.TextField(blank=True, verbose_name="what is wrong, in the patient's words")),
                ('signs', models.JSONField(default=list, verbose_name='warning signs ticked')),
                ('reported_at', models.DateTimeField()),
                ('taken_up_at', models.DateTimeField(null=True)),
                ('course', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='problem_reports', to='courses.course')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='problem_reports', to='patients.patient')),
                ('reported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('taken_up_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['reported_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('taken_up_at__isnull', True), ('taken_up_by__isnull', True)), models.Q(('taken_up_at__isnull', False), ('taken_up_by__isnull', False)), _connector='OR'), name='who_takes_a_report_up_says_when')],
            },
        ),
        migrations.AddConstraint(
            model_name='questionnairedue',
            constraint=models.UniqueConstraint(fields=('course', 'instrument', 'time_code'), name='a_questionnaire_is_due_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='questionnairedue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closes_at__isnull', True), ('treated_at__isnull', True)), models.Q(('closes_at__isnull', False), ('treated_at__isnull', False)), _connector='OR'), name='a_window_closes_once_treatment_is_known'),
        ),
        migrations.AddConstraint(
            model_name='questionnairedue',
            constraint=models.CheckConstraint(condition=models.Q(('opens_at__lte', models.F('due_at')), models.Q(('closes_at__isnull', True), ('closes_at__gte', models.F('due_at')), _connector='OR')), name='a_questionnaire_is_due_within_its_window'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireanswer',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', True)), fields=('due',), name='a_questionnaire_is_answered_once'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireanswer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrects__isnull', True), ('reason', '')), models.Q(('corrects__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='a_correction_says_why'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireanswer',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', True), models.Q(('corrects', models.F('id')), _negated=True), _connector='OR'), name='an_answer_does_not_correct_itself'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireanswer',
            constraint=models.CheckConstraint(condition=models.Q(('entered_at__gte', models.F('answered_at'))), name='an_answer_is_entered_when_or_after_it_is_given'),
        ),
    ]
