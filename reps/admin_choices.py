"""Rows chosen from another table by typing: what is no key of any row is refused by the form, not by the database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db import models
from django.http import HttpRequest

KEY = re.compile(r"[0-9]{1,18}")
"""What can be the key of a row: more digits fit no column."""


def is_key(model: type[models.Model], text: str) -> bool:
    """Whether a row could have this key: what has more digits than any column is looked for nowhere."""
    return not isinstance(model._meta.pk, models.IntegerField) or KEY.fullmatch(text) is not None


class _KeysOnly:
    """Shown again after a mistake: Django would look for whatever was sent, and fails where that is no number."""

    field: Any

    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        keys = [one for one in value if is_key(self.field.remote_field.model, str(one))]
        return super().optgroups(name, keys, attr)  # type: ignore[misc]  # the widget's


class ChosenRow(_KeysOnly, AutocompleteSelect):
    """One."""


class ChosenRows(_KeysOnly, AutocompleteSelectMultiple):
    """Several."""


class ChoosesRows:
    """For admin classes: their autocomplete_fields get the widgets above."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(  # type: ignore[misc]  # ModelAdmin's and its inlines'
            db_field, request, **self._chosen(ChosenRow, db_field, request) | kwargs
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(  # type: ignore[misc]
            db_field, request, **self._chosen(ChosenRows, db_field, request) | kwargs
        )

    def _chosen(self, widget: Any, db_field: Any, request: HttpRequest) -> dict[str, Any]:
        admin: Any = self
        if db_field.name not in admin.get_autocomplete_fields(request):
            return {}
        return {"widget": widget(db_field, admin.admin_site)}
