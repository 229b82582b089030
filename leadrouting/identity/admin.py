"""In the admin only what helps people in: no pages of rows that hold secrets."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User

from leadrouting.identity.user_actions import remove_second_steps

HIDDEN: list[Any] = [EmailAddress, EmailConfirmation]
for part in ("mfa", "socialaccount"):
    HIDDEN += apps.get_app_config(part).get_models() if apps.is_installed(f"allauth.{part}") else []
for model in HIDDEN:
    if admin.site.is_registered(model):
        admin.site.unregister(model)


if apps.is_installed("allauth.mfa"):
    users_page: Any = admin.site.get_model_admin(User)
    users_page.actions = [*users_page.actions, remove_second_steps]
