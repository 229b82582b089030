"""The app that wires everything: system checks."""

from __future__ import annotations

from django.apps import AppConfig


class LeadRoutingConfig(AppConfig):
    name = "leadrouting"
    verbose_name = "Lead routing"
