"""Addresses of the way to the OpenID provider."""

from __future__ import annotations

from django.urls import path

from leadrouting.identity import provider_views

urlpatterns = [
    path("<provider_id>/login/", provider_views.provider_login, name="openid_connect_login"),
    path("<provider_id>/callback/", provider_views.provider_callback, name="openid_connect_callback"),
]
