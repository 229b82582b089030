"""What is sent along with an action on a lead."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from routing.api.fields import Flag, StrictSerializer, Text
from routing.models import DeclineReason, Lead

STAGES = [choice for choice in Lead.Outcome.choices if choice[0]]


class Number(serializers.FloatField):
    """A number, and nothing that looks like one."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return Decimal(str(data))


class Whole(serializers.IntegerField):
    """A whole number, and nothing that looks like one."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class ByRepSerializer(StrictSerializer):
    rep = Text(
        max_length=254,
        required=False,
        help_text="E-mail address. Without it: the rep of the key, else the lead's owner.",
    )


class NothingSerializer(StrictSerializer):
    """An empty object, or no body."""


class AcceptSerializer(ByRepSerializer):
    attempt = Whole(required=False, min_value=1, help_text="Only if it still is this assignment.")


class DeclineSerializer(AcceptSerializer):
    reason = serializers.ChoiceField(DeclineReason.choices, help_text="spam and duplicate end in review.")
    note = Text(required=False, allow_blank=True, default="", max_length=500)


class RespondSerializer(ByRepSerializer):
    channel = Text(required=False, allow_blank=True, default="", max_length=20, help_text="Such as call or mail.")
    note = Text(required=False, allow_blank=True, default="", max_length=500)


class ReassignSerializer(StrictSerializer):
    rep = Text(max_length=254, help_text="E-mail address of the new owner.")
    reason = Text(required=False, allow_blank=True, default="", max_length=200)
    counts = Flag(default=True, help_text="Whether it counts as their turn.")


class ReasonSerializer(StrictSerializer):
    reason = Text(required=False, allow_blank=True, default="", max_length=200)


class DuplicateSerializer(StrictSerializer):
    of = serializers.UUIDField(help_text="The lead that it repeats.")


class ParkSerializer(StrictSerializer):
    reason = Text(required=False, allow_blank=True, default="", max_length=200)
    review_date = serializers.DateField(help_text="The day on which it is looked at again.")


class MatchLeadSerializer(StrictSerializer):
    account = Text(max_length=200, help_text="Name or id of the account.")
    same = Flag(default=True, help_text="False: the lead does not belong to it.")


class OutcomeSerializer(StrictSerializer):
    stage = serializers.ChoiceField(STAGES)
    amount = Number(required=False, allow_null=True, default=None, min_value=0, max_value=99_999_999_999_999)
    reason = Text(required=False, allow_blank=True, default="", max_length=200)
