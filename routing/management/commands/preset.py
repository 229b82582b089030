"""How do you share leads? Set up a method in the draft, and see what a test lead would do."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from routing.clock import current_time
from routing.doorbell import unless_nobody_hears
from routing.management.starting import CheckedCommand
from routing.services.presets import Applied, CannotApply, NoSuchPreset, apply_preset, list_presets
from routing.services.publish import CannotPublish, publish

OUTCOMES = {
    "held": "It would wait",
    "parked": "It would be parked",
    "duplicate": "It would join another lead",
    "quarantined": "It would go to review",
}


class Command(CheckedCommand):
    help = "Sets up one way of sharing leads in the draft. Without a name: lists them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="Such as round_robin.")
        parser.add_argument(
            "--members", metavar="A@X,B@X", help="Who shares, by e-mail address. Else all active people."
        )
        parser.add_argument("--pool", default="", help="The name of its pool.")
        parser.add_argument("--publish", action="store_true", help="Publish the draft afterwards.")

    def handle(self, *, name: str | None, members: str | None, pool: str, publish: bool, **options: Any) -> None:
        if name is None:
            self._list()
            return
        try:
            with unless_nobody_hears():
                applied = apply_preset(
                    name=name,
                    options={"members": members.split(",") if members else None, "pool": pool},
                    user=None,
                    now=current_time(),
                )
        except (NoSuchPreset, CannotApply) as error:
            raise CommandError(_what(error)) from error
        self._made(applied)
        missing = applied.missing
        if publish:
            self._publish(applied)
            missing = [text for text in missing if not text.startswith("Publish the draft")]
        self._section("Still missing", missing)
        self._test_lead(applied)

    def _list(self) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING("How do you share leads?"))
        width = max(len(preset.name) for preset in list_presets())
        for preset in list_presets():
            self.stdout.write(f"  {preset.name:<{width}}  {preset.title}. {preset.description}")
        self.stdout.write("Choose one: manage.py preset NAME. It goes into the draft, beside what is there.")

    def _made(self, applied: Applied) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"{applied.preset.title}: {applied.preset.description}"))
        if applied.changed:
            self._section("Made", applied.created)
        else:
            self.stdout.write("Nothing changed: everything is there already.")

    def _publish(self, applied: Applied) -> None:
        try:
            with unless_nobody_hears():
                version = publish(note=f"{applied.preset.title} (preset)", user=None, now=current_time())
        except CannotPublish as error:
            raise CommandError("\n".join(error.errors)) from error
        self.stdout.write(self.style.SUCCESS(f"{version} is published."))

    def _section(self, title: str, texts: list[str]) -> None:
        if texts:
            self.stdout.write(self.style.MIGRATE_HEADING(title))
        for text in texts:
            self.stdout.write(f"  - {text}")

    def _test_lead(self, applied: Applied) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING("A test lead"))
        self.stdout.write(f"  {json.dumps(applied.test_lead, ensure_ascii=False)}")
        self.stdout.write(f"  {_in_words(applied.preview.decision)}")


def _in_words(decision: Mapping[str, Any]) -> str:
    """Where it would go, and why."""
    where = (
        f"It would go to {decision['rep'] or 'nobody'}"
        if decision["outcome"] == "assigned"
        else OUTCOMES[decision["outcome"]]
    )
    by = f" by the rule “{decision['rule']}”" if decision["rule"] else ""
    method = f" ({decision['method']})" if decision["method"] else ""
    return f"{where}{by}{method}: {decision['reason']}"


def _what(error: NoSuchPreset | CannotApply) -> str:
    if isinstance(error, NoSuchPreset):
        return str(error)
    return "\n".join(
        text if name == "members" else f"{name}: {text}" for name in error.errors for text in error.errors[name]
    )
