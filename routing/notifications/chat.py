"""Chat and SMS services: which addresses can be used, and one short text sent to one of them.

Only services whose hosts are their own are on the list; nothing that a lead typed becomes a mention or a link.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from apprise import AppriseAsset, NotifyBase, NotifyFormat
from apprise.exception import AppriseException
from apprise.plugins.clicksend import NotifyClickSend
from apprise.plugins.messagebird import NotifyMessageBird
from apprise.plugins.plivo import NotifyPlivo
from apprise.plugins.slack import NotifySlack
from apprise.plugins.sns import NotifySNS
from apprise.plugins.twilio import NotifyTwilio
from apprise.plugins.vonage import NotifyVonage
from apprise.plugins.workflows import NotifyWorkflows

from routing.notifications.cleaning import CUT, one_line
from routing.notifications.http import Caller, Unreachable, allowed
from routing.notifications.plugins import Errand, carried_by, take_the_way_out

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # what it says may hold tokens

SMS_LENGTH, CHAT_LENGTH = 320, 600
LIST_LENGTH = 3000
"""A list for a chat is divided into texts of so many characters."""
LONG = 3
"""All texts of one message take together no longer than so many calls may: what has left already would leave again."""
TEAMS_HOSTS = (".logic.azure.com", ".api.powerplatform.com")
HARMLESS = frozenset(
    {
        "to",
        "from",
        "mode",
        "id",
        "sig",
        "pa",
        "powerautomate",
        "route",
        "routeid",
        "ver",
        "api-version",
        "source",
        "sp",
        "sv",
    }
)
"""Parameters that an address may have; others would read files, follow redirects or switch checks off."""
PICTURES = ("include_image", "include_footer", "include_timestamp")
WORD_JOINER = "\u2060"


class Unusable(Exception):
    """An address that cannot be used; says why, and never what it is."""


class NotTaken(Exception):
    """The service did not take the message."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service: what sends to it, and what an address looks like."""

    label: str
    kind: str
    plugin: type[NotifyBase]
    example: str


SERVICES: Mapping[str, Service] = {
    "slack": Service("Slack", "slack", NotifySlack, "slack://TOKEN_A/TOKEN_B/TOKEN_C"),
    "workflows": Service("Teams", "teams", NotifyWorkflows, "workflows://HOST/WORKFLOW_ID/SIGNATURE"),
    "twilio": Service("Twilio", "sms", NotifyTwilio, "twilio://SID:TOKEN@FROM/TO"),
    "vonage": Service("Vonage", "sms", NotifyVonage, "vonage://KEY:SECRET@FROM/TO"),
    "msgbird": Service("MessageBird", "sms", NotifyMessageBird, "msgbird://KEY/FROM/TO"),
    "sns": Service("Amazon SNS", "sms", NotifySNS, "sns://KEY/SECRET/REGION/+TO"),
    "clicksend": Service("ClickSend", "sms", NotifyClickSend, "clicksend://USER:KEY@TO"),
    "plivo": Service("Plivo", "sms", NotifyPlivo, "plivo://ID@TOKEN/FROM/TO"),
}
"""The services that can be used, by the beginning of their addresses."""
OTHER_NAMES = {"workflow": "workflows", "nexmo": "vonage"}
take_the_way_out(service.plugin for service in SERVICES.values())


def check_address(kind: str, address: str) -> None:
    """Raises Unusable, with what to do, unless messages of this kind of channel can be sent there."""
    _read(kind, address)


def masked(address: str) -> str:
    """An address as it is shown: its service, and nothing that is secret."""
    schema = urlsplit(address).scheme
    return f"{schema}://…" if schema else "…"


def place_of(kind: str, address: str) -> str:
    """What answers there, or does not: messages to the same place wait for the same server."""
    parts = urlsplit(address.strip())
    if kind == "sms":
        service = OTHER_NAMES.get(parts.scheme.lower(), parts.scheme.lower())
        return f"{service} {_region(address)}" if service == "sns" else service
    return (parts.hostname or kind) if kind == "teams" else kind


def _region(address: str) -> str:
    """Amazon has a host in each, and none in one that was mistyped."""
    parsed = NotifySNS.parse_url(address) or {}
    return str(parsed.get("region_name") or "")


def short_text(kind: str, subject: str, *, deadline: str = "", url: str = "") -> str:
    """Who wants what, until when, and one link: all that fits. The link and the deadline are never cut."""
    limit = SMS_LENGTH if kind == "sms" else CHAT_LENGTH
    fixed = [part for part in (deadline, url) if part]
    room = limit - sum(len(part) + 1 for part in fixed)
    unlinked = _unlinked(kind, one_line(subject, max(room, 1)))
    if len(unlinked) > room:
        unlinked = unlinked[: max(room - 1, 0)].rstrip() + CUT
    separator = " " if kind == "sms" else "\n"
    return separator.join([unlinked, *fixed])


