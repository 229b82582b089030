"""The least that takes a lead over HTTP: one endpoint of Django REST framework that checks two fields and stores them.

Nothing routes it, nobody is told, no key is asked for: what the product's own POST is held against. Its process serves
nothing else.
"""

from __future__ import annotations

from typing import Any

import django
from django.apps import apps

if not apps.ready:  # in a process of its own
    django.setup()

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

TABLE = "bare_leads"


class BareLead(serializers.Serializer[Any]):
    email = serializers.EmailField()
    company = serializers.CharField(max_length=200)


class BareLeads(APIView):
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def get(self, request: Request) -> Response:
        """That it is there."""
        return Response({})

    def post(self, request: Request) -> Response:
        """Check and store one row, committed when this answers."""
        given = BareLead(data=request.data)
        given.is_valid(raise_exception=True)
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {TABLE} (email, company) VALUES (%s, %s)", list(given.validated_data.values()))
        return Response(given.validated_data, status=202)


urlpatterns = [path("leads", BareLeads.as_view())]


def make_application() -> WSGIHandler:
    """The whole server: no middleware, this one address. It changes the settings of its process."""
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
    return WSGIHandler()
