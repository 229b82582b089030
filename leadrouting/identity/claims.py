"""What an OpenID provider says about a person, and which of it is believed."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def claims_of(data: dict[str, Any]) -> dict[str, Any]:
    """Of the signed token, with what the provider's page about the person adds."""
    return {**data.get("userinfo", {}), **data.get("id_token", {})}


def verified_address(claims: dict[str, Any]) -> str:
    """The address in lower case if the provider says that it is theirs; else empty."""
    address = str(claims.get("email") or "").strip().lower()
    if claims.get("email_verified") not in (True, "true"):
        return ""
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address
