"""Parts of the pages of forms: which question, its choices, origins and colours, each written as people would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import SELECT_CLASSES, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from reps.admin_fields import ListField
from routing.admin.line_fields import LinesField
from routing.intake.asked import ASKABLE, ATTRIBUTES
from routing.services.forms.words import LABELS

OWN = "own"
CHOICE_SEPARATOR = " = "


def field_label(name: str) -> str:
    return LABELS.get(name) or name.removeprefix(ATTRIBUTES).replace("_", " ").capitalize()


class AskedWidget(forms.MultiWidget):
    """A field of the lead by its label, or the name of one's own."""

    template_name = "admin/widgets/asked.html"

    def __init__(self, attrs: Any = None) -> None:
        choices = [("", "Choose …"), *((name, field_label(name)) for name in ASKABLE), (OWN, "A field of your own:")]
        select = UnfoldAdminSelectWidget({"class": " ".join(SELECT_CLASSES), "aria-label": "Field"}, choices=choices)
        own = UnfoldAdminTextInputWidget({"aria-label": "Name of your own field", "placeholder": "own field: budget"})
        super().__init__({"field": select, "own": own}, attrs)

    def decompress(self, value: Any) -> list[str]:
        name = value or ""
        if not name or name in ASKABLE:
            return [name, ""]
        return [OWN, name.removeprefix(ATTRIBUTES)]


class AskedField(forms.MultiValueField):
    """The name of what is asked: a field of the lead, or attributes.NAME."""

    def __init__(self, **options: Any) -> None:
        options.pop("max_length", None)
        parts = [forms.CharField(required=False), forms.CharField(required=False, max_length=99)]
        given: dict[str, Any] = {"widget": AskedWidget(), "require_all_fields": False}
        super().__init__(parts, **given | options)

    def compress(self, data_list: list[Any]) -> str:
        chosen, own = [*data_list, "", ""][:2]
        name = (own or "").strip().removeprefix(ATTRIBUTES)
        if name and chosen in (OWN, ""):
            return f"{ATTRIBUTES}{name}"
        if chosen == OWN:
            raise ValidationError("Give your own field a name.")
        return str(chosen or "")


class ChoicesField(LinesField):
    """Choices of a list, one a line: a text, or value = text."""

    def lines(self, value: Any) -> Any:
        for choice in value or []:
            yield CHOICE_SEPARATOR.join(choice) if isinstance(choice, list) else choice

    def read(self, lines: list[str]) -> list[Any]:
        return [_choice(line) for line in lines]


def _choice(line: str) -> Any:
    value, separator, text = line.partition(CHOICE_SEPARATOR)
    return [value.strip(), text.strip()] if separator and value.strip() and text.strip() else line


class PlacesField(ListField):
    """Addresses separated by blanks, commas or lines."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(" ".join((value or "").split()).replace(" ", ","))


class ColourWidget(UnfoldAdminTextInputWidget):
    """A colour as text, with the browser's own picker beside it where there is JavaScript."""

    template_name = "admin/widgets/colour.html"


def look_fields() -> Mapping[str, forms.Field]:
    """The look, value by value."""

    def colour(label: str, of: str) -> forms.Field:
        help_text = f"The colour of {of}, as CSS writes it. Empty: the built-in one."
        return forms.CharField(label=label, required=False, max_length=60, help_text=help_text, widget=ColourWidget())

    def text(label: str, help_text: str) -> forms.Field:
        return forms.CharField(
            label=label, required=False, max_length=200, help_text=help_text, widget=UnfoldAdminTextInputWidget()
        )

    return {
        "accent": colour("Buttons and links", "buttons and links, such as #1d4ed8: it must be read on the background"),
        "background": colour("Background", "the whole form, such as #fff"),
        "text": colour("Text", "what is read, such as #1f2937"),
        "border": colour("Borders", "the lines around fields, such as #d1d5db"),
        "radius": text("Rounded corners", "How round corners are, such as 8px; 0 is square. Empty: the built-in ones."),
        "font": text("Font", "Names of fonts, such as Inter, Arial, sans-serif. Empty: the built-in ones."),
    }
