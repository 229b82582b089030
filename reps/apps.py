"""The app of the people: who can work, and when."""

from __future__ import annotations

from django.apps import AppConfig


class RepsConfig(AppConfig):
    name = "reps"
    verbose_name = "Reps and teams"
    default_auto_field = "django.db.models.BigAutoField"
