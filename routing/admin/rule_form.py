"""The form of a rule."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from reps.admin_fields import EmailListField
from reps.models import Weekday
from routing.admin.base import ManagedForm
from routing.admin.conditions.form import COUNT, FIELD, ConditionsField
from routing.admin.line_fields import RequirementsField
from routing.models import Rule
from routing.models.bounds import LONGEST_NOTE


class RuleForm(ManagedForm):
    conditions = ConditionsField(
        required=False,
        label="Conditions",
        help_text="A group holds if all of its lines hold, and the rule matches if one group holds. "
        "Without any line it takes every lead.",
    )
    requires = RequirementsField(
        label="What a rep needs",
        help_text="One a line: language: lead (the lead's own) · language: de, 10 minutes · skill: security · "
        "topic: kubernetes, level 2. After the minutes the search goes on without it.",
    )
    notify = EmailListField(
        label="Also tell", help_text="Further e-mail addresses, separated by commas. Empty: nobody else."
    )
    weekdays = forms.TypedMultipleChoiceField(
        choices=Weekday.choices,
        coerce=int,
        empty_value=[],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="On other days the rule is not looked at. None ticked: every day.",
    )
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
        help_text="Why the rule is as it is; leads and reps do not see it.",
    )

    class Meta:
        model = Rule
        fields: ClassVar[list[str]] = []  # the page says which
        labels = {
            "position": "Place in the list",
            "destination": "Send to",
            "account_role": "Which person of the account",
            "when_nobody": "What then",
            "wait_minutes": "Wait at most (minutes)",
            "same_company": "Same company joins",
            "units": "Units of a rep's limits",
        }
        help_texts = {
            "name": "What the rule is called in lists, figures and explanations.",
            "enabled": "A rule that is off is not looked at.",
            "position": "Rules are looked at in this order; in the list they can be dragged.",
            "destination": "Who gets the leads that match.",
            "pool": "Its method chooses who of its members gets the lead.",
            "rep": "Every lead of this rule goes to this person.",
            "table": "Whom each value leads to, such as partner codes.",
            "account_role": "The owner, or a role of our people on the account: csm, sdr, deal_owner, or your own.",
            "away": "Inactive, on leave or paused. Somebody off shift is not away.",
            "park_reason": "Why nobody gets these leads for now; it stands on their pages.",
            "review_days": "After so many days such a lead is routed again.",
            "when_nobody": "What becomes of a lead that matches while nobody there may take it.",
            "wait_minutes": "Counted from when the lead first comes to this rule.",
            "overflow_pool": "It takes what the first one cannot.",
            "sla": "How soon its leads must be answered. Empty: as the settings say.",
            "alert": "How the new owner hears of the lead.",
            "active_from": "Before, the rule is not looked at. Empty: at once.",
            "active_to": "From then on the rule is not looked at. Empty: for ever.",
            "owner": "Whom to ask about this rule. Empty: nobody in particular.",
            "review_date": "When somebody should look whether the rule is still right.",
        }

    @property
    def only_counts(self) -> bool:
        """Whether somebody without JavaScript asked what the conditions match, and for nothing else."""
        return COUNT in self.data

    def is_valid(self) -> bool:
        return super().is_valid() and not self.only_counts

    def full_clean(self) -> None:
        """Where nothing is to be saved, nothing but the conditions is judged."""
        super().full_clean()
        if self.only_counts:
            for name in set(self.errors) - {FIELD}:
                del self.errors[name]

    def clean(self) -> dict[str, Any]:
        """What the database would refuse is said beside the field that lacks it."""
        data = super().clean() or self.cleaned_data
        needed = {
            "pool": (data.get("destination") == Rule.DestinationKind.POOL, "Choose the pool that the leads go to."),
            "rep": (data.get("destination") == Rule.DestinationKind.REP, "Choose the person that the leads go to."),
            "table": (data.get("destination") == Rule.DestinationKind.TABLE, "Choose the table to look up in."),
            "table_field": (
                data.get("destination") == Rule.DestinationKind.TABLE,
                "Say which field is looked up, such as attributes.partner.",
            ),
            "wait_minutes": (data.get("when_nobody") == Rule.WhenNobodyKind.WAIT, "Say how many minutes to wait."),
            "overflow_pool": (
                data.get("when_nobody") == Rule.WhenNobodyKind.OVERFLOW,
                "Choose the pool to overflow to.",
            ),
        }
        for name, (wanted, text) in needed.items():
            if wanted and name in self.fields and not data.get(name) and name not in self.errors:
                self.add_error(name, text)
        return data


class CatchAllForm(RuleForm):
    """The catch-all takes every lead at any time."""

    conditions = None  # type: ignore[assignment]
    weekdays = None  # type: ignore[assignment]
