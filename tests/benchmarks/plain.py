"""What most systems do that share leads round robin: a job a lead, one transaction each, a counter that says whose turn
it is. A baseline to hold the product against; nobody should use it.

The counter is read and written as a form of the admin would: two that read it at once give both leads to the same rep.
The queue hands a job out and forgets it: whoever is killed with one in hand takes the lead along.
"""

from __future__ import annotations

from django.db import connection, transaction
from redis import Redis

QUEUE = "plain-leads"
TABLES = (
    "plain_leads (id bigint PRIMARY KEY, email varchar(254) NOT NULL, owner integer)",
    "plain_turns (id integer PRIMARY KEY, given bigint NOT NULL)",
    "plain_log (lead bigint NOT NULL, owner integer NOT NULL)",
)


def set_up(queue: Redis, *, leads: int) -> None:
    """So many leads, each with its job."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table.split()[0]}")
            cursor.execute(f"CREATE TABLE {table}")
        cursor.execute("INSERT INTO plain_turns VALUES (1, 0)")
        rows = [(number, f"lead{number}@company{number}.example") for number in range(leads)]
        cursor.executemany("INSERT INTO plain_leads (id, email) VALUES (%s, %s)", rows)
    queue.delete(QUEUE)
    queue.rpush(QUEUE, *range(leads))


def route_one(queue: Redis, *, reps: int) -> bool:
    """Give the next lead to whoever's turn it is; whether there was one."""
    job = queue.lpop(QUEUE)
    if job is None:
        return False
    lead = int(job)  # type: ignore[arg-type]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT email FROM plain_leads WHERE id = %s", [lead])
        cursor.execute("SELECT given FROM plain_turns WHERE id = 1")
        (given,) = cursor.fetchone()
        owner = given % reps
        cursor.execute("UPDATE plain_leads SET owner = %s WHERE id = %s", [owner, lead])
        cursor.execute("INSERT INTO plain_log (lead, owner) VALUES (%s, %s)", [lead, owner])
        cursor.execute("UPDATE plain_turns SET given = %s WHERE id = 1", [given + 1])
    return True


def shares(reps: int) -> list[int]:
    """How many leads each rep got."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT owner, count(*) FROM plain_leads WHERE owner IS NOT NULL GROUP BY owner")
        got = dict(cursor.fetchall())
    return [got.get(rep, 0) for rep in range(reps)]


def without_owner() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM plain_leads WHERE owner IS NULL")
        return int(cursor.fetchone()[0])
