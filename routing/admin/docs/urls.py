"""Addresses of the docs. Whoever may sign in to the admin may read them."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path
from django.views.decorators.http import require_safe

from routing.admin.docs import views

app_name = "docs"
urlpatterns = [
    path("", admin.site.admin_view(require_safe(views.contents)), name="contents"),
    path("pictures/<str:name>", admin.site.admin_view(require_safe(views.picture)), name="picture"),
    path("<slug:name>/", admin.site.admin_view(require_safe(views.page)), name="page"),
]
