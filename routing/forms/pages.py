"""What visitors open: the form, the thank-you page, and the script for other pages."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import override
from django.views.decorators.http import require_safe

from routing.clock import time_of_arrival
from routing.forms import remembered
from routing.forms.languages import DEFAULT, language_of, likely_countries
from routing.forms.origins import allow
from routing.forms.rendering import TAGS, component_css, form_context, form_html, page_response, thanks_html, words_said
from routing.intake.addresses import bare_page
from routing.intake.form_look import style_sheet
from routing.services.forms import words
from routing.services.forms.asked import AskedForm
from routing.services.forms.thanks import Known, known_of, submission_of
from routing.services.forms.thanks import thanks as thanks_for
from routing.services.submissions.receive import AWAY
from routing.services.submissions.suspicion import new_key, stamp

AWAY_SECONDS = 5
SCRIPT_SECONDS = 300
MOST_FILLED_IN = 500


def show(request: HttpRequest, asked: AskedForm) -> HttpResponse:
    """The form: a page of its own, or its markup for a page that embeds it."""
    query = {name: str(value)[:MOST_FILLED_IN] for name, value in request.GET.items()}
    language = language_of(request, asked.form.language, query.get("lang", ""))
    embedded = "embed" in query
    with override(language):
        context = form_context(
            asked,
            values=_filled_in(asked, query),
            key=new_key(),
            stamp=stamp(slug=asked.form.slug, now=time_of_arrival()),
            page=bare_page(query.get("page", "") if embedded else request.build_absolute_uri()),
            language=language,
            likely=likely_countries(request, asked.form.language),
        )
        if not embedded:
            response = page_response(request, "forms/page.html", context, form=asked.form)
        else:
            response = fragment(asked, form_html(context), context=context)
    patch_vary_headers(response, ["Accept-Language"])
    return allow(response, request, asked)


def fragment(
    asked: AskedForm,
    html: str,
    *,
    context: Mapping[str, object],
    errors: Mapping[str, list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """What the script of an embedding page shows. In the language that is active."""
    captcha = context.get("captcha")
    said = words_said()
    response = JsonResponse(
        {
            "html": html,
            "css": component_css() + style_sheet(asked.form.theme, selector=":host"),
            "captcha": dict(captcha) | {"key": asked.form.captcha_site_key} if isinstance(captcha, Mapping) else None,
            "words": {"sending": said["sending"], "failed": said["failed"]},
            "sent": False,
            "errors": errors or {},
        },
        status=status,
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def thanks(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """After sending. Named to nobody: the address holds a signed number, and thanks without a name after an hour."""
    found = remembered.find(slug)
    if found.asked is None and not found.away:
        return not_here(request)
    form = found.asked.form if found.asked else None
    with override(language_of(request, form.language if form else "", request.GET.get("lang", ""))):
        try:
            known = known_of(form, submission_of(form, token)) if form else Known()
        except BadSignature:
            return not_here(request)
        except AWAY:
            known = Known()
        html = thanks_html(thanks_for(form, known))
        response = page_response(request, "forms/sent.html", {"form": form, "content": html}, form=form)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """The script: the same for all forms; it finds out by its own address which one it shows."""
    found = remembered.find(slug)
    if found.asked is None and not found.away:
        return HttpResponse("// There is no such form.\n", status=404, content_type="text/javascript; charset=utf-8")
    said = {}
    for language in words.LANGUAGES:
        with override(language):
            said[language] = words.say(words.OPEN_FORM)
    response = render(
        request, "forms/embed.js", {"said": json.dumps(said), "default": DEFAULT, "tags": json.dumps(TAGS)},
        content_type="text/javascript; charset=utf-8",
    )  # fmt: skip
    response["Cache-Control"] = f"public, max-age={SCRIPT_SECONDS}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def not_here(request: HttpRequest) -> HttpResponse:
    return notice(request, words.GONE_TITLE, words.GONE, status=404)


def away(request: HttpRequest) -> HttpResponse:
    """The form is asked for in a process that has never read it, and the database is away."""
    response = notice(request, words.AWAY_TITLE, words.AWAY, status=503)
    response["Retry-After"] = str(AWAY_SECONDS)
    return response


def notice(request: HttpRequest, title: str, text: str, *, status: int, asked: AskedForm | None = None) -> HttpResponse:
    """A page that says what is wrong, and what to do; as JSON for scripts."""
    form = asked.form if asked else None
    with override(language_of(request, form.language if form else "", request.GET.get("lang", ""))):
        said = {"title": words.say(title), "text": words.say(text)}
        if wants_json(request):
            return allow(JsonResponse({"message": said["text"]}, status=status), request, asked)
        response = page_response(request, "forms/notice.html", said | {"form": form}, form=form, status=status)
    return allow(response, request, asked)


def wants_json(request: HttpRequest) -> bool:
    """A script asks, not somebody who opens a page."""
    return "embed" in request.GET or (
        "application/json" in request.headers.get("Accept", "") and not request.accepts("text/html")
    )


def _filled_in(asked: AskedForm, query: Mapping[str, str]) -> dict[str, str]:
    """What the address of the page says already: campaign tags, and answers by the names of the questions."""
    known = {*TAGS, *(question.name for question in asked.questions())}
    return {name: value for name, value in query.items() if name in known}
