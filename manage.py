#!/usr/bin/env python3
"""Django's command line."""

from __future__ import annotations

import argparse
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, connection

UNDEFINED_TABLE = "42P01"
"""PostgreSQL's code for a table that does not exist."""
MAKE_THEIR_OWN_TABLES = ("up", "migrate", "test")


def use_data_folder(arguments: list[str]) -> None:
    """`up --data DIR` says where everything lies before the settings, which read the environment, are loaded."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("command", nargs="?")
    parser.add_argument("--data")
    known, _ = parser.parse_known_args(arguments)
    if known.command == "up" and known.data:
        os.environ["LEADROUTING_DATA"] = known.data


def has_no_tables(error: DatabaseError) -> bool:
    """Whether a query failed since nothing was ever set up in this database."""
    return "no such table" in str(error) or getattr(error.__cause__, "sqlstate", None) == UNDEFINED_TABLE


def place_of_database() -> str:
    """The file of SQLite, or the name and host of PostgreSQL; never a password."""
    database = connection.settings_dict
    return f"{database['NAME']} on {database['HOST']}" if database["HOST"] else str(database["NAME"])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadrouting.settings")
    use_data_folder(sys.argv[1:])
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except DatabaseError as error:
        if sys.argv[1] in MAKE_THEIR_OWN_TABLES or not has_no_tables(error):
            raise
        sys.exit(
            f"There is no database in {place_of_database()} yet. Start `up` once, or set LEADROUTING_DATA or"
            " DATABASE_URL."
        )
