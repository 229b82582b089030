"""Whether anything of a page is a payload that has become more than text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.apps import apps
from django.urls import get_resolver

from routing.models import Import
from tests.security.payloads import CANARY, EVALUATED

FOLLOWED = {"href", "src", "action", "formaction", "data", "poster", "xlink:href", "background", "srcset", "cite"}
RUN = re.compile(r"on|x-|@|:|hx-|v-|ng-")
"""How the names of attributes begin that are handlers, or expressions of the scripts that we use."""
SAFE_ADDRESS = re.compile(r"(?i)\s*(https?://|mailto:|tel:|[/?#.]|$)")


class HostilePage(HTMLParser):
    """`found`: each payload that acts, with where."""

    def __init__(self, html: str, *, frames: bool = True) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.seen = 0
        self._frames = frames
        self._inside = ""
        if EVALUATED in html:
            self.found.append(f"evaluated: {_around(html, EVALUATED)}")
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        data = dict(attributes).get("type") in ("application/json", "text/template")
        self._inside = {"script": "data" if data else "script", "style": "style"}.get(tag, "")
        if CANARY in tag:
            self.found.append(f"element <{tag}>")
        for name, value in attributes:
            self._look(tag, name.lower(), value or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        self._inside = ""

    def handle_data(self, data: str) -> None:
        self.seen += data.count(CANARY)
        if self._inside in ("script", "style") and CANARY in data:
            self.found.append(f"{self._inside} holds {_around(data, CANARY)}")
        if self._inside == "data" and re.search(rf"<[^>]*{CANARY}", data):
            self.found.append(f"data holds {_around(data, CANARY)}")

    def handle_comment(self, data: str) -> None:
        if CANARY in data:
            self.found.append(f"comment {_around(data, CANARY)}")

    def _look(self, tag: str, name: str, value: str) -> None:
        hostile = CANARY in value or "alert(1)" in value
        self.seen += hostile
        if CANARY in name or (RUN.match(name) and (hostile or name.startswith("on"))) or (name == "style" and hostile):
            self.found.append(f"<{tag} {name}={value[:150]!r}>")
        if name in FOLLOWED and hostile and not SAFE_ADDRESS.match(value):
            self.found.append(f"<{tag} {name}={value[:150]!r}>")
        if name == "srcdoc":
            self._look_inside(value)

    def _look_inside(self, html: str) -> None:
        """A frame's own page: strict as every other."""
        if self._frames:
            self.found += HostilePage(html, frames=False).found


def _around(text: str, what: str) -> str:
    at = text.find(what)
    return repr(text[max(at - 60, 0) : at + 90])


def addresses(resolver: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every route of a resolver with the name of its address."""
    for pattern in resolver.url_patterns:  # type: ignore[attr-defined]
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern.name or ""


NO_PAGE = ("<path:object_id>/$", "r/<path:", "(?P<url>", "jsi18n", "logout", "<slug:kind>", "admin/docs/")
"""Addresses of the admin that only lead elsewhere, and the docs, which hold no row."""
SLUGS = {
    "do": ("reassign", "park", "pause", "decline"),
    "start": ("lint", "replay", "repair"),
    "upload": tuple(Import.Section.values),
}
"""What stands for the names in addresses."""


def admin_addresses() -> list[str]:
    """Each with the key of a row, as somebody who looks at everything would call them."""
    found: list[str] = []
    for route, _ in addresses(get_resolver()):
        if route.startswith("admin/") and not any(part in route for part in NO_PAGE):
            found += [f"/{address}" for address in _filled(route)]
    return found


def _filled(route: str) -> list[str]:
    if "(?P<app_label>" in route:
        return ["admin/routing/", "admin/reps/"]
    if "<" not in route and "(" not in route:
        return [route]
    app, model = route.split("/")[1:3]
    row = apps.get_model(app, model)._default_manager.order_by("-pk").first()
    key = str(row.pk if row else 1)
    if "^([^/]+)/history/" in route:
        version = row.history.first()  # type: ignore[union-attr]  # only models with a history have this address
        return [f"admin/{app}/{model}/{key}/history/{version.pk if version else 1}/"]
    for part in ("<path:object_id>", "<int:key>", "<int:number>", "<int:pk>", "<str:version_id>", "<path:version_id>"):
        route = route.replace(part, key)
    if "<slug:" not in route:
        return [route]
    before, _, rest = route.partition("<slug:")
    return [before + name + rest.partition(">")[2] for name in SLUGS[before.split("/")[-2]]]
