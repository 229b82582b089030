"""A form with its questions, as it is asked: read once, and of use without a database from then on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from gettext import translation

from django.utils.translation import get_language
from pycountry import LOCALES_DIR, countries

from routing.intake.asked import is_askable, longest, widget_of
from routing.intake.folding import fold
from routing.models import Form, FormField
from routing.services.forms import words

Widget = FormField.Widget


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a form, in the words that visitors read."""

    name: str
    label: str
    help: str
    required: bool
    widget: str
    choices: tuple[tuple[str, str], ...]
    default: str
    limit: int


@dataclass(frozen=True, slots=True)
class AskedForm:
    """A form as it was when it was read."""

    form: Form
    fields: tuple[FormField, ...]

    def questions(self) -> tuple[Question, ...]:
        """In the language that is active. What no form may ask is not asked."""
        return tuple(_question(field) for field in self.fields if is_askable(field.name))

    @property
    def has_consent(self) -> bool:
        return bool(self.form.consent_text.strip())


def load_form(*, slug: str, closed: bool = False) -> AskedForm | None:
    """The active form of this slug; `closed`: also one that has been closed since something was sent."""
    forms = Form.objects.all() if closed else Form.objects.active()
    form = forms.filter(slug=slug).first()
    return ask(form) if form else None


def ask(form: Form) -> AskedForm:
    return AskedForm(form, tuple(FormField.objects.filter(form=form)))


def load_forms() -> dict[str, AskedForm]:
    """All active forms by slug."""
    forms = list(Form.objects.active())
    fields: dict[int, list[FormField]] = {form.pk: [] for form in forms}
    for field in FormField.objects.filter(form__in=forms):
        fields[field.form_id].append(field)
    return {form.slug: AskedForm(form, tuple(fields[form.pk])) for form in forms}


def _question(field: FormField) -> Question:
    widget = widget_of(field.name, field.widget)
    return Question(
        name=field.name,
        label=field.label or _label(field.name),
        help=field.help_text,
        required=field.required,
        widget=widget,
        choices=_choices(field) if widget == Widget.SELECT else (),
        default=field.default,
        limit=longest(field.name),
    )


def _label(name: str) -> str:
    known = words.LABELS.get(name)
    return words.say(known) if known else name.rpartition(".")[2].replace("_", " ").capitalize()


def _choices(field: FormField) -> tuple[tuple[str, str], ...]:
    if field.choices:
        return tuple(filter(None, map(_choice, field.choices)))
    if field.name == "kind":
        return tuple((value, words.say(text)) for value, text in words.KINDS.items())
    return _countries() if field.name == "country" else ()


def _choice(row: object) -> tuple[str, str] | None:
    if isinstance(row, Collection) and not isinstance(row, str) and len(row) == 2:
        value, text = row
        return str(value), str(text)
    return (str(row), str(row)) if isinstance(row, str | int | float) else None


def _countries() -> tuple[tuple[str, str], ...]:
    """By name, in the language that is active."""
    translate = translation("iso3166-1", LOCALES_DIR, [get_language() or "en"], fallback=True).gettext
    named = [(country.alpha_2, translate(getattr(country, "common_name", country.name))) for country in countries]
    return tuple(sorted(named, key=lambda row: fold(row[1])))
