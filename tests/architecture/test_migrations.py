"""A new installation takes one migration where others took many: both must end in the same tables."""

from __future__ import annotations

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

OURS = ("reps", "routing")


def test_the_short_way_ends_where_the_long_one_does() -> None:
    long, short = _state(replace=False), _state(replace=True)

    changes = MigrationAutodetector(long, short)._detect_changes()

    assert {app: [step.operations for step in changes.get(app, [])] for app in OURS} == {app: [] for app in OURS}


def _state(*, replace: bool) -> ProjectState:
    return MigrationLoader(None, replace_migrations=replace).project_state()
