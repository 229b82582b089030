"""Signs what is sent to machines, as Standard Webhooks says."""

from __future__ import annotations

import base64
import secrets as random
from collections.abc import Iterable
from datetime import datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret that nobody has had."""
    return secret_of(random.token_bytes(SECRET_BYTES))


def secret_of(key: bytes) -> str:
    """A key as people copy it."""
    return PREFIX + base64.b64encode(key).decode()


def signed_headers(secrets: Iterable[str], message_id: str, body: str, *, now: datetime) -> dict[str, str]:
    """The headers of one try, signed with each secret: whoever knows one of them can tell that it is from us."""
    signatures = [Webhook(secret).sign(msg_id=message_id, timestamp=now, data=body) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
