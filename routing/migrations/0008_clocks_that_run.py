"""Assignments that are open go on under the SLA engine: their clock started with their alert, their next step is due.

Leads that were due more than a day ago stay with their owners: nobody wants them to move the moment after an upgrade.
"""

from datetime import timedelta

from django.db import migrations
from django.db.models import F
from django.utils import timezone

STILL_WATCHED = timedelta(days=1)


def carry_on(apps, schema_editor):
    unanswered = apps.get_model("routing", "Assignment").objects.filter(ended_at=None, responded_at=None)
    unanswered.exclude(alerted_at=None).update(clock_started_at=F("alerted_at"))
    unanswered.filter(alert="none").update(clock_started_at=F("assigned_at"))
    watched = unanswered.filter(due_at__gte=timezone.now() - STILL_WATCHED)
    watched.exclude(clock_started_at=None).update(step_at=F("due_at"))


class Migration(migrations.Migration):
    dependencies = [("routing", "0007_from_alert_to_answer")]
    operations = [migrations.RunPython(carry_on, migrations.RunPython.noop)]
