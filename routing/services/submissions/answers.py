"""What was sent with a form, as it came: names and values; and what may be wrong with an answer, in visitors' words."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from routing.intake.addresses import bare_page
from routing.intake.bodies import files_of
from routing.intake.multipart import File
from routing.services.forms import words
from routing.services.submissions import same, store

KEY, STAMP, PAGE, LANGUAGE = "lr_key", "lr_stamp", "lr_page", "lr_language"
HONEYPOT = "homepage"
CONSENT = "consent"
CAPTCHA_TOKENS = {"turnstile": "cf-turnstile-response", "hcaptcha": "h-captcha-response"}
NOT_KEPT = frozenset({*CAPTCHA_TOKENS.values(), "g-recaptcha-response"})
"""Of use once, and another each time: the same sent again is then the same."""
Pairs: TypeAlias = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with an answer: one of the texts for visitors, said in their language when shown."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def said(self) -> str:
        return words.say(self.text, **self.values)

    def noted(self) -> str:
        """For people who review it, in English."""
        return self.text % self.values if self.values else self.text


Problems: TypeAlias = dict[str, Problem]


@dataclass(frozen=True, slots=True)
class Answers:
    """`values`: what was sent by name, the last of each, as it is shown again. `files` are not kept."""

    values: Mapping[str, str]
    raw: str
    key: str
    page: str
    files: tuple[File, ...] = ()

    @property
    def honeypot(self) -> str:
        return self.values.get(HONEYPOT, "")

    @property
    def stamp(self) -> str:
        return self.values.get(STAMP, "")

    @property
    def page_key(self) -> str:
        """The key that the page had, for the same page shown again."""
        return _key(self.values.get(KEY, ""))


def read_answers(pairs: Pairs, files: Sequence[File] = (), *, now: datetime) -> Answers:
    """Names and values as they came. Only the page's own key is taken for one."""
    given = [(_whole(name), _whole(value)) for name, value in pairs]
    kept = [[name, value] for name, value in given if name not in NOT_KEPT]
    values = dict(given)
    key = _key(values.get(KEY, "")) or _derived_key(kept, now)
    return Answers(values, json.dumps([*kept, *files]), key, bare_page(values.get(PAGE, "")), tuple(files))


def read_again(raw: str) -> Answers:
    """From what was kept."""
    rows = json.loads(raw)
    values = {str(row[0]): str(row[1]) for row in rows if len(row) == 2}
    return Answers(values, raw, _key(values.get(KEY, "")), bare_page(values.get(PAGE, "")), files_of(rows))


def _whole(text: str) -> str:
    """Without halves of characters, which no page can show. NUL is taken out later, and noted."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _key(text: str) -> str:
    """A key of a page of ours in one spelling; empty for anything else."""
    try:
        return uuid.UUID(text).hex if len(text) <= 40 else ""
    except ValueError:
        return ""


def _derived_key(kept: Sequence[Sequence[str]], now: datetime) -> str:
    """Of a page without a key of its own: the same within the same minutes is the same submission."""
    return store.fingerprint(f"{json.dumps(sorted(kept))}:{same.span(now)}")
