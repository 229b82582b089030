"""Form fields for values that people should not have to write as JSON: lists, caps, ranges, zones."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from reps.catch_up import BOUNDS
from reps.schedules import InvalidHours, parse_hours
from reps.time_zones import time_zones

CAPS = (
    ("hour", "an hour"),
    ("day", "a day"),
    ("week", "a week"),
    ("open", "open at a time"),
    ("unanswered", "unanswered at a time"),
)


class PlainNumberField(forms.FloatField):
    """A number that is shown without needless decimals: 90, not 90.0."""

    def prepare_value(self, value: Any) -> Any:
        return int(value) if isinstance(value, float) and value.is_integer() else value


class ListField(forms.CharField):
    """Texts separated by commas or lines, kept as a list."""

    def __init__(self, *, upper: bool = False, lower: bool = False, **options: Any) -> None:
        self.upper, self.lower = upper, lower
        options.setdefault("widget", UnfoldAdminTextInputWidget())
        super().__init__(**{"required": False} | options)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        texts = [part.strip() for part in (value or "").replace("\n", ",").split(",")]
        items = [text.upper() if self.upper else text.lower() if self.lower else text for text in texts if text]
        return list(dict.fromkeys(items))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)


class EmailListField(ListField):
    """E-mail addresses separated by commas."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        for address in value:
            try:
                forms.EmailField().clean(address)
            except ValidationError as error:
                raise ValidationError(f"“{address}” is not an e-mail address.") from error


class NumbersWidget(forms.MultiWidget):
    """Some numbers side by side, each under its own label."""

    template_name = "admin/widgets/numbers.html"

    def __init__(self, labels: dict[str, str], attrs: Any = None) -> None:
        self.labels = labels
        inputs = {
            name: UnfoldAdminIntegerFieldWidget({"class": "lr-number", "min": "0", "aria-label": label})
            for name, label in labels.items()
        }
        super().__init__(inputs, attrs)

    def decompress(self, value: Any) -> list[Any]:
        return [(value or {}).get(name) for name in self.labels]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for part, label in zip(context["widget"]["subwidgets"], self.labels.values(), strict=False):
            part["label"] = label
        return context


class NumbersField(forms.MultiValueField):
    """Optional numbers by name, kept as {name: number} without the empty ones."""

    def __init__(self, labels: dict[str, str], **options: Any) -> None:
        self.labels = labels
        parts = [forms.IntegerField(required=False, min_value=0) for _ in labels]
        options.setdefault("widget", NumbersWidget(labels))
        super().__init__(parts, required=False, require_all_fields=False, **options)

    def compress(self, data_list: list[Any]) -> dict[str, Any]:
        return {name: value for name, value in zip(self.labels, data_list, strict=False) if value is not None}


class CapsWidget(NumbersWidget):
    """Numbers, each with a tick for counting leads that come without a turn as well."""

    template_name = "admin/widgets/caps.html"

    def __init__(self, labels: dict[str, str], *, compact: bool = False, attrs: Any = None) -> None:
        super().__init__(labels, attrs)
        self.compact = compact
        ticks = [UnfoldBooleanWidget({"aria-label": f"Count every lead: {label}"}) for label in labels.values()]
        self.widgets = [*self.widgets, *ticks]
        self.widgets_names = [f"_{name}" for name in labels] + [f"_{name}_all" for name in labels]

    def decompress(self, value: Any) -> list[Any]:
        given = value if isinstance(value, dict) else {}
        caps = [given.get(name) for name in self.labels]
        limits = [cap.get("limit") if isinstance(cap, dict) else cap for cap in caps]
        return limits + [isinstance(cap, dict) and bool(cap.get("all")) for cap in caps]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        parts = context["widget"]["subwidgets"]
        context["widget"]["caps"] = list(zip(parts[: len(self.labels)], parts[len(self.labels) :], strict=True))
        context["widget"]["compact"] = self.compact
        context["widget"]["set"] = [
            f"{part['value']} {part['label']}" for part in parts[: len(self.labels)] if part["value"]
        ]
        return context


class CapsField(NumbersField):
    """The most leads somebody may get: {"day": 10}, or {"day": {"limit": 10, "all": true}}."""

    def __init__(self, *, compact: bool = False, **options: Any) -> None:
        super().__init__(dict(CAPS), widget=CapsWidget(dict(CAPS), compact=compact), **options)
        self.fields = [*self.fields, *(forms.BooleanField(required=False) for _ in CAPS)]

    def compress(self, data_list: list[Any]) -> dict[str, Any]:
        limits, ticks = data_list[: len(CAPS)], data_list[len(CAPS) :]
        return {
            name: {"limit": limit, "all": True} if every else limit
            for name, limit, every in zip(self.labels, limits, ticks, strict=False)
            if limit is not None
        }


class CatchUpField(NumbersField):
    """What somebody goes on earning while on leave: {"share": 0.5, "cap": 5, "max_rate": 1.5}; no share, nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__({"share": "share", "cap": "saved at most", "max_rate": "times faster"}, **options)
        self.fields = [forms.FloatField(required=False, min_value=low, max_value=high) for low, high in BOUNDS.values()]
        for widget in self.widget.widgets:
            widget.attrs["step"] = "any"

    def compress(self, data_list: list[Any]) -> dict[str, float]:
        terms = super().compress(data_list)
        return terms if terms.get("share") else {}


class RangeField(NumbersField):
    """From and to, either of them open."""

    def __init__(self, **options: Any) -> None:
        super().__init__({"min": "from", "max": "to"}, **options)

    def compress(self, data_list: list[Any]) -> dict[str, int]:
        band = super().compress(data_list)
        if "min" in band and "max" in band and band["min"] > band["max"]:
            raise ValidationError("“From” must not be greater than “to”.")
        return band


class ZoneField(forms.ChoiceField):
    """A time zone, chosen from a list that can be searched."""

    def __init__(self, *, empty: str = "", **options: Any) -> None:
        zones = [(name, name.replace("_", " ")) for name in sorted(time_zones())]
        choices = [("", empty), *zones] if empty else zones
        super().__init__(choices=choices, **{"widget": UnfoldAdminSelect2Widget()} | options)


class LinesWidget(UnfoldAdminTextareaWidget):
    """A small text area."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__({"rows": 3, "class": " ".join(INPUT_CLASSES)} | (attrs or {}))


class WeekHoursField(forms.CharField):
    """A week's working hours, one line for each stretch of days: mon-fri 09:00-12:00, 13:00-17:00."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=LinesWidget(), **options)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{days} {', '.join(ranges)}" for days, ranges in value.items())

    def to_python(self, value: Any) -> Any:
        hours = {}
        for line in (value or "").splitlines():
            days, _, ranges = line.strip().partition(" ")
            if days:
                hours[days.removesuffix(":")] = [part.strip() for part in ranges.split(",") if part.strip()]
        try:
            parse_hours(hours)
        except InvalidHours as error:
            raise ValidationError(list(error.errors)) from error
        return hours

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial or {}) != (data or "").strip())
