#!/usr/bin/env python3
"""Django's command line."""

from __future__ import annotations

import argparse
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def use_data_folder(arguments: list[str]) -> None:
    """`up --data DIR` says where everything lies before the settings, which read the environment, are loaded."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("command", nargs="?")
    parser.add_argument("--data")
    known, _ = parser.parse_known_args(arguments)
    if known.command == "up" and known.data:
        os.environ["LEADROUTING_DATA"] = known.data


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadrouting.settings")
    use_data_folder(sys.argv[1:])
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
