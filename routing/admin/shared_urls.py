"""Addresses of what is shared with people who do not sign in."""

from __future__ import annotations

from django.urls import path

from routing.admin.lead_sharing import shared_view

app_name = "shared"
urlpatterns = [path("<str:token>/", shared_view, name="lead")]
