"""The app that ties django-allauth to our users, pages and limits."""

from __future__ import annotations

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "leadrouting.identity"
    label = "identity"
    verbose_name = "Second step and other sign-ins"
