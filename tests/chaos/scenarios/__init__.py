"""The faults that are tried, one function each, by group: what shares one running system."""

from __future__ import annotations

from tests.chaos.scenarios import (
    calls,
    clocks,
    control,
    daemons,
    database,
    deploys,
    disk,
    forms,
    killing,
    mail,
    points,
    redis,
    routing,
    sqlite,
    suite,
)

GROUPS = (
    control.GROUP,
    killing.GROUP,
    points.GROUP,
    redis.GROUP,
    database.GROUP,
    disk.GROUP,
    forms.GROUP,
    sqlite.GROUP,
    routing.HELD_GROUP,
    routing.POISON_GROUP,
    routing.BACKLOG_GROUP,
    daemons.GROUP,
    mail.GROUP,
    calls.GROUP,
    deploys.GROUP,
    deploys.RESTORE_GROUP,
    clocks.GROUP,
    clocks.OUTAGE_GROUP,
    suite.GROUP,
)
