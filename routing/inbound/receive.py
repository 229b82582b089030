"""POST /in/KEY: another program sends leads in a form of its own. The key is the address, and is written nowhere."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from routing.clock import current_time
from routing.inbound.answers import Refused, problem, taken
from routing.inbound.reading import read_body, read_bytes
from routing.inbound.signatures import is_signed
from routing.models import InboundAddress
from routing.services.inbound.addresses import address_by_key, note_use
from routing.services.inbound.keys import key_of_item
from routing.services.inbound.receive import MOST_AT_ONCE, Part, parts_of, take_in_all
from routing.services.submissions.receive import AWAY
from routing.services.throttling import count_hit, visitor_key
from routing.visitors import address_of

RETRY_AFTER_SECONDS = 5
MINUTE = 60
LONGEST_KEY = 255
NOT_FOUND = "There is nothing at this address."
COME_AGAIN = (
    "The database cannot be reached right now. Send it again, however much later: "
    "if it was kept already, that makes no second lead."
)
CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)


@csrf_exempt
@never_cache
def receive(request: HttpRequest, key: str) -> HttpResponse:
    """Take in what was sent, or verify the address for a sender that asks (GET with hub.challenge)."""
    try:
        response = _answer(request, key)
    except Refused as refused:
        response = problem(refused.status, str(refused), headers=refused.headers)
    except AWAY:
        response = problem(503, COME_AGAIN, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would log the address, and so the key
    return response


def _answer(request: HttpRequest, key: str) -> HttpResponse:
    address = address_by_key(key)
    if address is None:
        raise Refused(404, NOT_FOUND)
    answer = METHODS.get(str(request.method))
    if answer is None:
        raise Refused(405, "Send a POST.", Allow="POST")
    return answer(request, address, key)


def _post(request: HttpRequest, address: InboundAddress, key: str) -> HttpResponse:
    now = current_time()
    _refuse_too_many(address, now)
    came = read_bytes(request)
    if not is_signed(request, address, came.content):
        raise Refused(401, f"The signature in {address.signature_header} is missing, or does not fit the body.")
    body = read_body(request, came)
    own_key = _idempotency_key(request)
    note_use(address=address, now=now)
    several = isinstance(body.value, list)
    parts = parts_of(body)
    if several and not 0 < len(parts) <= MOST_AT_ONCE:
        raise Refused(413 if parts else 400, f"Send 1 to {MOST_AT_ONCE} objects in a list, not {len(parts)}.")
    visitor = visitor_key(address_of(request))
    keys = [key_of_item(own_key, number) if several else own_key for number in range(len(parts))]
    sent = [Part(part, key) for part, key in zip(parts, keys, strict=True)]
    results = take_in_all(address=address, parts=sent, visitor=visitor, now=now)
    if body.problem and results[0]:
        return problem(400, body.problem, submission=str(results[0].submission.uuid))
    return taken(results, several=several)


def _refuse_too_many(address: InboundAddress, now: datetime) -> None:
    hits = count_hit(key=f"inbound:{address.pk}", seconds=MINUTE, now=now)
    if hits.count > address.minute_limit:
        detail = f"More than {address.minute_limit} submissions in this minute."
        raise Refused(429, detail, Retry_After=str(hits.seconds_left(now)))


def _idempotency_key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST_KEY:
        raise Refused(400, f"Idempotency-Key: {LONGEST_KEY} characters are the most.")
    return key


def _verify(request: HttpRequest, address: InboundAddress, key: str) -> HttpResponse:
    """As Facebook asks: whoever knows the key as verify token gets the challenge back."""
    given = request.GET
    challenge = given.get("hub.challenge", "")
    if given.get("hub.mode") != "subscribe" or not CHALLENGE.fullmatch(challenge):
        raise Refused(405, "Send a POST.", Allow="POST")
    if not hmac.compare_digest(given.get("hub.verify_token", "").encode("utf-8", "replace"), key.encode()):
        raise Refused(403, "The verify token is not the key of this address.")
    return HttpResponse(challenge, content_type="text/plain")


METHODS: dict[str, Callable[[HttpRequest, InboundAddress, str], HttpResponse]] = {"POST": _post, "GET": _verify}
