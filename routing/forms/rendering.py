"""A form as a browser gets it: the same markup on its own page and in others'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import Truncator

from routing.intake.addresses import may_go_to
from routing.intake.asked import AUTOCOMPLETE, CLICK_IDS, UTM
from routing.intake.form_look import scheme_of, style_sheet
from routing.models import Form, FormField
from routing.services.forms import words
from routing.services.forms.asked import AskedForm, Question
from routing.services.forms.thanks import Thanks
from routing.services.submissions.answers import CAPTCHA_TOKENS, CONSENT, HONEYPOT, KEY, LANGUAGE, PAGE, STAMP, Problems
from routing.services.submissions.boxes import agreed, is_ticked

Choices: TypeAlias = tuple[tuple[str, str], ...]
Widget = FormField.Widget
PAIRS = frozenset({("first_name", "last_name"), ("postal_code", "city")})
"""Short answers that stand side by side where there is room."""
INPUT_MODES = {"employees": "numeric", "website": "url"}
CAPTCHAS: Mapping[str, Mapping[str, Any]] = {
    Form.Captcha.TURNSTILE: {
        "script": "https://challenges.cloudflare.com/turnstile/v0/api.js",
        "class": "cf-turnstile",
        "api": "turnstile",
        "hosts": ["https://challenges.cloudflare.com"],
    },
    Form.Captcha.HCAPTCHA: {
        "script": "https://js.hcaptcha.com/1/api.js",
        "class": "h-captcha",
        "api": "hcaptcha",
        "hosts": ["https://hcaptcha.com", "https://*.hcaptcha.com"],
    },
}
TAGS = (*(f"utm_{name}" for name in UTM), *CLICK_IDS)
LONGEST_TAG = 300
LONGEST_LINK = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One question as it is shown. `first`: the first with an error, where the cursor goes.

    `likely`: the choices that stand before all others; `further`: these.
    """

    question: Question
    id: str
    value: str
    error: str
    beside: bool
    first: bool
    likely: Choices = ()
    further: Choices = ()

    @property
    def described_by(self) -> str:
        said = (f"{self.id}-error" if self.error else "", f"{self.id}-help" if self.question.help else "")
        return " ".join(filter(None, said))

    @property
    def autocomplete(self) -> str:
        """A choice of countries has their codes."""
        name = self.question.name
        return "country" if name == "country" and self.question.choices else AUTOCOMPLETE.get(name, "")

    @property
    def inputmode(self) -> str:
        return INPUT_MODES.get(self.question.name, "")

    @property
    def ticked(self) -> bool:
        return is_ticked(self.value)


def form_context(
    asked: AskedForm, *, values: Mapping[str, str], key: str, stamp: str, page: str, language: str,
    likely: tuple[str, ...] = (), problems: Problems | None = None, notice: str = "",
) -> dict[str, Any]:  # fmt: skip
    """What the templates of a form need. `values`: what was typed, or what the page's address fills in; `likely`:
    countries where the visitor may be."""
    problems = problems or {}
    rows = _rows(asked, values, problems, likely)
    shown = [row for row in rows if row.question.widget != Widget.HIDDEN]
    hidden = {row.question.name: row.value for row in rows if row.question.widget == Widget.HIDDEN}
    hidden |= {name: values[name][:LONGEST_TAG] for name in TAGS if values.get(name)}
    hidden |= {KEY: key, STAMP: stamp, PAGE: page, LANGUAGE: language}
    consent = problems.get(CONSENT)
    return {
        "asked": asked, "form": asked.form, "rows": shown, "hidden": hidden, "honeypot": HONEYPOT,
        "action": reverse("forms:form", args=[asked.form.slug]), "language": language, "notice": notice,
        "summary": _summary(shown, problems, asked.form.consent_text), "captcha": CAPTCHAS.get(asked.form.captcha),
        "consent": {
            "name": CONSENT, "error": consent.said() if consent else "", "first": list(problems) == [CONSENT],
            "ticked": agreed(values.get(CONSENT, ""), asked.form.consent_text),
        },
        "words": words_said(), "scheme": scheme_of(asked.form.theme),
    }  # fmt: skip


def words_said() -> dict[str, str]:
    """The texts of the templates in the language that is active."""
    names = (
        "TITLE", "BUTTON", "SENDING", "OPTIONAL", "CHOOSE", "LEAVE_EMPTY", "ERROR_PREFIX", "CAPTCHA", "FAILED",
        "OPEN_FORM",
    )  # fmt: skip
    return {name.lower(): words.say(getattr(words, name)) for name in names}


