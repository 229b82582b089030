"""From SQLite to PostgreSQL with `backup` and `restore`: the same rows and balances, and the product goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.harness.cluster import Cluster
from tests.migrated import TEMPLATE
from tests.processes.company import ask, lead, manage, manage_all, owners, post, set_up
from tests.processes.running import running, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.further]
LEADS = 20


COMPARED = (
    "SELECT count(*) FROM routing_lead",
    "SELECT count(*) FROM routing_decision",
    "SELECT id, name, email FROM reps_rep ORDER BY id",
    "SELECT email, owner_id FROM routing_lead ORDER BY email",
    "SELECT ledger_id, turns_by, rep_id, balance FROM routing_ledgeraccount ORDER BY id",
    "SELECT ledger_id, sum(balance) FROM routing_ledgeraccount GROUP BY ledger_id ORDER BY 1",
    "SELECT lead_id, rep_id, attempt FROM routing_assignment ORDER BY id",
    "SELECT number, note FROM routing_rulebookversion ORDER BY number",
    "SELECT key FROM routing_outboxmessage ORDER BY id",
    "SELECT codename FROM auth_permission ORDER BY id",
    "SELECT group_id, permission_id FROM auth_group_permissions ORDER BY id",
)


def test_a_company_moves_from_sqlite_to_postgresql_and_goes_on(data: Path, cluster: Cluster) -> None:
    token = set_up(data)
    with running(data, "--no-demo") as trial:
        assert {post(trial.port, token, lead(number)) for number in range(LEADS)} == {202}
        wait_for(lambda: len(owners(data)) == LEADS, 60)
    before = [[tuple(row) for row in ask(data, sql)] for sql in COMPARED]
    url = {"DATABASE_URL": cluster.url(TEMPLATE)}

    manage(data, "backup", str(data / "moved"))
    [_, said] = manage_all(data, ["migrate", "--verbosity=0"], ["restore", str(data / "moved")], **url)

    assert f"{LEADS} leads" in said
    assert [cluster.ask(sql, database=TEMPLATE) for sql in COMPARED] == before
    check_goes_on(data, cluster, token, url)


def check_goes_on(data: Path, cluster: Cluster, token: str, url: dict[str, str]) -> None:
    """New leads are routed fairly, old decisions can be read, and every constraint stands."""

    def one(sql: str) -> Any:
        return cluster.ask(sql, database=TEMPLATE)[0][0]

    with running(data, "--no-demo", **url) as moved:
        assert {post(moved.port, token, lead(number)) for number in range(LEADS, LEADS + 7)} == {202}
        assert post(moved.port, token, lead(0)) == 202  # the same key again: the same lead
        wait_for(lambda: one("SELECT count(*) FROM routing_lead WHERE owner_id IS NOT NULL") == LEADS + 7, 60)
    assert one("SELECT coalesce(sum(balance), 0) FROM routing_ledgeraccount") == 0
    assert one("SELECT max(n) - min(n) FROM (SELECT count(*) n FROM routing_posting GROUP BY winner_id) c") <= 1
    assert one("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == 0
    first = one("SELECT email FROM routing_lead ORDER BY id LIMIT 1")
    explained, replayed = manage_all(data, ["explain", first], ["replay", "--days", "1"], **url)
    assert "assigned → Rep" in explained
    assert f"{LEADS + 7}; 0 change hands" in replayed
