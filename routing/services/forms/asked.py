"""A form with its questions, as it is asked: read once, and of use without a database from then on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import translation

from django.utils.translation import get_language
from pycountry import LOCALES_DIR, countries

from routing.intake.asked import ALL_OTHERS, AMOUNTS, ATTRIBUTES, MONEY, is_askable, longest, widget_of
from routing.intake.clean import Unusable
from routing.intake.folding import fold
from routing.intake.offered import Around, around, value_of
from routing.intake.place_names import BEYOND_ISO
from routing.intake.places import country_code
from routing.models import Form, FormField
from routing.services.forms import words

Widget = FormField.Widget


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a form, in the words that visitors read.

    `choices`: value and words; `first`: values that stand before all others, where the form says so; `any_name`:
    every country is there, so that one by any name is as good as one of them.
    """

    name: str
    label: str
    help: str
    required: bool
    widget: str
    choices: tuple[tuple[str, str], ...]
    default: str
    limit: int
    first: tuple[str, ...] = ()
    any_name: bool = False

    @property
    def is_number(self) -> bool:
        """Typed as a number by the visitor: by the customs of a language."""
        typed = self.widget not in (Widget.SELECT, Widget.HIDDEN, Widget.CHECKBOX)
        return typed and (self.name in AMOUNTS or (self.name.startswith(ATTRIBUTES) and self.widget == Widget.NUMBER))

    @property
    def is_offered_number(self) -> bool:
        """Written by the form's builder, in the form's own language."""
        return self.widget in (Widget.SELECT, Widget.HIDDEN) and self.name in MONEY

    def chosen(self, text: str) -> str:
        """The choice that it means, by its value, or of countries by any name of it; empty if it is none."""
        text = text.strip()
        values = [value for value, _ in self.choices]
        if text in values or self.name != "country":
            return text if text in values else ""
        code = _code(text)
        return code if code in values else ""


@dataclass(frozen=True, slots=True)
class AskedForm:
    """A form as it was when it was read."""

    form: Form
    fields: tuple[FormField, ...]

    def questions(self) -> tuple[Question, ...]:
        """In the language that is active. What no form may ask is not asked."""
        return tuple(_question(field) for field in self.fields if is_askable(field.name))

    @property
    def around(self) -> Around:
        """By what its choices and hidden values are understood."""
        country = next((field for field in self.fields if field.name == "country"), None)
        return around(self.form.language, vars(country) if country else None)

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
    choices = _choices(field) if widget == Widget.SELECT else ()
    offered = [_code(value_of(row)) for row in field.choices] or [ALL_OTHERS] if field.name == "country" else []
    any_name = ALL_OTHERS in offered
    return Question(
        name=field.name,
        label=field.label or _label(field.name),
        help=field.help_text,
        required=field.required,
        widget=widget,
        choices=choices,
        default=field.default,
        limit=longest(field.name),
        first=tuple(dict.fromkeys(offered[: offered.index(ALL_OTHERS)])) if any_name else (),
        any_name=any_name,
    )


def _label(name: str) -> str:
    known = words.LABELS.get(name)
    return words.say(known) if known else name.rpartition(".")[2].replace("_", " ").capitalize()


def _choices(field: FormField) -> tuple[tuple[str, str], ...]:
    if field.name == "country":
        return _offered_countries(field.choices or [ALL_OTHERS])
    if field.choices:
        return tuple(filter(None, map(_choice, field.choices)))
    return tuple((value, words.say(text)) for value, text in words.KINDS.items()) if field.name == "kind" else ()


def _choice(row: object) -> tuple[str, str] | None:
    if isinstance(row, Collection) and not isinstance(row, str) and len(row) == 2:
        return value_of(row), str(tuple(row)[1]).strip()
    return (value_of(row), value_of(row)) if isinstance(row, str | int | float) else None


def _offered_countries(rows: Collection[object]) -> tuple[tuple[str, str], ...]:
    """Codes by their names in the language that is active; a name that the form gives itself stays."""
    named = _countries((get_language() or "en").partition("-")[0])
    offered: dict[str, str] = {}
    for value, text in filter(None, map(_choice, rows)):
        if value == ALL_OTHERS:
            offered = {**offered, **{code: name for code, name in named.items() if code not in offered}}
        else:
            code = _code(value)
            offered[code] = named.get(code, text) if text.upper() == code else text
    return tuple(offered.items())


def _code(name: str) -> str:
    """Of a country; what is none stays as it is."""
    try:
        return country_code(name) if name != ALL_OTHERS else name
    except Unusable:
        return name


@cache
def _countries(language: str) -> Mapping[str, str]:
    """Code → name, sorted by name."""
    translate = translation("iso3166-1", LOCALES_DIR, [language], fallback=True).gettext
    named = {country.alpha_2: translate(getattr(country, "common_name", country.name)) for country in countries}
    return dict(sorted((named | BEYOND_ISO).items(), key=lambda row: fold(row[1])))
