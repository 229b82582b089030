"""Which address leads where."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from leadrouting import health
from leadrouting.sign_in.own_password import change_own_password
from routing.admin.palette.view import find

admin.autodiscover()
admin.site.password_change = change_own_password  # type: ignore[assignment]
admin.site.search = find  # type: ignore[attr-defined]  # the theme's
handler500 = health.server_error
urlpatterns = [
    *([path("", include("leadrouting.identity.urls"))] if settings.IDENTITY.on else []),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("admin/docs/", include("routing.admin.docs.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("routing.api.urls")),
    path("f/", include("routing.forms.urls")),
    path("in/", include("routing.inbound.urls")),
    path("shared/", include("routing.admin.shared_urls")),
    path("", include("routing.inbox.urls")),
]
