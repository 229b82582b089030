"""The questions of a form, on its page: what is asked, in which order, and what a new form begins with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from unfold.widgets import INPUT_CLASSES

from reps.admin_base import DeskInline
from reps.admin_fields import LinesWidget
from routing.admin.form_fields import AskedField, ChoicesField
from routing.models import FormField
from routing.rulebook.config.errors import ConfigError
from routing.rulebook.config.forms import FIELD_KEYS, wrong_with_form

PLACE = f"{' '.join(INPUT_CLASSES)} lr-place"
NEW_FIELDS = (("email", True), ("first_name", False), ("last_name", False), ("company", False), ("message", False))
"""What a new form asks for, until somebody chooses otherwise: name, and whether it must be given."""


def said(error: ConfigError) -> str:
    return error.message[:1].upper() + error.message[1:]


class AskedForm(forms.ModelForm):
    position = forms.IntegerField(
        label="Place",
        required=False,
        min_value=0,
        max_value=1_000,
        widget=forms.NumberInput({"class": PLACE}),
        help_text="Questions stand in the order of these numbers. Empty: it comes last.",
    )
    name = AskedField(
        label="Field", help_text="Which field of the lead the answer fills, or one of your own: attributes.NAME."
    )
    choices = ChoicesField(
        label="Choices",
        help_text="Of a list, one a line; value = text, if they differ. Of countries: codes, and * for all others.",
        widget=LinesWidget({"rows": 1}),
    )

    class Meta:
        model = FormField
        fields = ["position", "name", "label", "required", "widget", "choices", "help_text", "default"]
        help_texts = {
            "label": "What is asked. Empty: the built-in words of the field.",
            "required": "The form is not sent without an answer.",
            "widget": "How the question looks. Hidden ones are not seen, and hold what they begin with.",
            "help_text": "A hint below the question, such as an example. Empty: none.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "position" not in (kwargs.get("initial") or {}):
            self.initial["position"] = None  # comes last


class AskedFormSet(BaseInlineFormSet):
    ordered: list[Any]

    def clean(self) -> None:
        """As an import would refuse them, each beside its row."""
        super().clean()
        rows = [form for form in self.forms if self._counts(form)]
        if any(form.errors for form in rows):
            return
        ordered = self.ordered = sorted(rows, key=_place)
        for place, form in enumerate(ordered):
            form.instance.position = place
        documents = [{key: form.cleaned_data.get(column) for key, column in FIELD_KEYS.items()} for form in ordered]
        for error in wrong_with_form({"name": "form", "language": self.instance.language, "fields": documents}):
            self._tell(error, ordered)

    def _counts(self, form: Any) -> bool:
        gone = self.can_delete and form.cleaned_data.get("DELETE") if hasattr(form, "cleaned_data") else False
        return not gone and (form.has_changed() or form.instance.pk is not None)

    def _tell(self, error: ConfigError, rows: list[Any]) -> None:
        place, dot, key = error.path.partition(".")
        if not dot:
            self._non_form_errors.append(said(error))  # type: ignore[attr-defined]  # Django's own list
            return
        index = int(place.removeprefix("fields[").removesuffix("]"))
        rows[index].add_error(FIELD_KEYS.get(key.partition("[")[0], None), said(error))


def _place(form: Any) -> tuple[bool, int]:
    """What has no place comes last."""
    place = form.cleaned_data.get("position")
    return place is None, place or 0


class AskedInline(DeskInline):
    model = FormField
    form = AskedForm
    formset = AskedFormSet
    fields = ["position", "name", "label", "required", "widget", "choices", "help_text", "default"]
    ordering_field = "position"
    verbose_name, verbose_name_plural = "question", "questions"
    tab = False

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 2 if obj else len(NEW_FIELDS)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if obj is None and request.method == "GET":
            start = [{"name": name, "required": must, "position": n} for n, (name, must) in enumerate(NEW_FIELDS)]
            formset.__init__ = _beginning_with(formset.__init__, start)  # a class of its own for this request
        return formset


def _beginning_with(init: Any, initial: list[dict[str, Any]]) -> Any:
    def begun(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs | {"initial": initial})

    return begun
