"""Inbound addresses as people keep them: made with a key that is shown once, given a new one, found by it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from routing.intake.mapping import InvalidMapping, check_mapping, mapping_document
from routing.models import InboundAddress
from routing.services.api_keys import PREFIX_LENGTH, USE_NOTED_EVERY, digest_of

KEY_PREFIX = "in_"
LONGEST_KEY = 100


class FreshKey(NamedTuple):
    """A key that was just made, and what is kept of it."""

    key: str

    @property
    def columns(self) -> dict[str, str]:
        return {"prefix": self.key[:PREFIX_LENGTH], "digest": digest_of(self.key)}


class NewAddress(NamedTuple):
    """An address with its key, which is shown once and kept nowhere."""

    address: InboundAddress
    key: str


def fresh_key() -> FreshKey:
    return FreshKey(KEY_PREFIX + secrets.token_urlsafe(32))


def path_of(key: str) -> str:
    """What follows the host name."""
    return reverse("inbound:receive", args=[key])


def make_address(*, values: Mapping[str, Any], demo: bool = False) -> NewAddress:
    """Raises ValidationError by field."""
    fresh = fresh_key()
    address = InboundAddress(demo=demo, **fresh.columns)
    return NewAddress(_save(address, values), fresh.key)


@transaction.atomic
def change_address(*, address: InboundAddress, changes: Mapping[str, Any]) -> InboundAddress:
    """Set what was given. Raises ValidationError by field."""
    row = InboundAddress.objects.select_for_update(no_key=True).get(pk=address.pk)
    return _save(row, changes)


@transaction.atomic
def new_key(*, address: InboundAddress) -> NewAddress:
    """Another key from now on; at the address with the former one nothing is found any more."""
    row = InboundAddress.objects.select_for_update(no_key=True).get(pk=address.pk)
    fresh = fresh_key()
    row.prefix, row.digest = fresh.columns["prefix"], fresh.columns["digest"]
    row.save(update_fields=["prefix", "digest"])
    return NewAddress(row, fresh.key)


def address_by_key(key: str) -> InboundAddress | None:
    """None for a key that nobody has, or whose address is switched off."""
    if len(key) > LONGEST_KEY:
        return None
    digest = digest_of(key)
    address = InboundAddress.objects.active().filter(digest=digest).first()
    return address if address and hmac.compare_digest(address.digest, digest) else None


def note_use(*, address: InboundAddress, now: datetime) -> None:
    """To the minute, so that a submission seldom writes it."""
    if address.last_used_at is None or now - address.last_used_at >= USE_NOTED_EVERY:
        InboundAddress.objects.filter(pk=address.pk).update(last_used_at=now)


def tidy_mapping(raw: Any) -> dict[str, Any]:
    """The mapping as it is kept. Raises ValidationError with every error as “field: text”."""
    try:
        return mapping_document(check_mapping(raw))
    except InvalidMapping as error:
        texts = [f"{field}: {text}" for field, found in error.errors.items() for text in found]
        raise ValidationError({"mapping": texts}) from error


def _save(row: InboundAddress, values: Mapping[str, Any]) -> InboundAddress:
    for name, value in values.items():
        setattr(row, name, value)
    row.mapping = tidy_mapping(row.mapping)
    if row.signature and not row.signature_secret:
        raise ValidationError({"signature_secret": ["A signature needs its secret."]})
    row.full_clean(exclude=["uuid", "digest", "prefix"])
    row.save()
    return row
