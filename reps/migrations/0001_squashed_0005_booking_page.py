import django.db.models.deletion
import django.db.models.functions.text
import reps.models.people
import reps.validators
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('reps', '0001_initial'), ('reps', '0002_the_whole_decision'), ('reps', '0003_ids_of_leaves_and_skills'), ('reps', '0004_from_alert_to_answer'), ('reps', '0005_booking_page')]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Skill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=100, unique=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Rep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('email', models.EmailField(help_text='Where alerts go. Stored in lower case.', max_length=254, unique=True)),
                ('name', models.CharField(max_length=150)),
                ('timezone', models.CharField(blank=True, help_text="Empty: the team's time zone.", max_length=64, validators=[reps.models.people.validate_timezone])),
                ('hours', models.CharField(choices=[('team', "The team's hours"), ('own', 'Own hours'), ('always', 'Always on shift')], default='team', max_length=10, verbose_name='working hours')),
                ('holidays', models.CharField(blank=True, help_text='Country, or country and region, whose public holidays are free: US, US-CA, DE-BY. Empty: none.', max_length=10, validators=[reps.validators.validate_holidays], verbose_name='public holidays')),
                ('languages', models.JSONField(blank=True, default=list, help_text='Language codes, such as ["en", "es"].', validators=[reps.validators.validate_languages])),
                ('about', models.TextField(blank=True, help_text='What this person knows, in free text.')),
                ('caps', models.JSONField(blank=True, default=dict, help_text='Most leads this person may get: {"hour": 5, "day": 20, "week": 80, "open": 40, "unanswered": 10}.', validators=[reps.validators.validate_caps])),
                ('catch_up', models.JSONField(blank=True, default=dict, help_text='What this person goes on earning while on leave: {"share": 0.5, "cap": 5, "max_rate": 1.5}. Empty: nothing.', validators=[reps.validators.validate_catch_up])),
                ('kind', models.CharField(choices=[('human', 'Person'), ('agent', 'AI agent')], default='human', max_length=5)),
                ('webhook', models.URLField(blank=True, help_text='Where an agent is alerted.', max_length=500)),
                ('ack_seconds', models.PositiveSmallIntegerField(default=10, help_text='An agent that has not acknowledged a lead after so many seconds loses it.')),
                ('active', models.BooleanField(default=True, help_text='Only active people get leads.')),
                ('paused', models.BooleanField(default=False, help_text='Gets no new leads for now.')),
                ('paused_until', models.DateTimeField(blank=True, help_text='Empty: until resumed by hand.', null=True)),
                ('paused_reason', models.CharField(blank=True, max_length=200)),
                ('paused_by_sla', models.BooleanField(default=False, editable=False, help_text='An SLA step paused them: their next act ends it.')),
                ('quiet_from', models.TimeField(blank=True, help_text="From then on chat and SMS stay silent; mail goes on. In the rep's time zone.", null=True)),
                ('quiet_until', models.TimeField(blank=True, null=True)),
                ('calendar_url', models.URLField(blank=True, help_text="An iCal feed (https://…) whose entries are this person's time off.", max_length=500, verbose_name='calendar feed')),
                ('booking_url', models.URLField(blank=True, help_text='Where people book a meeting with this person (https://…). Forms may show it after sending.', max_length=500, verbose_name='booking page')),
                ('calendar_read_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('calendar_error', models.CharField(blank=True, editable=False, max_length=300)),
                ('calendar_failing_since', models.DateTimeField(blank=True, editable=False, null=True)),
                ('demo', models.BooleanField(default=False, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('backup', models.ForeignKey(blank=True, help_text='Takes over leads of accounts and returning people while this person is away.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='backup_of', to='reps.rep')),
                ('user', models.OneToOneField(blank=True, help_text='The sign-in of this person, if they have one.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='rep', to=settings.AUTH_USER_MODEL)),
                ('skills', models.ManyToManyField(blank=True, related_name='reps', to='reps.skill')),
            ],
            options={
                'ordering': ['name', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email')), models.Q(('email', ''), _negated=True)), name='rep_email_is_lower_case', violation_error_message='Write the e-mail address in lower case.'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'agent'), _negated=True), models.Q(('webhook', ''), _negated=True), _connector='OR'), name='rep_agent_has_a_webhook', violation_error_message='An agent needs a webhook.'), models.CheckConstraint(condition=models.Q(('backup', None), models.Q(('backup', models.F('id')), _negated=True), _connector='OR'), name='rep_is_not_their_own_backup', violation_error_message='Nobody can be their own backup.'), models.CheckConstraint(condition=models.Q(('paused', True), models.Q(('paused_until', None), ('paused_reason', '')), _connector='OR'), name='rep_pause_details_need_a_pause', violation_error_message='An end or a reason of a pause needs “paused” to be set.'), models.CheckConstraint(condition=models.Q(models.Q(('quiet_from', None), ('quiet_until', None)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='rep_quiet_hours_have_both_ends', violation_error_message='Quiet hours need a start and an end.')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalTimeOff',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('uuid', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(help_text='The first instant at work again.', verbose_name='to')),
                ('whole_days', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('hand_over', models.CharField(blank=True, choices=[('', 'They keep them'), ('backup', 'To their backup'), ('routing', 'Routed anew')], default='', help_text='What happens with the leads that they own when the leave begins.', max_length=10, verbose_name='open leads')),
                ('hand_over_leads', models.CharField(choices=[('unanswered', 'Those without an answer'), ('open', 'All that are open')], default='unanswered', max_length=10, verbose_name='which leads')),
                ('handed_over_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('calendar_uid', models.CharField(blank=True, editable=False, help_text="The entry of the rep's calendar feed that it comes from.", max_length=250)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rep', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='reps.rep')),
            ],
            options={
                'verbose_name': 'historical time off',
                'verbose_name_plural': 'historical time off',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTeam',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('uuid', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('name', models.CharField(db_index=True, max_length=100)),
                ('timezone', models.CharField(blank=True, help_text="For reps without a time zone of their own, such as America/Los_Angeles. Empty: the company's.", max_length=64, validators=[reps.models.people.validate_timezone])),
                ('digest', models.CharField(blank=True, choices=[('', 'None'), ('daily', 'Each working day'), ('weekly', 'Each Monday')], default='daily', help_text="How often the manager gets a mail about the team's leads.", max_length=6, verbose_name="manager's digest")),
                ('demo', models.BooleanField(default=False, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('manager', models.ForeignKey(blank=True, db_constraint=False, help_text='Hears of leads that nobody answers, and is a last resort.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='reps.rep')),
            ],
            options={
                'verbose_name': 'historical team',
                'verbose_name_plural': 'historical teams',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=100, unique=True)),
                ('timezone', models.CharField(blank=True, help_text="For reps without a time zone of their own, such as America/Los_Angeles. Empty: the company's.", max_length=64, validators=[reps.models.people.validate_timezone])),
                ('digest', models.CharField(blank=True, choices=[('', 'None'), ('daily', 'Each working day'), ('weekly', 'Each Monday')], default='daily', help_text="How often the manager gets a mail about the team's leads.", max_length=6, verbose_name="manager's digest")),
                ('demo', models.BooleanField(default=False, editable=False)),
                ('manager', models.ForeignKey(blank=True, help_text='Hears of leads that nobody answers, and is a last resort.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='managed_teams', to='reps.rep')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.AddField(
            model_name='rep',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reps', to='reps.team'),
        ),
        migrations.CreateModel(
            name='HistoricalRep',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('uuid', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('email', models.EmailField(db_index=True, help_text='Where alerts go. Stored in lower case.', max_length=254)),
                ('name', models.CharField(max_length=150)),
                ('timezone', models.CharField(blank=True, help_text="Empty: the team's time zone.", max_length=64, validators=[reps.models.people.validate_timezone])),
                ('hours', models.CharField(choices=[('team', "The team's hours"), ('own', 'Own hours'), ('always', 'Always on shift')], default='team', max_length=10, verbose_name='working hours')),
                ('holidays', models.CharField(blank=True, help_text='Country, or country and region, whose public holidays are free: US, US-CA, DE-BY. Empty: none.', max_length=10, validators=[reps.validators.validate_holidays], verbose_name='public holidays')),
                ('languages', models.JSONField(blank=True, default=list, help_text='Language codes, such as ["en", "es"].', validators=[reps.validators.validate_languages])),
                ('about', models.TextField(blank=True, help_text='What this person knows, in free text.')),
                ('caps', models.JSONField(blank=True, default=dict, help_text='Most leads this person may get: {"hour": 5, "day": 20, "week": 80, "open": 40, "unanswered": 10}.', validators=[reps.validators.validate_caps])),
                ('catch_up', models.JSONField(blank=True, default=dict, help_text='What this person goes on earning while on leave: {"share": 0.5, "cap": 5, "max_rate": 1.5}. Empty: nothing.', validators=[reps.validators.validate_catch_up])),
                ('kind', models.CharField(choices=[('human', 'Person'), ('agent', 'AI agent')], default='human', max_length=5)),
                ('webhook', models.URLField(blank=True, help_text='Where an agent is alerted.', max_length=500)),
                ('ack_seconds', models.PositiveSmallIntegerField(default=10, help_text='An agent that has not acknowledged a lead after so many seconds loses it.')),
                ('active', models.BooleanField(default=True, help_text='Only active people get leads.')),
                ('paused', models.BooleanField(default=False, help_text='Gets no new leads for now.')),
                ('paused_until', models.DateTimeField(blank=True, help_text='Empty: until resumed by hand.', null=True)),
                ('paused_reason', models.CharField(blank=True, max_length=200)),
                ('paused_by_sla', models.BooleanField(default=False, editable=False, help_text='An SLA step paused them: their next act ends it.')),
                ('quiet_from', models.TimeField(blank=True, help_text="From then on chat and SMS stay silent; mail goes on. In the rep's time zone.", null=True)),
                ('quiet_until', models.TimeField(blank=True, null=True)),
                ('calendar_url', models.URLField(blank=True, help_text="An iCal feed (https://…) whose entries are this person's time off.", max_length=500, verbose_name='calendar feed')),
                ('booking_url', models.URLField(blank=True, help_text='Where people book a meeting with this person (https://…). Forms may show it after sending.', max_length=500, verbose_name='booking page')),
                ('demo', models.BooleanField(default=False, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(blank=True, db_constraint=False, help_text='The sign-in of this person, if they have one.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('backup', models.ForeignKey(blank=True, db_constraint=False, help_text='Takes over leads of accounts and returning people while this person is away.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='reps.rep')),
                ('team', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='reps.team')),
            ],
            options={
                'verbose_name': 'historical rep',
                'verbose_name_plural': 'historical reps',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='TimeOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(help_text='The first instant at work again.', verbose_name='to')),
                ('whole_days', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('hand_over', models.CharField(blank=True, choices=[('', 'They keep them'), ('backup', 'To their backup'), ('routing', 'Routed anew')], default='', help_text='What happens with the leads that they own when the leave begins.', max_length=10, verbose_name='open leads')),
                ('hand_over_leads', models.CharField(choices=[('unanswered', 'Those without an answer'), ('open', 'All that are open')], default='unanswered', max_length=10, verbose_name='which leads')),
                ('handed_over_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('calendar_uid', models.CharField(blank=True, editable=False, help_text="The entry of the rep's calendar feed that it comes from.", max_length=250)),
                ('rep', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='time_off', to='reps.rep')),
            ],
            options={
                'verbose_name_plural': 'time off',
                'ordering': ['starts_at'],
                'indexes': [models.Index(fields=['rep', 'ends_at'], name='time_off_of_rep'), models.Index(condition=models.Q(models.Q(('hand_over', ''), _negated=True), ('handed_over_at', None)), fields=['starts_at'], name='time_off_to_hand_over')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='time_off_ends_after_it_starts', violation_error_message='Time off must end after it starts.')],
            },
        ),
        migrations.CreateModel(
            name='WorkingHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')])),
                ('start', models.TimeField()),
                ('end', models.TimeField(help_text='An end at or before the start lies on the next day; 00:00 is midnight.')),
                ('rep', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='working_hours', to='reps.rep')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='working_hours', to='reps.team')),
            ],
            options={
                'verbose_name_plural': 'working hours',
                'ordering': ['weekday', 'start'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('rep__isnull', False), ('team', None)), models.Q(('rep', None), ('team__isnull', False)), _connector='OR'), name='working_hours_belong_to_a_team_or_a_rep', violation_error_message='Working hours belong to either a team or a rep.'), models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='working_hours_weekday_is_0_to_6'), models.UniqueConstraint(condition=models.Q(('rep', None)), fields=('team', 'weekday', 'start'), name='working_hours_team_block_once'), models.UniqueConstraint(condition=models.Q(('team', None)), fields=('rep', 'weekday', 'start'), name='working_hours_rep_block_once')],
            },
        ),
        migrations.CreateModel(
            name='Expertise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(max_length=100)),
                ('level', models.PositiveSmallIntegerField(default=1)),
                ('rep', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='expertise', to='reps.rep')),
            ],
            options={
                'verbose_name_plural': 'expertise',
                'ordering': ['topic'],
                'constraints': [models.UniqueConstraint(fields=('rep', 'topic'), name='expertise_topic_once_a_rep'), models.CheckConstraint(condition=models.Q(('level__gte', 1), ('level__lte', 3)), name='expertise_level_is_1_to_3', violation_error_message='A level is 1, 2 or 3.')],
            },
        ),
        migrations.CreateModel(
            name='Channel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('email', 'E-mail'), ('slack', 'Slack'), ('teams', 'Microsoft Teams'), ('sms', 'SMS')], default='email', max_length=5)),
                ('address', models.CharField(blank=True, help_text="Where it leads, such as slack://… (a secret). E-mail: the rep's address.", max_length=500)),
                ('position', models.PositiveSmallIntegerField(default=1, help_text='The lowest is tried first.')),
                ('active', models.BooleanField(default=True)),
                ('failed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('error', models.CharField(blank=True, editable=False, max_length=300)),
                ('rep', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='channels', to='reps.rep')),
            ],
            options={
                'ordering': ['rep', 'position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('rep', 'kind', 'address'), name='channel_once_a_rep', violation_error_message='This rep has this channel already.'), models.CheckConstraint(condition=models.Q(models.Q(('address', ''), ('kind', 'email')), models.Q(models.Q(('kind', 'email'), _negated=True), models.Q(('address', ''), _negated=True)), _connector='OR'), name='channel_has_an_address', violation_error_message="Slack, Teams and SMS need an address; e-mail goes to the rep's own.")],
            },
        ),
    ]
