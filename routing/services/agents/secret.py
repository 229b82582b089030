"""The secret with which an agent tells that an alert is from us: made of SECRET_KEY and the rep's id, stored nowhere.

After a change of SECRET_KEY alerts are signed with both, as long as the former key is among SECRET_KEY_FALLBACKS.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac

from reps.models import Rep
from routing.notifications.signing import secret_of

SALT = "leadrouting.agent.v1"


def agent_secret(rep: Rep) -> str:
    """What the agent verifies signatures with."""
    return _secret(rep, settings.SECRET_KEY)


def signing_secrets(rep: Rep) -> list[str]:
    """What alerts are signed with: the secret of now, and those of earlier keys."""
    return [_secret(rep, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _secret(rep: Rep, key: str) -> str:
    return secret_of(salted_hmac(SALT, str(rep.uuid), secret=key, algorithm="sha256").digest())
