"""The form of conditions on the page of a rule: what it suggests, what it counts, and the page that explains it."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from routing.admin.base import received_at
from routing.admin.conditions.choices import all_choices, field_names
from routing.admin.conditions.count import count_of
from routing.admin.conditions.fields import field_groups, operators_of
from routing.admin.conditions.form import COUNT, FIELD
from routing.admin.rule_list import sees_leads
from routing.engine.fields import PREFIXES, FieldKind, kind_of
from routing.engine.types import Operator
from routing.rulebook.words import OPERATOR_WORDS

KINDS: dict[FieldKind, str] = {
    FieldKind.TEXT: "text",
    FieldKind.POSTAL_CODE: "postal code",
    FieldKind.NUMBER: "number",
    FieldKind.INSTANT: "day or instant",
    FieldKind.YES_NO: "yes or no",
    FieldKind.OPTION: "one of a list",
    FieldKind.TERRITORY: "territory",
    FieldKind.SIGNAL: "buying signal",
    FieldKind.ANY: "anything",
}
VALUES: dict[Operator, str] = {
    Operator.IS: "one value",
    Operator.IS_NOT: "one value; holds for what is not known, too",
    Operator.ANY_OF: "several values, separated by commas",
    Operator.NONE_OF: "several values; holds for what is not known, too",
    Operator.CONTAINS: "a piece of text, anywhere in it",
    Operator.STARTS_WITH: "how the text begins",
    Operator.ENDS_WITH: "how the text ends",
    Operator.MATCHES: "a regular expression as RE2 has them, such as ^head of",
    Operator.EMPTY: "no value",
    Operator.NOT_EMPTY: "no value",
    Operator.LT: "a number",
    Operator.LTE: "a number",
    Operator.GT: "a number",
    Operator.GTE: "a number",
    Operator.BETWEEN: "10 to 500, both included; one end may be missing",
    Operator.BEFORE: "a day, in the company's time zone",
    Operator.AFTER: "a day, in the company's time zone",
    Operator.IN_LAST_DAYS: "a number of days",
    Operator.IN_POSTAL: "codes, beginnings or ranges: 94105, 94*, 90000-96199",
    Operator.IN_TERRITORY: "territories; those inside them count as well",
    Operator.HAS_SIGNAL: "how strong it must still be, from 0 to 1, or nothing: any strength",
}
FAMILIES = (
    ("attributes.NAME", "What forms and programs send besides, such as attributes.plan."),
    ("signal.NAME", "Buying signals of a kind, such as signal.funding."),
    ("account.NAME", "Any other fact of the account."),
    ("utm.NAME", "Any other part of the campaign's address."),
)


def equip(form: BaseForm, request: HttpRequest) -> None:
    """Give the field of conditions, if a form has it, what this page knows."""
    if FIELD not in form.fields:
        return
    field, sees = form.fields[FIELD], sees_leads(request)
    widget: Any = field.widget
    widget.choices = all_choices(with_leads=sees)
    widget.names = field_names(widget.choices) if sees else ()
    widget.help_url = reverse("admin:routing_rule_conditions")
    if not sees:
        return
    widget.count_url = reverse("admin:routing_rule_count")
    if COUNT in form.data and FIELD not in form.errors:
        widget.counted = count_of(form[FIELD].data, now=received_at(request))


def conditions_view(request: HttpRequest, page: Any) -> HttpResponse:
    """What each field is and which comparisons fit it, from the lists that routing itself goes by."""
    page.require_view(request)
    context = {
        **page.admin_site.each_context(request),
        "title": "Fields and comparisons",
        "groups": [
            (
                title,
                [(label, name, KINDS[kind_of(name) or FieldKind.ANY], _comparisons(name)) for name, label in fields],
            )
            for title, fields in field_groups()[:-1]
        ],
        "families": [
            (name, says, KINDS[PREFIXES[f"{name.partition('.')[0]}."]], _comparisons(name)) for name, says in FAMILIES
        ],
        "comparisons": [(words, operator, VALUES[Operator(operator)]) for operator, words in OPERATOR_WORDS.items()],
    }
    return TemplateResponse(request, "admin/routing/conditions.html", context)


def _comparisons(field: str) -> str:
    return ", ".join(dict.fromkeys(OPERATOR_WORDS[operator].rstrip(":") for operator in operators_of(field)))
