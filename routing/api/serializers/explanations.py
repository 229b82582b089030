"""Why a decision came out as it did."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

COUNTERFACTUAL = {
    "type": ["object", "null"],
    "description": "The one change by which the rep would have got the lead; `kind` is none if there is none.",
    "properties": {"kind": {"type": "string"}, "text": {"type": "string"}, "what": {}, "from": {}, "to": {}},
}


@extend_schema_field(COUNTERFACTUAL)
class Counterfactual(serializers.JSONField):
    """{kind, what, from, to, text}."""


class ExplanationSerializer(serializers.Serializer[Any]):
    sentences = serializers.ListField(child=serializers.CharField(), help_text="The decision, its reason first.")
    why_not = serializers.CharField(allow_null=True, help_text="About the rep that was asked about.")
    counterfactual = Counterfactual(allow_null=True)
    complete = serializers.BooleanField(help_text="False: too little of the decision was kept to make it again.")
