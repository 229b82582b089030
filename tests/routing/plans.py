"""How the database would run the queries of a piece of code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def explained(table: str) -> Iterator[list[str]]:
    """The plans of all SELECTs that name `table`, with their real parameters and fresh statistics."""
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if table in sql and sql.lstrip().startswith(("SELECT", "WITH", "(")):
            plans.append(_plan(sql, params))
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with connection.execute_wrapper(explain):
        yield plans


def _plan(sql: str, params: Any) -> str:
    if connection.vendor == "sqlite":
        rows = connection.connection.execute(f"EXPLAIN QUERY PLAN {sql.replace('%s', '?')}", params).fetchall()
        return "\n".join(row[3] for row in rows)
    rows = connection.connection.execute(f"EXPLAIN {sql}", params).fetchall()
    return "\n".join(row[0] for row in rows)


def full_scans(plans: list[str], table: str) -> list[str]:
    """Those that read a whole table instead of looking rows up."""
    return [plan for plan in plans if re.search(rf"(Seq Scan on|SCAN) {table}\b", plan)]
