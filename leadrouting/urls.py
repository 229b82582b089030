"""Which address leads where."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from leadrouting import health

handler500 = health.server_error
urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("admin/", admin.site.urls),
    path("api/v1/", include("routing.api.urls")),
    path("", include("routing.inbox.urls")),
]