def list_texts(
    kind: str, subject: str, said: Sequence[tuple[str, str]], *, deadline: str = "", url: str = ""
) -> list[str]:
    """The same about many leads, in as many texts as it takes: each is named, with its link; an SMS has one for all."""
    most = SMS_LENGTH if kind == "sms" else LIST_LENGTH
    lines = [_unlinked(kind, one_line(subject)), *([deadline] if deadline else [])]
    for text, link in said:
        lines += [_unlinked(kind, one_line(text, most // 2)), *([link] if link and kind != "sms" else [])]
    texts: list[str] = []
    for line in [*lines, *([url] if url else [])]:
        if texts and len(texts[-1]) + 1 + len(line) <= most:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return texts


def send(kind: str, address: str, *texts: str, caller: Caller | None = None) -> None:
    """Hand over one message, in one or more texts. Raises Unusable, Refused, Unreachable if nobody answered at all, or
    NotTaken if the service did not take it, or not all of it in time.
    """
    service, plugin = _read(kind, address)
    plugin.request_rate_per_sec = 0.0
    for name in PICTURES:
        if hasattr(plugin, name):
            setattr(plugin, name, False)
    with carried_by(caller or Caller(), calls=LONG) as errand:
        try:
            taken = all(_takes(plugin, text, errand) for text in texts)
        except Unreachable as error:
            if not errand.answers:
                raise
            raise NotTaken(f"{service.label} took only a part of the message: {error}") from error
    if not taken:
        raise NotTaken(
            f"{service.label} did not take the message. Check the channel's address, or ask {service.label}."
        )


def _takes(plugin: NotifyBase, text: str, errand: Errand) -> bool:
    errand.begin_text()
    return bool(plugin.notify(body=text, body_format=NotifyFormat.TEXT))


def _read(kind: str, address: str) -> tuple[Service, NotifyBase]:
    service = _service(kind, address)
    _check_parameters(address)
    native = urlsplit(address).scheme == "https"
    parsed = service.plugin.parse_native_url(address) if native else service.plugin.parse_url(address)
    if not parsed:
        raise Unusable(_form(service))
    asset = AppriseAsset(app_id="Lead routing", secure_logging=True, http_redirects=False, async_mode=False)
    try:
        plugin = service.plugin(asset=asset, **parsed)
    except (AppriseException, TypeError, ValueError) as error:
        raise Unusable(_form(service)) from error
    if service.kind == "teams":
        _check_teams(str(plugin.host), plugin.port or 443)
    if not len(plugin):
        raise Unusable(f"Nobody is named who gets it. {_form(service)}")
    return service, plugin


def _service(kind: str, address: str) -> Service:
    try:
        schema = urlsplit(address.strip()).scheme.lower()
    except ValueError:
        schema = ""
    if schema == "https":  # as the service itself shows it
        for service in SERVICES.values():
            if service.kind == kind and service.plugin.parse_native_url(address):
                return service
    service_of_schema = SERVICES.get(OTHER_NAMES.get(schema, schema))
    if service_of_schema is None or service_of_schema.kind != kind:
        known = ", ".join(f"{name}://" for name, service in SERVICES.items() if service.kind == kind)
        given = f"“{schema}://” is not one that can be used here" if schema else "This is not an address"
        raise Unusable(f"{given}. Addresses begin with: {known}.")
    return service_of_schema


def _check_parameters(address: str) -> None:
    names = {name.lower() for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True)}
    if others := sorted(names - HARMLESS):
        raise Unusable(f"Parameters that cannot be used here: {', '.join(one_line(name, 40) for name in others)}.")


def _check_teams(host: str, port: int) -> None:
    if not host.lower().endswith(TEAMS_HOSTS) and not allowed().named(host.lower(), port):
        raise Unusable(f"This is no host of Teams workflows. Its name ends with {' or '.join(TEAMS_HOSTS)}.")


def _form(service: Service) -> str:
    return f"This is not an address of {service.label}. It looks like this: {service.example}."


def _unlinked(kind: str, text: str) -> str:
    """What was typed, so that no chat program and no phone makes a link or a mention of it."""
    joint = " " if kind == "sms" else WORD_JOINER
    text = re.sub(r"(?<=\w)([.:@/])(?=[\w/])", rf"\1{joint}", text)
    return re.sub(r"(?<!\w)@(?=\w)", f"@{joint}", text) if kind != "sms" else text
