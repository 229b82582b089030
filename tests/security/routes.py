"""Every address of the product as the resolver knows it, and a real address for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

admin.autodiscover()

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
PAGES = ("changelist", "add", "history", "delete", "change", "simple_history")


class Route(NamedTuple):
    """A pattern: how it is written, and its name with namespaces; empty where it has none."""

    text: str
    name: str

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:")

    @property
    def of_model(self) -> tuple[type[Model], str] | None:
        """The model whose rows the admin shows here, and which page of it."""
        if not self.name.startswith("admin:"):
            return None
        for model in admin.site._registry:
            start = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
            if self.name.startswith(start) and self.name.removeprefix(start) in PAGES:
                return model, self.name.removeprefix(start)
            if self.name == "admin:" and self.text.startswith(
                f"admin/{model._meta.app_label}/{model._meta.model_name}/<path"
            ):
                return model, "redirect"
        return None

    @property
    def model_of_page(self) -> type[Model] | None:
        """The model below whose address a page of the admin lies."""
        return next(
            (
                model
                for model in admin.site._registry
                if self.text.startswith(f"admin/{model._meta.app_label}/{model._meta.model_name}/")
            ),
            None,
        )

    def address(self, values: Mapping[str, Any]) -> str:
        """With everything filled in; parameters without a name are those of simple_history."""
        text = re.sub(r"\(\?P(<\w+>)(?:\[[^]]*\](?:\{[^}]*\})?|\.\*|[\w|]+)\)", r"\1", self.text)
        for name in ("<object_id>", "<version_id>"):
            text = text.replace("([^/]+)", name, 1)
        text = text.replace("^", "").replace("/?$", "").replace("$", "")
        return "/" + PARAMETER.sub(lambda found: str(values[found[1]]), text)


def all_routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns))


def _walk(patterns: Any, text: str = "", space: str = "") -> Iterator[Route]:
    for pattern in patterns:
        here = f"{text}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, here, inner)
        elif isinstance(pattern, URLPattern):
            yield Route(here, f"{space}{pattern.name or ''}")
