"""Secrets on forms: written, never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import INPUT_CLASSES

KEPT = "Never shown again. Leave it empty to keep the one that is there."


class SecretField(forms.CharField):
    """Empty: as it is."""

    def __init__(self, **options: Any) -> None:
        attrs = {"class": " ".join(INPUT_CLASSES), "autocomplete": "new-password"}
        options.setdefault("widget", forms.PasswordInput(attrs=attrs, render_value=False))
        given: dict[str, Any] = {"required": False, "max_length": 200, "help_text": KEPT}
        super().__init__(**given | options)
