"""The page of a pool's ledger: who is owed, whose turn is next, and what everybody got over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from reps.admin_display import badge, person, quiet, two_lines
from routing.admin.ledger_pictures import (
    HEIGHT,
    WIDTH,
    balance_bar,
    day_text,
    drawn_days,
    due_text,
    furthest,
    got_text,
    share_picture,
    top_of,
)
from routing.admin.shares import balance_text, weight_text
from routing.admin.tolerance import order_in_words
from routing.engine.counting import counted
from routing.engine.types import ONE_LEAD, RepId
from routing.insights.turn_history import DayOfTurns, turn_history
from routing.models import Pool
from routing.services.next_turns import NextTurn, next_turns
from routing.services.pool_ledgers import PoolLedger, Share, ledgers_of
from routing.services.statement import EVERY_LEAD

DAYS = 30
MOST_PICTURES = 24
"""The members with the largest shares; the others stand in the table."""


def ledger_context(pool: Pool, *, now: datetime) -> dict[str, Any]:
    """Every ledger in which the pool counts, with those of its fairness group."""
    ledgers = ledgers_of(pool, now=now)
    turns = next_turns([ledger.book for ledger in ledgers], now=now)
    zone = ZoneInfo(timezone.get_current_timezone_name())
    history = turn_history(ledgers[0].book.ledger, now=now, zone=zone, days=DAYS)
    together = _together(ledgers[0].book.ledger)
    return {
        "together": [_pool(one) for one in together] if len(together) > 1 else [],
        "group": pool.fairness_group,
        "days": DAYS,
        "words": order_in_words(pool.strategy, pool.band),
        "ledgers": [
            _section(pool, ledger, turns.get(ledger.book, []), history.get(ledger.book, ())) for ledger in ledgers
        ],
        "box": f"0 0 {WIDTH} {HEIGHT}",
    }


def _together(ledger: int) -> list[Pool]:
    return list(Pool.objects.current().filter(Q(fairness_group=ledger) | Q(ledger=ledger, fairness_group=None)))


def _pool(pool: Pool) -> dict[str, Any]:
    return {"name": pool.name, "url": reverse("admin:routing_pool_ledger", args=[pool.pk])}


def _section(
    pool: Pool, ledger: PoolLedger, turns: Sequence[NextTurn], history: Sequence[DayOfTurns]
) -> dict[str, Any]:
    shares = sorted(ledger.members, key=lambda share: (-share.balance, share.rep.name))
    edge = furthest(share.balance for share in shares)
    return {
        "title": _title(pool, ledger),
        "rows": [_row(pool, share, edge, turns) for share in shares],
        "next": _next(turns, shares),
        "control": ledger.control,
        "saved": any(share.balance != share.turn for share in shares),
        "edge": edge,
        "sum": badge("0, as it must be", "green") if ledger.sum == 0 else badge(f"{ledger.sum / ONE_LEAD:+.9f}", "red"),
        "history": _history(shares, history) if history else None,
    }


def _title(pool: Pool, ledger: PoolLedger) -> str:
    """Which leads are counted there; nothing where it is all of them."""
    kind = pool.turns_by or "counted separately"
    whole = f"Without a {pool.turns_by}" if pool.turns_by else ""
    told = whole if ledger.key == EVERY_LEAD else f"{kind.capitalize()}: {ledger.key}"
    return ", ".join(filter(None, [told, "control group" if ledger.control else ""])).capitalize()


def _row(pool: Pool, share: Share, edge: int, turns: Sequence[NextTurn]) -> dict[str, Any]:
    mine = [turn for turn in turns if turn.rep == share.rep.pk and turn.now]
    return {
        "person": person(share.rep.name),
        "name": share.rep.name,
        "weight": _weight(share),
        "balance": balance_text(share.balance),
        "exact": f"{share.balance / ONE_LEAD:+.9f} leads".replace("-", "−"),
        "turn": balance_text(share.turn),
        "bar": balance_bar(share.balance, edge),
        "next": _mark(mine, of=len(turns)),
        "statement": f"{reverse('admin:reps_rep_statement', args=[share.rep.pk])}?pool={pool.pk}",
    }


def _weight(share: Share) -> SafeString | str:
    """In this pool; else in those that share the ledger."""
    if share.former:
        return badge("Former member")
    elsewhere = ", ".join(f"{weight:g} in {name}" for name, weight in share.elsewhere)
    if share.weight is None:
        return quiet(elsewhere)
    own = weight_text(share.weight, share.ramp)
    return two_lines(own, elsewhere) if elsewhere else own


def _mark(mine: Sequence[NextTurn], *, of: int) -> str:
    if not mine:
        return ""
    return "Next turn" if len(mine) == of else f"Next in {', '.join(turn.name for turn in mine)}"


def _next(turns: Sequence[NextTurn], shares: Sequence[Share]) -> list[dict[str, Any]]:
    """Whose turn it is, each with the pools; these are named where they differ."""
    names = {share.rep.pk: share.rep.name for share in shares}
    pools: dict[tuple[RepId, bool], list[str]] = {}
    for turn in turns:
        pools.setdefault((turn.rep, turn.now), []).append(turn.name)
    return [
        {"rep": names.get(rep, "Somebody new"), "now": now, "pools": found if len(pools) > 1 else []}
        for (rep, now), found in pools.items()
    ]


def _history(shares: Sequence[Share], days: Sequence[DayOfTurns]) -> dict[str, Any]:
    last = days[-1]
    took_part = [share for share in shares if last.turns.get(share.rep.pk) or last.entitled.get(share.rep.pk)]
    largest = sorted(took_part, key=lambda share: (-last.entitled.get(share.rep.pk, 0), share.rep.name))
    drawn, top = drawn_days(days), top_of(drawn_days(days), [share.rep.pk for share in took_part])
    return {
        "leads": counted(last.leads, "lead"),
        "pictures": [_picture(share, drawn, top) for share in largest[:MOST_PICTURES]],
        "more": max(0, len(largest) - MOST_PICTURES),
        "names": [share.rep.name for share in largest],
        "rows": [
            {
                "day": day_text(day.start),
                "leads": f"{day.leads:,}",
                "parts": [two_lines(got_text(day, s.rep.pk), due_text(day, s.rep.pk)) for s in largest],
            }
            for day in reversed(days)
            if day.leads
        ],
    }


def _picture(share: Share, days: Sequence[DayOfTurns], top: float) -> dict[str, Any]:
    rep, last = share.rep.pk, days[-1]
    ahead = last.turns.get(rep, 0) - last.entitled.get(rep, 0) / ONE_LEAD
    return {
        "name": share.rep.name,
        "person": person(share.rep.name),
        "got": got_text(last, rep),
        "due": due_text(last, rep),
        "difference": f"{ahead:+.2f}".replace("-", "−"),
        "drawn": share_picture(days, rep, top),
    }
