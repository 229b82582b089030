"""The list of rules: what each says, and how many leads it took lately."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reps.admin_display import quiet
from routing.admin.base import DraftChangeList, received_at
from routing.admin.speeds import percent
from routing.engine.counting import counted
from routing.insights.rules import Taken, taken_by_rules
from routing.models import Rule
from routing.rulebook.content import rule_content
from routing.rulebook.words import (
    Names,
    conditions_in_words,
    destination_in_words,
    when_nobody_in_words,
)
from routing.services.access import SEE_ALL_LEADS

DAYS = timedelta(days=30)
"""Leads are counted over so many days."""
COUNTED = {"arrived": "30d", "test": "no"}
"""What narrows the list of leads to those that are counted."""


class RuleChangeList(DraftChangeList):
    """Every rule knows what it says, in words, and how many leads it took; `taken` is None for who may not know."""

    taken: Taken | None

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        names = _names_in(self.result_list)
        self.taken = taken_by_rules(since=received_at(request) - DAYS) if sees_leads(request) else None
        narrowed = self.query or self.has_active_filters or self.result_count > len(self.result_list)
        order = _in_order() if narrowed else [rule.pk for rule in self.result_list]
        places = {key: place for place, key in enumerate(order, start=1)}
        for rule in self.result_list:
            rule.place, rule.words = places.get(rule.pk), rule_sentence(rule_content(rule), names)
            rule.took = _took(rule, self.taken) if self.taken else ""

    def taken_in_words(self) -> dict[str, Any]:
        """What became of all leads, for the line above the list."""
        taken = self.taken
        if taken is None or not taken.leads:
            return {}
        return {
            "leads": counted(taken.leads, "lead"),
            "all_url": leads_url(),
            "by_rules": f"{taken.by_rules:,} ({percent(taken.by_rules / taken.leads)})",
            "without_rule": f"{taken.without_rule:,}" if taken.without_rule else "",
            "without_rule_url": leads_url(rule="-"),
            "unowned": f"{taken.unowned:,}" if taken.unowned else "",
        }


def sees_leads(request: HttpRequest) -> bool:
    """Whether somebody may know of everybody's leads."""
    return request.user.has_perm("routing.view_lead") and request.user.has_perm(SEE_ALL_LEADS)


def leads_url(**narrowed: object) -> str:
    """The list of the leads that are counted."""
    return f"{reverse('admin:routing_lead_changelist')}?{urlencode(narrowed | COUNTED)}"


def _names_in(rules: Iterable[Rule]) -> Names:
    """Of what the rules themselves name, which came with them."""
    pools = [pool for rule in rules for pool in (rule.pool, rule.overflow_pool) if pool]
    return Names(
        reps={rule.rep.pk: rule.rep.name for rule in rules if rule.rep},
        pools={pool.pk: pool.name for pool in pools},
        tables={rule.table.pk: rule.table.name for rule in rules if rule.table},
    )


def _in_order() -> Any:
    """The keys of all rules, also where the list is narrowed."""
    return Rule.objects.current().in_order().values_list("pk", flat=True)


def _took(rule: Any, taken: Taken) -> SafeString:
    """So many leads, and the share of all; of a rule that was never published, that it cannot have any."""
    count = taken.by_rule.get(rule.pk, 0)
    if rule.mark == "new" and not count:
        return quiet("Not published yet")
    if not count:
        return quiet("0 leads")
    share = count / taken.leads
    return format_html(
        '<span class="lr-took"><a class="lr-link" href="{}">{}</a><span class="lr-share">'
        '<meter min="0" max="100" value="{}" aria-hidden="true"></meter><span title="Of {}">{}</span></span></span>',
        leads_url(rule=rule.pk),
        counted(count, "lead"),
        f"{100 * share:.1f}",
        counted(taken.leads, "lead"),
        "under 1%" if share < 0.01 else percent(share),
    )


def rule_sentence(rule: dict[str, Any], names: Names) -> SafeString:
    """IF … THEN … ELSE …, with the words of the form set off."""
    otherwise = when_nobody_in_words(rule["when_nobody"], names)
    if rule["catch_all"] and rule["when_nobody"] == "next":
        otherwise = "wait until somebody can"
    return format_html(
        '<span class="lr-rule"><span><b>{}</b> {}</span><span><b>THEN</b> {}</span><span><b>ELSE</b> {}</span></span>',
        "ALL THE REST" if rule["catch_all"] else "IF",
        "" if rule["catch_all"] else conditions_in_words(rule["when"]),
        destination_in_words(rule["to"], names),
        otherwise,
    )
