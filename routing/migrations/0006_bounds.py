"""Numbers of the configuration have bounds, and what lies outside moves to the nearest."""

import django.core.validators
from django.db import migrations, models


TEN_YEARS = 3650.0
MINUTES = TEN_YEARS * 24 * 60
BOUNDS = {
    "Pool": {
        "minimum_fit": (0, 1000),
        "shrinkage_k": (None, 1_000_000),
        "half_life_days": (None, TEN_YEARS),
        "offer_minutes": (None, MINUTES),
    },
    "RoutingSettings": {"release_burst": (None, 1000)},
    "Rule": {"wait_minutes": (0, MINUTES)},
    "Signal": {"half_life_days": (None, TEN_YEARS)},
    "SlaPolicy": {"accept_minutes": (0, MINUTES), "max_attempts": (1, 100)},
}


def move_within(apps, schema_editor):
    """To a database NaN is more than any number."""
    for model, fields in BOUNDS.items():
        rows = apps.get_model("routing", model).objects
        for field, (least, most) in fields.items():
            rows.filter(**{f"{field}__gt": most}).update(**{field: most})
            if least is not None:
                rows.filter(**{f"{field}__lt": least}).update(**{field: least})
    apps.get_model("routing", "Signal").objects.filter(half_life_days__lte=0).update(half_life_days=None)


