"""The entry for web servers."""

from __future__ import annotations

import os

import django
from django.core.handlers.wsgi import WSGIHandler
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadrouting.settings")
django.setup(set_prefix=False)
application: WSGIHandler = import_string("leadrouting.requests.Application")()  # it needs what was set up
