"""Shares and balances of turns, as people read them."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from reps.admin_display import quiet, two_lines
from routing.engine.types import ONE_LEAD
from routing.services.pool_ledgers import Ramp


def share_bar(percent: float) -> SafeString:
    return format_html(
        '<span class="lr-share"><meter min="0" max="100" value="{}"></meter><span>{}%</span></span>',
        f"{percent:.1f}",
        f"{percent:.0f}" if percent >= 10 or percent == int(percent) else f"{percent:.1f}",
    )


def ramp_text(weight: float, ramp: Ramp) -> str:
    """How far the weight of a new member has come."""
    return f"ramping: {ramp.weight:g} of {weight:g} until {ramp.until.day} {ramp.until:%b %Y}"


def weight_text(weight: float, ramp: Ramp | None) -> SafeString | str:
    """A weight, and how far it has come if it still grows."""
    return two_lines(f"{weight:g}", quiet(ramp_text(weight, ramp))) if ramp else f"{weight:g}"


def balance_text(billionths: int) -> SafeString:
    """How far somebody is behind (plus: next in turn) or ahead (minus), in leads."""
    return balance_in_leads(billionths / ONE_LEAD)


def balance_in_leads(leads: float) -> SafeString:
    if abs(leads) < 0.005:
        return quiet("0.00")
    title = "Is owed this much of a lead" if leads > 0 else "Has had this much of a lead in advance"
    return format_html('<span class="lr-balance" title="{}">{}</span>', title, f"{leads:+.2f}".replace("-", "−"))
