"""The questions of an import: the file, and which of its columns is which of our fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from routing.models import Import
from routing.services.imports.all_sections import section_of
from routing.services.imports.mapping import own_name
from routing.services.imports.section import Field, Section

DEFAULTS = 4
"""So many values for all rows can be given at once, at least."""
LEFT_OUT = ("", "— leave this column out —")
SEPARATORS = [("", "Recognise it"), ("comma", "Comma"), ("semicolon", "Semicolon"), ("tab", "Tab"), ("bar", "Bar |")]
SHOWN = 40
COLUMN_HINT = "Choose for each column the field that its values go to, or leave it out."
DEFAULT_HINT = "A value for every row that says nothing of the field, such as the source of a list."


class UploadForm(forms.Form):
    file = forms.FileField(
        label="The file",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.jsonl"}),
        help_text="CSV or Excel (.xlsx). Its first row names the columns.",
        error_messages={"empty": "The file is empty.", "required": "Choose a file."},
    )


class ColumnsForm(forms.Form):
    """One choice a column; then what holds for every row. The names of fields are places, not what the file says."""

    def __init__(self, imported: Import, *args: Any, may_take_away: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.imported, self.section = imported, section_of(imported)
        self.labels = {field.name: field.label for field in self.section.fields}
        self._add_file_options()
        for place, column in enumerate(imported.columns):
            chosen = imported.mapping.get(column, "")
            self.fields[f"column_{place}"] = forms.ChoiceField(
                choices=choices(self.section, column, chosen), required=False, initial=chosen,
                label=column, help_text=COLUMN_HINT,
                widget=UnfoldAdminSelectWidget({"aria-describedby": "column-hint"}),
            )  # fmt: skip
        self._add_defaults()
        self._add_options(may_take_away)

    def _add_file_options(self) -> None:
        sheets = self.imported.report.get("sheets") or []
        if len(sheets) > 1:
            self.fields["sheet"] = forms.ChoiceField(
                choices=[(name, name) for name in sheets], required=False, label="Sheet",
                initial=self.imported.options.get("sheet") or sheets[0], widget=UnfoldAdminSelectWidget(),
                help_text="Choose another one, and its columns are read.",
            )  # fmt: skip
        if self.imported.format == Import.Format.CSV and len(self.imported.columns) == 1:
            self.fields["delimiter"] = forms.ChoiceField(
                choices=SEPARATORS, required=False, label="Between columns stands", widget=UnfoldAdminSelectWidget(),
                help_text="The file seems to have one column only.",
            )  # fmt: skip

    def _add_defaults(self) -> None:
        given = list((self.imported.options.get("defaults") or {}).items())
        for place in range(max(DEFAULTS, len(given) + 1)):
            field, value = given[place] if place < len(given) else ("", "")
            self.fields[f"default_field_{place}"] = forms.ChoiceField(
                choices=[("", "—"), *plain_choices(self.section), *prefixed_choices(self.section, [field])],
                required=False, initial=field,
                label="Field", help_text=DEFAULT_HINT,
                widget=UnfoldAdminSelectWidget({"aria-describedby": "default-hint"}),
            )  # fmt: skip
            self.fields[f"default_value_{place}"] = forms.CharField(
                required=False, initial=value, max_length=500, label="Value",
                widget=UnfoldAdminTextInputWidget({"aria-describedby": "default-hint"}), help_text=DEFAULT_HINT,
            )  # fmt: skip

    def _add_options(self, may_take_away: bool) -> None:
        known = self.section.options
        for name, (label, hint) in OPTIONS.items():
            if name in known and (name != "whole" or may_take_away):
                self.fields[name] = forms.BooleanField(
                    required=False, initial=bool(self.imported.options.get(name)), label=label,
                    help_text=whole_hint(self.section) if name == "whole" else hint, widget=UnfoldBooleanWidget(),
                )  # fmt: skip
        if "consent_wording" in known:
            self.fields["consent_wording"] = forms.CharField(
                required=False, max_length=2_000, initial=self.imported.options.get("consent_wording", ""),
                label="What they agreed to", widget=UnfoldAdminTextInputWidget(),
                help_text="The words beside the box that they ticked, if the file has a column about consent.",
            )  # fmt: skip

    # --- what was said -----------------------------------------------------------------------------------------------

    def mapping(self) -> dict[str, str]:
        return {
            column: self.cleaned_data[f"column_{place}"]
            for place, column in enumerate(self.imported.columns)
            if f"column_{place}" in self.cleaned_data
        }

    def options(self) -> dict[str, Any]:
        """As the service takes them; what the page does not ask stays as it was."""
        asked: dict[str, Any] = {
            name: self.cleaned_data[name] for name in ("sheet", "delimiter", "consent_wording") if name in self.fields
        }
        flags = {name: self.cleaned_data[name] for name in OPTIONS if name in self.fields and name != "unmapped"}
        if "unmapped" in self.fields:
            asked["unmapped"] = "attributes" if self.cleaned_data["unmapped"] else ""
        kept = {name: value for name, value in self.imported.options.items() if name not in OPTIONS}
        sheets = self.imported.report.get("sheets") or []
        if asked.get("sheet") and not kept.get("sheet") and asked["sheet"] == sheets[0]:
            asked.pop("sheet")
        return {**kept, **asked, **flags, "defaults": self.defaults()}

    def other_sheet(self) -> bool:
        """Whether the columns have to be read anew first."""
        return any(name in self.changed_data for name in ("sheet", "delimiter"))

    def defaults(self) -> dict[str, str]:
        said: dict[str, str] = {}
        for name in self.fields:
            place = name.removeprefix("default_field_")
            if place != name and self.cleaned_data.get(name):
                said[self.cleaned_data[name]] = self.cleaned_data.get(f"default_value_{place}", "").strip()
        return {field: value for field, value in said.items() if value}

    def refuse(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Say beside each question what the service refused."""
        places = {f"mapping.{column}": f"column_{place}" for place, column in enumerate(self.imported.columns)}
        given = {
            f"defaults.{self.data.get(name)}": f"default_value_{name.removeprefix('default_field_')}"
            for name in self.fields
            if name.startswith("default_field_")
        }
        for path, texts in errors.items():
            name = places.get(path) or given.get(path) or path
            self.add_error(name if name in self.fields else None, list(texts))

    # --- what is shown -----------------------------------------------------------------------------------------------

    def columns(self) -> list[dict[str, Any]]:
        """Each column with its first values and its choice."""
        sample = self.imported.report.get("sample") or []
        return [
            {
                "name": column,
                "values": [short(row[column]) for row in sample if row.get(column) not in (None, "")][:3],
                "field": self[f"column_{place}"],
                "open": not self[f"column_{place}"].value(),
            }
            for place, column in enumerate(self.imported.columns)
        ]

    def default_pairs(self) -> list[tuple[Any, Any]]:
        count = sum(1 for name in self.fields if name.startswith("default_field_"))
        return [(self[f"default_field_{place}"], self[f"default_value_{place}"]) for place in range(count)]

    def file_options(self) -> list[Any]:
        return [self[name] for name in ("sheet", "delimiter") if name in self.fields]

    def flags(self) -> list[Any]:
        return [self[name] for name in (*OPTIONS, "consent_wording") if name in self.fields]

    def needed(self) -> list[str]:
        """The fields without which no file can be read, in words."""
        must = [field.label for field in self.section.fields if field.required]
        either = [" or ".join(self.labels[name] for name in group) for group in self.section.one_of]
        return must + either


