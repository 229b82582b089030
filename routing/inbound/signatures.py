"""Whether a body is signed with the secret that the sender and an address share."""

from __future__ import annotations

import base64
import hashlib
import hmac

from django.http import HttpRequest

from routing.models import InboundAddress

SCHEMES = ("sha256=", "v1=", "v1,")
"""What may stand before a signature, as Facebook, GitHub and Typeform write it."""


def is_signed(request: HttpRequest, address: InboundAddress, body: bytes) -> bool:
    """Also where the address asks for no signature."""
    if not address.signature:
        return True
    if not address.signature_secret:
        return False  # an import gave it none: nobody knows it
    digest = hmac.new(address.signature_secret.encode(), body, hashlib.sha256).digest()
    given = _bare(request.headers.get(address.signature_header, "").strip())
    if address.signature == InboundAddress.Signature.HEX:
        given, expected = given.lower(), digest.hex()
    else:
        expected = base64.b64encode(digest).decode()
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _bare(signature: str) -> str:
    scheme = next((each for each in SCHEMES if signature.lower().startswith(each)), "")
    return signature[len(scheme) :]
