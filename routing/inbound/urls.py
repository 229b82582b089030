"""The addresses that programs send to."""

from __future__ import annotations

from django.urls import re_path

from routing.inbound.receive import receive

app_name = "inbound"
urlpatterns = [
    re_path(
        r"^(?P<key>[^/]{1,200})/?$", receive, name="receive"
    ),  # with a slash at the end or without: never redirected
]
