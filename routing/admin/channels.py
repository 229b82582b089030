"""The ways to reach a rep, on the rep's page. Addresses are secrets: they are written, and never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminPasswordWidget

from reps.admin_base import DeskInline
from reps.admin_display import NOTHING, badge, two_lines
from reps.models import Channel
from routing.notifications.chat import Unusable, check_address, masked


class ChannelForm(forms.ModelForm):
    """An address that is left empty stays as it is."""

    address = forms.CharField(
        label="New address",
        required=False,
        max_length=500,
        widget=UnfoldAdminPasswordWidget(
            attrs={"autocomplete": "off", "placeholder": "Empty: stays as it is"}, render_value=False
        ),
        help_text="A secret, such as slack://… or twilio://…; it is never shown again. E-mail goes to the rep's own.",
    )

    class Meta:
        model = Channel
        fields = ["kind", "address", "position", "active"]
        help_texts = {
            "position": "The lowest is tried first, the next one where that fails.",
            "kind": "Which service carries alerts to the rep.",
            "active": "A channel that is off is passed over.",
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind, given = data.get("kind", ""), data.get("address", "")
        if kind == Channel.Kind.EMAIL:
            return data | {"address": ""}
        before = Channel.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        if not given and before is not None and before.kind == kind:
            return data | {"address": before.address}
        try:
            check_address(kind, given)
        except Unusable as error:
            self.add_error("address", str(error))
        return data | {"address": given}


class ChannelInline(DeskInline):
    model = Channel
    form = ChannelForm
    fields = ["position", "kind", "shown", "address", "active"]
    readonly_fields = ["shown"]
    verbose_name_plural = "channels"

    @admin.display(description="address")
    def shown(self, channel: Channel) -> Any:
        if channel.error:
            return two_lines(badge(f"{masked(channel.address)} failed", "red"), channel.error)
        return masked(channel.address) if channel.address else NOTHING
