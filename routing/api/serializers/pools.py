"""Pools, their members and their ledgers as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from routing.api.fields import Amount, Caps
from routing.engine.types import ONE_LEAD
from routing.models import LedgerAccount, PoolMember
from routing.services.statement import EVERY_LEAD


class MemberSerializer(serializers.ModelSerializer[PoolMember]):
    rep = serializers.EmailField(source="rep.email", read_only=True)
    name = serializers.CharField(source="rep.name", read_only=True)
    weight = Amount(read_only=True)
    caps = Caps(read_only=True)

    class Meta:
        model = PoolMember
        fields = ["rep", "name", "weight", "caps", "joined_at"]
        read_only_fields = fields


class LedgerMemberSerializer(serializers.Serializer[Any]):
    rep = serializers.EmailField()
    weight = serializers.FloatField(allow_null=True, help_text="Null for whoever is no member any more.")
    balance = serializers.FloatField(help_text="In leads: what they are owed (above 0) or got ahead (below 0).")
    billionths = serializers.IntegerField(help_text="The same, exactly, in billionths of a lead.")
    saved = serializers.FloatField(help_text="What of it was earned on leave and is not paid out yet.")
    former = serializers.BooleanField()


class LedgerSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="The kind, grade or source counted there, or all.")
    control = serializers.BooleanField()
    members = LedgerMemberSerializer(many=True)
    sum = serializers.FloatField(help_text="Always exactly 0.")


class LedgersSerializer(serializers.Serializer[Any]):
    ledgers = LedgerSerializer(many=True)


def ledger_view(members: Iterable[PoolMember], accounts: Iterable[LedgerAccount]) -> dict[str, Any]:
    """The ledgers of a pool: of each, every member and everybody who has an account from earlier."""
    weights = {member.rep.email: member.weight for member in members}
    books: dict[tuple[str, bool], dict[str, LedgerAccount]] = {}
    for account in accounts:
        books.setdefault((account.turns_by, account.control), {})[account.rep.email] = account
    keys = sorted(books) or [("", False)]
    return {"ledgers": [_ledger(key, books.get(key, {}), weights) for key in keys]}


def _ledger(
    key: tuple[str, bool], accounts: Mapping[str, LedgerAccount], weights: Mapping[str, Decimal]
) -> dict[str, Any]:
    lines = [
        _line(email, accounts.get(email), weights.get(email))
        for email in [*sorted(weights), *sorted(accounts.keys() - weights.keys())]
    ]
    turns_by, control = key
    total = in_leads(sum(account.balance for account in accounts.values()))
    return {"key": turns_by or EVERY_LEAD, "control": control, "members": lines, "sum": total}


def _line(email: str, account: LedgerAccount | None, weight: Decimal | None) -> dict[str, Any]:
    balance, saved = (account.balance, account.saved) if account else (0, 0)
    return {
        "rep": email,
        "weight": None if weight is None else _number(weight),
        "balance": in_leads(balance),
        "billionths": balance,
        "saved": in_leads(saved),
        "former": weight is None,
    }


def in_leads(billionths: int) -> float:
    """Exact to the last of its nine decimals for up to eight million leads."""
    return _number(Decimal(billionths) / ONE_LEAD)


def _number(value: Decimal) -> float:
    return int(value) if value == int(value) else float(value)
