"""What a form may ask, and how each question looks where nobody says otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping

from routing.intake.facts import LONGEST_RAW, READERS
from routing.models import FormField, Lead

ATTRIBUTES = "attributes."
ATTRIBUTE = re.compile(r"attributes\.[\w][\w \-]{0,98}")
NEVER_ASKED = frozenset({"attributes", "consent", "external_id", "form", "test", "utm"})
"""What the form says itself (its consent box, its name, the campaign tags of the page), and what is no visitor's."""
ASKABLE: tuple[str, ...] = tuple(name for name in READERS if name not in NEVER_ASKED)
"""Fields of a lead that a form may ask for; beside them stand attributes.NAME."""
UTM = ("source", "medium", "campaign", "term", "content", "id")
CLICK_IDS = ("gclid", "fbclid", "msclkid", "li_fat_id")
"""What advertisers' links carry besides utm_…; kept under their own names."""
Widget = FormField.Widget
WIDGETS: Mapping[str, Widget] = {
    "email": Widget.EMAIL,
    "phone": Widget.TEL,
    "message": Widget.TEXTAREA,
    "kind": Widget.SELECT,
    "country": Widget.SELECT,
    "annual_revenue": Widget.NUMBER,
    "expected_amount": Widget.NUMBER,
}
AUTOCOMPLETE: Mapping[str, str] = {
    "email": "email",
    "phone": "tel",
    "first_name": "given-name",
    "last_name": "family-name",
    "company": "organization",
    "job_title": "organization-title",
    "country": "country-name",
    "region": "address-level1",
    "city": "address-level2",
    "postal_code": "postal-code",
    "website": "url",
}
"""What browsers may fill in by themselves (WCAG 1.3.5)."""
WRITTEN_IN_WORDS = frozenset({"country", "employees", "kind", "language", "phone", "region"})
"""What is kept as a code or a number: as people write it, it is longer than its column."""
MONEY = frozenset({"annual_revenue", "expected_amount"})
AMOUNTS = MONEY | {"employees"}
"""Numbers, by their nature rather than as they are shown."""
ALL_OTHERS = "*"
"""Among the countries that a form offers: all that it does not name."""
LONGEST_ANSWER = 2_000
LONGEST_MESSAGE = 10_000


def is_askable(name: str) -> bool:
    """Whether a form may have a field of this name."""
    return name in ASKABLE or bool(ATTRIBUTE.fullmatch(name))


def widget_of(name: str, widget: str = "") -> Widget:
    """How a field is shown: as somebody chose, else as it needs it."""
    return Widget(widget) if widget else WIDGETS.get(name, Widget.TEXT)


def longest(name: str) -> int:
    """So many characters an answer may have."""
    if name == "message":
        return LONGEST_MESSAGE
    if name in WRITTEN_IN_WORDS:
        return LONGEST_RAW
    column = None if name.startswith(ATTRIBUTES) else Lead._meta.get_field(name)
    return min(getattr(column, "max_length", None) or LONGEST_ANSWER, LONGEST_ANSWER)
