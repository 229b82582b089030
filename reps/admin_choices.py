"""Rows chosen from another table by typing: what is no key of any row is refused by the form, not by the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

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


class OfferedRow(ChosenRow):
    """One, with the first of those there are, so that a browser without JavaScript can choose, too."""

    MOST = 200

    def __init__(self, *args: Any, rows: Callable[[], models.QuerySet[Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.rows = rows

    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        groups = super().optgroups(name, value, attr)
        _, options, _ = groups[0]
        shown = {str(option["value"]) for option in options}
        for row in self.rows()[: self.MOST]:
            if str(row.pk) not in shown:
                options.append(self.create_option(name, row.pk, str(row), False, len(options)))
        return groups


class ChosenRows(_KeysOnly, AutocompleteSelectMultiple):
    """Several."""


class ChoosesRows:
    """For admin classes: their autocomplete_fields get the widgets above. `offered`: field → rows without a script."""

    offered: ClassVar[Mapping[str, Callable[[], models.QuerySet[Any]]]] = {}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        rows = self.offered.get(db_field.name)
        widget = partial(OfferedRow, rows=rows) if rows else ChosenRow
        return super().formfield_for_foreignkey(  # type: ignore[misc]  # ModelAdmin's and its inlines'
            db_field, request, **self._chosen(widget, db_field, request) | kwargs
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
