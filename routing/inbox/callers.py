"""Who calls, in so few words that a false accept can be told from a real one: browser family and network."""

from __future__ import annotations

import ipaddress

from django.http import HttpRequest

from routing.visitors import address_of

BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"),
    ("python", "Python"), ("bot", "a bot"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip
NETWORK_BITS = {4: 24, 6: 48}


def caller_of(request: HttpRequest) -> str:
    """Chrome on Android, 203.0.113.0/24."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in BROWSERS if mark.lower() in agent.lower()), "unknown browser")
    system = next((f" on {name}" for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser}{system}, {_network(address_of(request))}"


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
        return str(ipaddress.ip_network(f"{known}/{NETWORK_BITS[known.version]}", strict=False))
    except ValueError:
        return "unknown network"
