"""What a test has committed is removed after it; what a migrate makes, the roles and their rights, stays as it is.

Django would remove that too, and make it anew after each such test: a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import flush

MADE_BY_MIGRATE = (Group.permissions.through, Group, Permission, ContentType)
"""In the order in which they can be emptied."""


class Emptying:
    """In place of Django's: once the whole, then only what tests may have written, unless one has changed a role."""

    def __init__(self, make_anew: Callable[..., None]) -> None:
        self.make_anew = make_anew
        self.made: list[Any] | None = None

    def statements(self, style: Any, connection: Any, reset_sequences: bool = True, allow_cascade: bool = False) -> Any:
        made = {model._meta.db_table for model in MADE_BY_MIGRATE}
        tables = [name for name in connection.introspection.django_table_names(only_existing=True) if name not in made]
        return connection.ops.sql_flush(style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)

    def afterwards(self, verbosity: int, interactive: bool, db: str, **kwargs: Any) -> None:
        if self.made is not None and self.made == self._what_there_is(db):
            return
        for model in MADE_BY_MIGRATE:
            model._default_manager.using(db).all().delete()
        ContentType.objects.clear_cache()
        self.make_anew(verbosity, interactive, db, **kwargs)
        self.made = self._what_there_is(db)

    def _what_there_is(self, db: str) -> list[Any]:
        return [
            *Group.objects.using(db).order_by("name").values_list("pk", "name"),
            *(model._default_manager.using(db).count() for model in MADE_BY_MIGRATE),
        ]


def use(patch: pytest.MonkeyPatch) -> None:
    """Have every test that commits emptied so."""
    emptying = Emptying(flush.emit_post_migrate_signal)
    patch.setattr(flush, "sql_flush", emptying.statements)
    patch.setattr(flush, "emit_post_migrate_signal", emptying.afterwards)
