"""Pools, their members and their ledgers as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from routing.api.fields import Amount, Caps
from routing.api.shapes import MEMBER
from routing.engine.types import ONE_LEAD
from routing.models import LedgerAccount, PoolMember
from routing.rulebook.config.documents import zulu
from routing.services.pool_ledgers import Ramp, ramp_of
from routing.services.statement import EVERY_LEAD

Weight = tuple[Decimal, Ramp | None]
"""Of a member, and how far it has come if it still grows."""


class MemberSerializer(serializers.ModelSerializer[PoolMember]):
    rep = serializers.EmailField(source="rep.email", read_only=True)
    name = serializers.CharField(source="rep.name", read_only=True)
    weight = Amount(read_only=True)
    caps = Caps(read_only=True)
    ramp = serializers.SerializerMethodField()

    class Meta:
        model = PoolMember
        fields = ["rep", "name", "weight", "caps", "ramp", "joined_at"]
        read_only_fields = fields

    @extend_schema_field(MEMBER["ramp"])
    def get_ramp(self, member: PoolMember) -> dict[str, Any] | None:
        return {"weeks": member.ramp_weeks, "from": zulu(member.ramp_from)} if member.ramp_weeks else None


class LedgerMemberSerializer(serializers.Serializer[Any]):
    rep = serializers.EmailField()
    weight = serializers.FloatField(allow_null=True, help_text="Null for whoever is no member any more.")
    ramping = serializers.FloatField(allow_null=True, help_text="What of a growing weight counts now; null: all of it.")
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


def ledger_view(members: Iterable[PoolMember], accounts: Iterable[LedgerAccount], *, now: datetime) -> dict[str, Any]:
    """The ledgers of a pool: of each, every member and everybody who has an account from earlier."""
    weights = {member.rep.email: (member.weight, ramp_of(member, now=now)) for member in members}
    books: dict[tuple[str, bool], dict[str, LedgerAccount]] = {}
    for account in accounts:
        books.setdefault((account.turns_by, account.control), {})[account.rep.email] = account
    keys = sorted(books) or [("", False)]
    return {"ledgers": [_ledger(key, books.get(key, {}), weights) for key in keys]}


def _ledger(
    key: tuple[str, bool], accounts: Mapping[str, LedgerAccount], weights: Mapping[str, Weight]
) -> dict[str, Any]:
    lines = [
        _line(email, accounts.get(email), weights.get(email))
        for email in [*sorted(weights), *sorted(accounts.keys() - weights.keys())]
    ]
    turns_by, control = key
    total = in_leads(sum(account.balance for account in accounts.values()))
    return {"key": turns_by or EVERY_LEAD, "control": control, "members": lines, "sum": total}


def _line(email: str, account: LedgerAccount | None, weight: Weight | None) -> dict[str, Any]:
    balance, saved = (account.balance, account.saved) if account else (0, 0)
    return {
        "rep": email,
        "weight": None if weight is None else _number(weight[0]),
        "ramping": weight[1].weight if weight and weight[1] else None,
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