class Migration(migrations.Migration):

    dependencies = [
        ('reps', '0003_ids_of_leaves_and_skills'),
        ('routing', '0005_counts_from_indexes'),
    ]

    operations = [
        migrations.RunPython(move_within, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint(
            model_name='pool',
            name='pool_numbers_have_bounds',
        ),
        migrations.RemoveConstraint(
            model_name='routingsettings',
            name='routing_settings_spans_have_bounds',
        ),
        migrations.RemoveConstraint(
            model_name='rule',
            name='rule_wait_has_minutes',
        ),
        migrations.RemoveConstraint(
            model_name='slapolicy',
            name='sla_policy_minutes_have_bounds',
        ),
        migrations.AlterField(
            model_name='historicalpool',
            name='half_life_days',
            field=models.FloatField(default=120, help_text='Performance: results this old count half.', validators=[django.core.validators.MaxValueValidator(3650.0)]),
        ),
        migrations.AlterField(
            model_name='historicalpool',
            name='minimum_fit',
            field=models.FloatField(default=0.2, help_text='Intent: who fits less takes no part.', validators=[django.core.validators.MaxValueValidator(1000)]),
        ),
        migrations.AlterField(
            model_name='historicalpool',
            name='offer_minutes',
            field=models.FloatField(default=5, validators=[django.core.validators.MaxValueValidator(5256000.0)]),
        ),
        migrations.AlterField(
            model_name='historicalpool',
            name='shrinkage_k',
            field=models.FloatField(default=30, help_text='Performance: results of fewer leads than this weigh less than those of everybody.', validators=[django.core.validators.MaxValueValidator(1000000)]),
        ),
        migrations.AlterField(
            model_name='historicalslapolicy',
            name='accept_minutes',
            field=models.FloatField(default=15, help_text='Accepting moves taking the lead away to no earlier than so many minutes later.', validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(5256000.0)]),
        ),
        migrations.AlterField(
            model_name='historicalslapolicy',
            name='max_attempts',
            field=models.PositiveSmallIntegerField(default=3, help_text='After so many owners without an answer a manager owns the lead.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)]),
        ),
        migrations.AlterField(
            model_name='pool',
            name='half_life_days',
            field=models.FloatField(default=120, help_text='Performance: results this old count half.', validators=[django.core.validators.MaxValueValidator(3650.0)]),
        ),
        migrations.AlterField(
            model_name='pool',
            name='minimum_fit',
            field=models.FloatField(default=0.2, help_text='Intent: who fits less takes no part.', validators=[django.core.validators.MaxValueValidator(1000)]),
        ),
        migrations.AlterField(
            model_name='pool',
            name='offer_minutes',
            field=models.FloatField(default=5, validators=[django.core.validators.MaxValueValidator(5256000.0)]),
        ),
        migrations.AlterField(
            model_name='pool',
            name='shrinkage_k',
            field=models.FloatField(default=30, help_text='Performance: results of fewer leads than this weigh less than those of everybody.', validators=[django.core.validators.MaxValueValidator(1000000)]),
        ),
        migrations.AlterField(
            model_name='slapolicy',
            name='accept_minutes',
            field=models.FloatField(default=15, help_text='Accepting moves taking the lead away to no earlier than so many minutes later.', validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(5256000.0)]),
        ),
        migrations.AlterField(
            model_name='slapolicy',
            name='max_attempts',
            field=models.PositiveSmallIntegerField(default=3, help_text='After so many owners without an answer a manager owns the lead.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)]),
        ),
        migrations.AddConstraint(
            model_name='pool',
            constraint=models.CheckConstraint(condition=models.Q(('control_share__gte', 0), ('control_share__lte', 0.5), ('half_life_days__gt', 0), ('half_life_days__lte', 3650.0), ('minimum_fit__gte', 0), ('minimum_fit__lte', 1000), ('offer_minutes__gt', 0), ('offer_minutes__lte', 5256000.0), ('shrinkage_k__gt', 0), ('shrinkage_k__lte', 1000000), ('totals_days__gt', 0), ('totals_days__lte', 3650.0), models.Q(('band', None), models.Q(('band__gte', 0), ('band__lte', 1000)), _connector='OR')), name='pool_numbers_have_bounds', violation_error_message='A turn tolerance lies between 0 and 1000 leads, a control group between 0 and 0.5, a least fit between 0 and 1000; days, k and minutes are more than 0, spans of time at most ten years, and k at most 1,000,000.'),
        ),
        migrations.AddConstraint(
            model_name='routingsettings',
            constraint=models.CheckConstraint(condition=models.Q(('company_days__gte', 0), ('company_days__lte', 3650.0), ('duplicate_minutes__gte', 0), ('duplicate_minutes__lte', 5256000.0), ('hold_deadline_hours__gt', 0), ('hold_deadline_hours__lte', 87600.0), ('release_burst__gte', 1), ('release_burst__lte', 1000), ('returning_days__gte', 0), ('returning_days__lte', 3650.0), ('signal_half_life_days__gt', 0), ('signal_half_life_days__lte', 3650.0), ('taper_days__gte', 0), ('taper_days__lte', 3650.0)), name='routing_settings_spans_have_bounds', violation_error_message='A span of time cannot be negative, nor longer than ten years.'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('when_nobody', 'wait'), _negated=True), models.Q(('wait_minutes__gt', 0), ('wait_minutes__isnull', False)), _connector='OR'), models.Q(('wait_minutes', None), models.Q(('wait_minutes__gte', 0), ('wait_minutes__lte', 5256000.0)), _connector='OR')), name='rule_wait_has_minutes', violation_error_message='Say how many minutes to wait, at most ten years.'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.CheckConstraint(condition=models.Q(('half_life_days', None), models.Q(('half_life_days__gt', 0), ('half_life_days__lte', 3650.0)), _connector='OR'), name='signal_half_life_has_bounds', violation_error_message='A signal counts half after more than 0 days, and at most ten years.'),
        ),
        migrations.AddConstraint(
            model_name='slapolicy',
            constraint=models.CheckConstraint(condition=models.Q(('accept_minutes__gte', 0), ('accept_minutes__lte', 5256000.0), ('first_response_minutes__gt', 0), ('first_response_minutes__lte', 5256000.0), ('max_attempts__gte', 1), ('max_attempts__lte', 100)), name='sla_policy_minutes_have_bounds', violation_error_message='The time to the first response must be more than 0 minutes, and at most ten years, as what accepting adds; a lead has 1 to 100 owners.'),
        ),
    ]
