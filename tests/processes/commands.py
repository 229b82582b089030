"""Several commands of manage.py in one process, most of whose time goes into starting: `python -m … JSON`."""

from __future__ import annotations

import io
import json
import os
import sys

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "leadrouting.settings"
django.setup()
said = []
for command in json.loads(sys.argv[1]):
    call_command(*command, stdout=(words := io.StringIO()))
    said.append(words.getvalue())
sys.stdout.write(json.dumps(said))
