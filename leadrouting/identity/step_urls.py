"""Addresses of the second step."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from leadrouting.identity import step_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("allauth.mfa.base.urls")),
    path("app/activate/", step_views.Activate.as_view(), name="mfa_activate_totp"),
    path("app/", include("allauth.mfa.totp.urls")),
    path("codes/", include("allauth.mfa.recovery_codes.urls")),
]
