"""How long one statement may take, where it may take longer than usual."""

from __future__ import annotations

from django.db import connection


def take_your_time() -> None:
    """Lift the time limits of statements for this transaction: a table may be large."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET LOCAL {limit} = 0")
        connection.wait_for_answers(None)  # type: ignore[attr-defined]
