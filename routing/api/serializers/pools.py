"""Pools, their members and their ledgers as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from routing.api.fields import Amount, Caps
from routing.engine.types import ONE_LEAD
from routing.models import LedgerAccount, Pool, PoolMember

WHOLE_POOL = "all"
"""Key of the one ledger of a pool that does not count turns by anything."""


class PoolSerializer(serializers.ModelSerializer[Pool]):
    """`context["published"]` maps a pool's key to its entry in the published rulebook, when that is asked for."""

    id = serializers.UUIDField(source="uuid", read_only=True)
    name = serializers.SerializerMethodField()
    strategy = serializers.SerializerMethodField()

    class Meta:
        model = Pool
        fields = ["id", "name", "strategy", "created_at"]
        read_only_fields = fields

    def get_name(self, pool: Pool) -> str:
        return str(self._published(pool).get("name", pool.name))

    @extend_schema_field(serializers.ChoiceField(Pool.STRATEGIES))
    def get_strategy(self, pool: Pool) -> str:
        return str(self._published(pool).get("strategy", pool.strategy))

    def _published(self, pool: Pool) -> Mapping[str, Any]:
        entry: Mapping[str, Any] = (self.context.get("published") or {}).get(pool.pk, {})
        return entry


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
    former = serializers.BooleanField()


class LedgerSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    control = serializers.BooleanField()
    members = LedgerMemberSerializer(many=True)
    sum = serializers.FloatField(help_text="Always exactly 0.")


class LedgersSerializer(serializers.Serializer[Any]):
    ledgers = LedgerSerializer(many=True)


def ledger_view(members: Iterable[PoolMember], accounts: Iterable[LedgerAccount]) -> dict[str, Any]:
    """A pool's ledger: every member, and everybody who has an account from earlier."""
    weights = {member.rep.email: member.weight for member in members}
    balances = {account.rep.email: account.balance for account in accounts}
    lines = [
        {
            "rep": email,
            "weight": _number(weights[email]) if email in weights else None,
            "balance": in_leads(balances.get(email, 0)),
            "billionths": balances.get(email, 0),
            "former": email not in weights,
        }
        for email in [*sorted(weights), *sorted(balances.keys() - weights.keys())]
    ]
    total = in_leads(sum(balances.values()))
    return {"ledgers": [{"key": WHOLE_POOL, "control": False, "members": lines, "sum": total}]}


def in_leads(billionths: int) -> float:
    """Exact to the last of its nine decimals for up to eight million leads."""
    return _number(Decimal(billionths) / ONE_LEAD)


def _number(value: Decimal) -> float:
    return int(value) if value == int(value) else float(value)
