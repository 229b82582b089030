"""The addresses of the forms."""

from __future__ import annotations

from django.urls import path

from routing.forms import pages, sending

app_name = "forms"
urlpatterns = [
    path("<slug:slug>/", sending.form, name="form"),
    path("<slug:slug>/embed.js", pages.embed, name="embed"),
    path("<slug:slug>/thanks/<str:token>/", pages.thanks, name="thanks"),
]
