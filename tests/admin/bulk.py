"""Choosing rows of a list and an act on them, and saying yes on its page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.test import Client

from routing.admin.bulk.chosen import ROWS
from routing.admin.bulk.page import ACT


def choose(client: Client, page: str, act: str, rows: Iterable[Model], **more: Any) -> Any:
    """The page that asks, with what becomes of how many."""
    chosen = {"action": act, "_selected_action": [row.pk for row in rows]}
    return client.post(page, chosen | more, follow=True)


def say_yes(client: Client, page: str, asked: Any, **typed: Any) -> Any:
    """What is told after what that page asked was confirmed."""
    sent = {ACT: asked.context["act"].name, ROWS: asked.context["rows"]}
    return client.post(page, sent | typed, follow=True)


def do_with_all(client: Client, page: str, act: str, *rows: Model, **typed: Any) -> Any:
    """Both, one after the other."""
    return say_yes(client, page, choose(client, page, act, rows), **typed)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]
