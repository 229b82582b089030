"""Leaves and skills get an id of their own: filled row by row first, then unique."""

import uuid
from typing import Any

from django.db import migrations, models


def fill(apps: Any, schema_editor: Any) -> None:
    for name in ("TimeOff", "Skill", "HistoricalTimeOff"):
        model = apps.get_model("reps", name)
        for row in model.objects.filter(uuid=None).iterator():
            model.objects.filter(pk=row.pk).update(uuid=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("reps", "0002_the_whole_decision")]

    operations = [
        *(
            migrations.AddField(name, "uuid", models.UUIDField(null=True, editable=False))
            for name in ("timeoff", "skill", "historicaltimeoff")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        *(
            migrations.AlterField(name, "uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True))
            for name in ("timeoff", "skill")
        ),
        migrations.AlterField(
            "historicaltimeoff", "uuid", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)
        ),
    ]
