"""Chat and SMS services: which addresses can be used, and one short text sent to one of them.

Only services whose hosts are their own are on the list; nothing that a lead typed becomes a mention or a link.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
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
from routing.notifications.http import Caller, allowed

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # what it says may hold tokens

SMS_LENGTH, CHAT_LENGTH = 320, 600
CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
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
    """A service: what sends to it, at which attribute its host stands, and what an address looks like."""

    label: str
    kind: str
    plugin: type[NotifyBase]
    place: str
    example: str


SERVICES: Mapping[str, Service] = {
    "slack": Service("Slack", "slack", NotifySlack, "webhook_url", "slack://TOKEN_A/TOKEN_B/TOKEN_C"),
    "workflows": Service("Teams", "teams", NotifyWorkflows, "", "workflows://HOST/WORKFLOW_ID/SIGNATURE"),
    "twilio": Service("Twilio", "sms", NotifyTwilio, "notify_sms_url", "twilio://SID:TOKEN@FROM/TO"),
    "vonage": Service("Vonage", "sms", NotifyVonage, "notify_url", "vonage://KEY:SECRET@FROM/TO"),
    "msgbird": Service("MessageBird", "sms", NotifyMessageBird, "notify_url", "msgbird://KEY/FROM/TO"),
    "sns": Service("Amazon SNS", "sms", NotifySNS, "notify_url", "sns://KEY/SECRET/REGION/+TO"),
    "clicksend": Service("ClickSend", "sms", NotifyClickSend, "notify_url", "clicksend://USER:KEY@TO"),
    "plivo": Service("Plivo", "sms", NotifyPlivo, "notify_url", "plivo://ID@TOKEN/FROM/TO"),
}
"""The services that can be used, by the beginning of their addresses."""
OTHER_NAMES = {"workflow": "workflows", "nexmo": "vonage"}


def check_address(kind: str, address: str) -> None:
    """Raises Unusable, with what to do, unless messages of this kind of channel can be sent there."""
    _read(kind, address)


def masked(address: str) -> str:
    """An address as it is shown: its service, and nothing that is secret."""
    schema = urlsplit(address).scheme
    return f"{schema}://…" if schema else "…"


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


def send(kind: str, address: str, text: str, *, caller: Caller | None = None) -> None:
    """Hand a text over. Raises Unusable, Refused, Unreachable, or NotTaken if the service did not take it."""
    service, plugin = _read(kind, address)
    host, port = _place(service, plugin)
    caller = caller or Caller()
    scheme = "http" if _base(service, plugin).startswith("http://") else "https"
    caller.address_of(host, port, scheme, end=time.monotonic() + caller.seconds)
    plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECT_SECONDS, READ_SECONDS
    for name in PICTURES:
        if hasattr(plugin, name):
            setattr(plugin, name, False)
    if not plugin.notify(body=text, body_format=NotifyFormat.TEXT):
        raise NotTaken(
            f"{service.label} did not take the message. Check the channel's address, or ask {service.label}."
        )


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


def _base(service: Service, plugin: NotifyBase) -> str:
    return str(getattr(plugin, service.place)) if service.place else f"https://{plugin.host}:{plugin.port or 443}"


def _place(service: Service, plugin: NotifyBase) -> tuple[str, int]:
    parts = urlsplit(_base(service, plugin).replace("{", "").replace("}", ""))
    return str(parts.hostname), parts.port or (80 if parts.scheme == "http" else 443)


def _unlinked(kind: str, text: str) -> str:
    """What was typed, so that no chat program and no phone makes a link or a mention of it."""
    joint = " " if kind == "sms" else WORD_JOINER
    text = re.sub(r"(?<=\w)([.:@/])(?=[\w/])", rf"\1{joint}", text)
    return re.sub(r"(?<!\w)@(?=\w)", f"@{joint}", text) if kind != "sms" else text
