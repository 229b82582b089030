"""Statements of turns, in leads and, exactly, in billionths of a lead."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from routing.api.fields import Fact
from routing.api.serializers.pools import in_leads
from routing.services.statement import Statement

IN_LEADS = ("earned", "paid", "amount", "balance", "saved", "paid_out", "opening", "closing")


class StatementLineSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="turn, manual or reversal.")
    lead = serializers.UUIDField(allow_null=True, help_text="Null if it was erased.")
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # a field of that name, not Field.label
    got = serializers.BooleanField(help_text="Whether it is the rep's own turn.")
    earned = serializers.FloatField()
    paid = serializers.FloatField()
    amount = serializers.FloatField(help_text="earned − paid, in leads.")
    balance = serializers.FloatField(help_text="After this line.")
    saved = serializers.FloatField()
    paid_out = serializers.FloatField()
    billionths = serializers.IntegerField(help_text="The amount, exactly.")
    reason = Fact()


class LedgerStatementSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(allow_blank=True, help_text="Of the pool or fairness group.")
    key = serializers.CharField()
    control = serializers.BooleanField()
    opening = serializers.FloatField()
    lines = StatementLineSerializer(many=True)
    closing = serializers.FloatField(help_text="The opening and the lines' amounts.")


class StatementSerializer(serializers.Serializer[Any]):
    rep = serializers.EmailField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    opening = serializers.FloatField()
    closing = serializers.FloatField()
    ledgers = LedgerStatementSerializer(many=True)


def statement_view(told: Statement) -> dict[str, Any]:
    """The statement with its amounts in leads."""
    return {
        "rep": told.rep.email,
        "since": told.since,
        "until": told.until,
        "opening": in_leads(told.opening),
        "closing": in_leads(told.closing),
        "ledgers": [
            {**_amounts(ledger), "lines": [{**_amounts(line), "billionths": line.amount} for line in ledger.lines]}
            for ledger in told.ledgers
        ],
    }


def _amounts(row: Any) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in row.__slots__}
    return {name: in_leads(value) if name in IN_LEADS else value for name, value in values.items()}
