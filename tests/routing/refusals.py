"""To show that the database itself refuses a row, and by which constraint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

MODELS: tuple[type[models.Model], ...] = tuple(
    model
    for app in ("reps", "routing")
    for model in apps.get_app_config(app).get_models()
    if not model.__name__.startswith("Historical")
)
CONSTRAINTS = {constraint.name: (model, constraint) for model in MODELS for constraint in model._meta.constraints}


@contextmanager
def refused_by(name: str) -> Iterator[None]:
    """What is written inside is refused by the constraint of this name, whatever the models' own checks say."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        yield
    assert _as_the_database_calls_it(name) in str(refused.value)


def _as_the_database_calls_it(name: str) -> str:
    model, constraint = CONSTRAINTS[name]
    if connection.vendor == "sqlite" and isinstance(constraint, models.UniqueConstraint):
        columns = [model._meta.get_field(field).column for field in constraint.fields]
        return "UNIQUE constraint failed: " + ", ".join(f"{model._meta.db_table}.{column}" for column in columns)
    return name
