"""The one address of a form: opened, asked by browsers whether they may send, and sent to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from routing import spool
from routing.clock import time_of_arrival
from routing.forms import origins, pages, remembered
from routing.forms.languages import language_of, likely_countries
from routing.forms.reading import NotReadable, Read, TooLarge, read_sent
from routing.forms.rendering import form_context, form_html, page_response, thanks_html
from routing.services.forms import words
from routing.services.forms.asked import AskedForm
from routing.services.forms.thanks import Known, known_of, redirect_of, thanks, token_of
from routing.services.submissions.answers import LANGUAGE, Answers, Pairs, Problems, read_answers
from routing.services.submissions.receive import AWAY, Sent, Taken, take
from routing.services.submissions.suspicion import TooMany
from routing.services.throttling import visitor_key
from routing.visitors import address_of

SEE_OTHER = 303


@csrf_exempt  # without cookie and session there is nothing to protect: see origins
@require_http_methods(["GET", "HEAD", "POST", "OPTIONS"])
def form(request: HttpRequest, slug: str) -> HttpResponse:
    found = remembered.find(slug)
    if found.asked is None and not found.away:
        return pages.not_here(request)
    if request.method == "OPTIONS":
        return origins.preflight(request, found.asked)
    if request.method == "POST":
        return _send(request, slug, found)
    return pages.show(request, found.asked) if found.asked else pages.away(request)


def _send(request: HttpRequest, slug: str, found: remembered.Found) -> HttpResponse:
    """Take what was sent, and say what became of it."""
    asked = found.asked
    try:
        read = read_sent(request)
    except TooLarge:
        return pages.notice(request, words.TOO_LARGE_TITLE, words.TOO_LARGE, status=413, asked=asked)
    except NotReadable as broken:
        if asked is None or not broken.pairs:
            return pages.notice(request, words.UNREADABLE_TITLE, words.UNREADABLE, status=400, asked=asked)
        return _not_whole(request, asked, broken.pairs)
    language = language_of(request, asked.form.language if asked else "", dict(read.pairs).get(LANGUAGE, ""))
    with override(language):
        response = _taken(request, asked, _sent(request, slug, found, read), language)
    return origins.allow(response, request, asked)


def _not_whole(request: HttpRequest, asked: AskedForm, pairs: Pairs) -> HttpResponse:
    """The form with what arrived, to be completed and sent once more: what is missing may be half an answer."""
    answers = read_answers(pairs, now=time_of_arrival())
    language = language_of(request, asked.form.language, answers.values.get(LANGUAGE, ""))
    with override(language):
        response = _again(request, asked, answers, language, notice=words.say(words.BROKE_OFF), status=400)
    return origins.allow(response, request, asked)


def _sent(request: HttpRequest, slug: str, found: remembered.Found, read: Read) -> Sent:
    return Sent(
        slug=slug,
        pairs=read.pairs,
        files=read.files,
        content_type=request.content_type or "",
        visitor=visitor_key(address_of(request)),
        elsewhere=origins.elsewhere(request, found.asked) if found.asked else "",
        doubtful=found.doubtful,
    )


def _taken(request: HttpRequest, asked: AskedForm | None, sent: Sent, language: str) -> HttpResponse:
    now = time_of_arrival()
    try:
        taken = take(asked, sent, now=now)
    except TooMany as many:
        said = words.say(words.BUSY, seconds=many.seconds)
        return _later(request, asked, read_answers(sent.pairs, now=now), said, language, 429, many.seconds)
    except spool.Full:
        said = words.say(words.AWAY)
        return _later(request, asked, read_answers(sent.pairs, now=now), said, language, 503, pages.AWAY_SECONDS)
    if taken.elsewhere:
        return pages.notice(request, words.ELSEWHERE_TITLE, words.ELSEWHERE, status=403, asked=asked)
    if asked is not None and taken.problems:
        return _again(request, asked, taken.answers, language, problems=taken.problems, status=422)
    return _thank(request, asked, taken, language)


def _thank(request: HttpRequest, asked: AskedForm | None, taken: Taken, language: str) -> HttpResponse:
    """Post, redirect, get: whoever reloads the page that follows sends nothing again."""
    known = _known(asked, taken)
    further = redirect_of(asked.form, known) if asked else ""
    if pages.wants_json(request):
        html = thanks_html(thanks(asked.form if asked else None, known), heading="h2")
        status = 200 if taken.submission else 202
        return JsonResponse({"sent": True, "html": html, "redirect": further}, status=status)
    if not further:
        slug = request.resolver_match.kwargs["slug"] if request.resolver_match else ""
        further = f"{reverse('forms:thanks', args=[slug, token_of(taken.submission)])}?lang={language}"
    return HttpResponseRedirect(further, status=SEE_OTHER)


def _known(asked: AskedForm | None, taken: Taken) -> Known:
    try:
        return known_of(asked.form, taken.submission, wait=True) if asked else Known()
    except AWAY:  # since a moment ago: it is kept, and nobody needs to send it again
        return Known()


def _again(
    request: HttpRequest, asked: AskedForm, answers: Answers, language: str, *, status: int,
    problems: Problems | None = None, notice: str = "",
) -> HttpResponse:  # fmt: skip
    """The form as it was filled in, and what to look at."""
    context = form_context(
        asked, values=answers.values, key=answers.page_key, stamp=answers.stamp, page=answers.page,
        language=language, likely=likely_countries(request, asked.form.language), problems=problems, notice=notice,
    )  # fmt: skip
    if pages.wants_json(request):
        # to the script of ours a mistake is no failure: browsers would note one for the page's owner to read
        errors = {name: [problem.said()] for name, problem in (problems or {}).items()}
        status = 200 if problems and "embed" in request.GET else status
        return pages.fragment(asked, form_html(context), context=context, errors=errors, status=status)
    return page_response(request, "forms/page.html", context, form=asked.form, status=status)


def _later(
    request: HttpRequest, asked: AskedForm | None, answers: Answers, said: str, language: str, status: int, after: int
) -> HttpResponse:
    """Not now: the form as it was filled in, to be sent once more."""
    if asked is None:
        response = pages.away(request)
    else:
        response = _again(request, asked, answers, language, notice=said, status=status)
    response["Retry-After"] = str(after)
    return response