OPTIONS: Mapping[str, tuple[str, str]] = {
    "whole": ("The file is the whole list", ""),
    "unmapped": (
        "Keep the columns that are left out as attributes",
        "Rules can ask for them, and the lead shows them.",
    ),
    "test": ("These are test leads", "They are routed like others, take nobody's turn, and no report counts them."),
}


def whole_hint(section: Section) -> str:
    kind = getattr(section, "kind", None)
    return f"{kind.whole} You see them before anything happens." if kind else ""


def choices(section: Section, column: str, chosen: str) -> list[tuple[str, str]]:
    """Our fields, those that must be there marked; for attributes, the one that is called like the column.

    What is chosen already is always among them: else a browser would send the first one, which leaves the column out.
    """
    names = {own_name(field, column) for field in section.fields if field.prefix}
    return [LEFT_OUT, *plain_choices(section), *prefixed_choices(section, names | {chosen})]


def prefixed_choices(section: Section, names: Collection[str]) -> list[tuple[str, str]]:
    """Those of the names that are UTM values or attributes."""
    free = {field.name: field.label.rstrip(": …") for field in section.fields if field.prefix}
    return [
        (name, f"{label} “{name.removeprefix(prefix)}”")
        for prefix, label in free.items()
        for name in sorted(names)
        if name.startswith(prefix)
    ]


def plain_choices(section: Section) -> list[tuple[str, str]]:
    return [(field.name, _label(field)) for field in section.fields if not field.prefix]


def _label(field: Field) -> str:
    return f"{field.label} *" if field.required else field.label


def short(value: Any) -> str:
    text = str(value)
    return f"{text[:SHOWN]}…" if len(text) > SHOWN else text