def page_response(
    request: HttpRequest, template: str, context: dict[str, Any], *, form: Form | None = None, status: int = 200
) -> HttpResponse:
    """A page of ours, with a policy that lets nothing else in: no script of others unless a captcha is on."""
    look = style_sheet(form.theme, selector=":root") if form else ""
    nonce = str(request.csp_nonce) if look else ""  # type: ignore[attr-defined]
    html = render_to_string(template, context | {"look": look, "nonce": nonce, "words": words_said()})
    response = HttpResponse(html, status=status)
    response._csp_replace = _policy(form, look)  # type: ignore[attr-defined]
    response["Cache-Control"] = "private, no-cache"
    return response


def form_html(context: dict[str, Any]) -> str:
    return render_to_string("forms/form.html", context)


def thanks_html(said: Thanks, *, heading: str = "h1") -> str:
    """`heading`: h2 within a page of somebody else's."""
    return render_to_string("forms/thanks.html", {"thanks": said, "heading": heading})


@cache
def component_css() -> str:
    """The style of the form itself, for pages that show it in a shadow tree."""
    found = finders.find("forms/form.css")
    return Path(str(found)).read_text(encoding="utf-8")


def _rows(asked: AskedForm, values: Mapping[str, str], problems: Problems, likely: tuple[str, ...]) -> list[Row]:
    questions = asked.questions()
    names = [question.name for question in questions if question.widget != Widget.HIDDEN]
    beside = {name for pair in PAIRS for name in pair if _adjacent(names, pair)}
    first = next((question.name for question in questions if question.name in problems), "")
    rows = []
    for number, question in enumerate(questions, start=1):
        value = values.get(question.name, question.default if KEY not in values else "")
        nearest, further = _parted(question, likely)
        rows.append(
            Row(
                question=question,
                id=f"lead-form-{number}",
                value=question.chosen(value) or value,
                error=problems[question.name].said() if question.name in problems else "",
                beside=question.name in beside,
                first=question.name == first,
                likely=nearest,
                further=further,
            )
        )
    return rows


def _parted(question: Question, likely: tuple[str, ...]) -> tuple[Choices, Choices]:
    """The choices that stand first, and the others: as the form says, else countries where the visitor may be."""
    words_of = dict(question.choices)
    before = question.first or (likely if question.any_name else ())
    nearest = tuple((value, words_of[value]) for value in before if value in words_of)
    return nearest, tuple(choice for choice in question.choices if choice not in nearest)


def _adjacent(names: list[str], pair: tuple[str, str]) -> bool:
    return any(tuple(names[at : at + 2]) == pair for at in range(len(names)))


def _summary(rows: list[Row], problems: Problems, consent_text: str) -> dict[str, Any] | None:
    if not problems:
        return None
    count = len(problems)
    title = words.say(words.SUMMARY_ONE) if count == 1 else words.say(words.SUMMARY_MANY, count=count)
    named = {row.question.name for row in rows} | {CONSENT}
    links = [(row.id, row.question.label, row.error) for row in rows if row.error]
    if CONSENT in problems:
        box = Truncator(consent_text.strip().rstrip(".!:")).chars(LONGEST_LINK)
        links.append(("lead-form-consent", box, problems[CONSENT].said()))
    others = [problem.said() for name, problem in problems.items() if name not in named]
    return {"title": title, "links": links, "others": others}


def _policy(form: Form | None, look: str) -> dict[str, list[str]]:
    captcha = list(CAPTCHAS[form.captcha]["hosts"]) if form and form.captcha in CAPTCHA_TOKENS else []
    return {
        "default-src": [NONE],
        "script-src": [SELF, *captcha],
        "style-src": [SELF, *([NONCE] if look else []), *captcha],
        "img-src": [SELF, "data:", *captcha],
        "connect-src": [SELF, *captcha],
        "frame-src": captcha or [NONE],
        "form-action": [SELF, *_further_hosts(form)],  # browsers hold a redirect after sending to it as well
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }


def _further_hosts(form: Form | None) -> list[str]:
    if form is None or not form.redirect_url:
        return []
    scheme = urlsplit(form.redirect_url).scheme if form.redirect_url.startswith("http") else "https"
    return [f"{scheme}://{host}" for host in form.redirect_hosts if may_go_to(f"{scheme}://{host}/", [host])]
