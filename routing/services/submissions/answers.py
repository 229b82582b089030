"""What was sent with a form: names and values → the facts of a lead, and what is wrong with them in visitors' words."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from routing.intake import InvalidLead, prepare
from routing.intake.addresses import bare_page
from routing.intake.asked import ATTRIBUTES, CLICK_IDS, UTM
from routing.models import FormField
from routing.services.forms import words
from routing.services.forms.asked import AskedForm, Question
from routing.services.submissions import store

KEY, STAMP, PAGE, LANGUAGE = "lr_key", "lr_stamp", "lr_page", "lr_language"
HONEYPOT = "homepage"
CONSENT = "consent"
CAPTCHA_TOKENS = {"turnstile": "cf-turnstile-response", "hcaptcha": "h-captcha-response"}
NOT_KEPT = frozenset({*CAPTCHA_TOKENS.values(), "g-recaptcha-response"})
"""Of use once, and another each time: the same sent again is then the same."""
OFF = frozenset({"", "0", "false", "off", "no"})
BUCKET_SECONDS = 600
"""So long the same from a page without a key of its own is the same submission."""
LONGEST_TAG = 300
Widget = FormField.Widget
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
    """`values`: what was sent by name, the last of each, as it is shown again."""

    values: Mapping[str, str]
    raw: str
    key: str
    page: str

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


def read_answers(pairs: Pairs, *, now: datetime) -> Answers:
    """Names and values as they came. Only the page's own key is taken for one."""
    given = [(_whole(name), _whole(value)) for name, value in pairs]
    kept = [[name, value] for name, value in given if name not in NOT_KEPT]
    values = dict(given)
    raw = json.dumps(kept)
    return Answers(values, raw, _key(values.get(KEY, "")) or _derived_key(kept, now), bare_page(values.get(PAGE, "")))


def read_again(raw: str) -> Answers:
    """From what was kept."""
    values = {str(name): str(value) for name, value in json.loads(raw)}
    return Answers(values, raw, _key(values.get(KEY, "")), bare_page(values.get(PAGE, "")))


def facts_of(asked: AskedForm, answers: Answers) -> tuple[dict[str, Any], Problems]:
    """The facts of a lead, and what is wrong by question ("" for what belongs to none)."""
    facts: dict[str, Any] = {}
    problems: Problems = {}
    questions = asked.questions()
    for question in questions:
        value, problem = _answer(question, answers.values.get(question.name, ""))
        if problem:
            problems[question.name] = problem
        elif value not in ("", None):
            _put(facts, question.name, value)
    if asked.has_consent:
        facts["consent"] = answers.values.get(CONSENT, "").lower() not in OFF
        if asked.form.consent_required and not facts["consent"]:
            problems[CONSENT] = Problem(words.NEEDED_TICK)
    _complete(facts, asked, answers)
    return facts, _with_what_intake_says(facts, problems, questions)


def _answer(question: Question, given: str) -> tuple[Any, Problem | None]:
    text = given.strip()
    if question.widget == Widget.CHECKBOX:
        return _ticked(question, text)
    if not text:
        return "", _missing(question)
    if problem := _unfit(question, text):
        return "", problem
    if question.widget == Widget.NUMBER and question.name.startswith(ATTRIBUTES):
        number = _number(text)
        return number, Problem(words.NOT_A_NUMBER) if number is None else None
    return text, None


def _ticked(question: Question, text: str) -> tuple[bool, Problem | None]:
    ticked = text.lower() not in OFF
    return ticked, Problem(words.NEEDED_TICK) if question.required and not ticked else None


def _missing(question: Question) -> Problem | None:
    """What is wrong with no answer: nothing, unless one is needed that the visitor can give."""
    if not question.required or question.widget == Widget.HIDDEN:
        return None
    return Problem(words.NEEDED_CHOICE if question.widget == Widget.SELECT else words.NEEDED)


def _unfit(question: Question, text: str) -> Problem | None:
    if question.choices and text not in {value for value, _ in question.choices}:
        return Problem(words.NOT_A_CHOICE)
    if len(text) > question.limit:
        return Problem(words.TOO_LONG, {"limit": question.limit})
    return None


def _number(text: str) -> int | float | None:
    for read in (int, float):
        try:
            return read(text[:30])
        except ValueError:
            continue
    return None


def _put(facts: dict[str, Any], name: str, value: Any) -> None:
    if name.startswith(ATTRIBUTES):
        facts.setdefault("attributes", {})[name.removeprefix(ATTRIBUTES)] = value
    elif not isinstance(value, bool):
        facts[name] = value


def _complete(facts: dict[str, Any], asked: AskedForm, answers: Answers) -> None:
    """What the form says of all its leads, and the page's campaign tags."""
    form, values = asked.form, answers.values
    utm = {name: values.get(f"utm_{name}", "").strip()[:LONGEST_TAG] for name in UTM}
    utm |= {name: values.get(name, "").strip()[:LONGEST_TAG] for name in CLICK_IDS}
    tags = {name: value for name, value in utm.items() if value}
    if tags:
        facts["utm"] = tags
    facts["form"] = form.slug
    facts.setdefault("kind", form.kind)
    facts.setdefault("source", form.source)
    facts.setdefault("campaign", tags.get("campaign", "")[:150] or form.campaign)


def _with_what_intake_says(facts: dict[str, Any], problems: Problems, questions: Sequence[Question]) -> Problems:
    try:
        prepare(facts)
    except InvalidLead as invalid:
        for name in invalid.errors:
            _add(problems, name, facts, questions)
    return problems


def _add(problems: Problems, name: str, facts: Mapping[str, Any], questions: Sequence[Question]) -> None:
    asked = {question.name: question for question in questions}
    if name == "email" and not facts.get("email"):
        if problems.keys().isdisjoint({"email", "phone"}):
            first = next((question.name for question in questions if question.name in ("email", "phone")), "")
            problems[first] = Problem(words.NOBODY)
    elif name not in asked:
        problems.setdefault("", Problem(words.UNCLEAR))
    elif name not in problems:
        number = asked[name].widget == Widget.NUMBER
        problems[name] = Problem(words.NOT_A_NUMBER if number else words.BY_FIELD.get(name, words.UNCLEAR))


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
    return store.fingerprint(f"{json.dumps(sorted(kept))}:{int(now.timestamp()) // BUCKET_SECONDS}")
