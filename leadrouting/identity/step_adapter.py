"""How secrets of the second step are kept, and who may do without."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError

UNREADABLE = (
    "Your second step cannot be read any more: SECRET_KEY has changed without SECRET_KEY_FALLBACKS. "
    "Ask an admin to remove it, and set up a new one."
)


class SecondSteps(DefaultMFAAdapter):
    """Secrets of authenticator apps lie encrypted in the database, so that a stolen backup holds no second step."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is wrong, or too old. Type the one that the app shows now.",
        "cannot_delete_authenticator": "Everybody who may open the admin needs a second step here.",
    }

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise ValidationError(UNREADABLE, code="unreadable") from error

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return not (settings.MFA == "required" and authenticator.user.is_staff)


def _fernet() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second step {key}".encode()).digest())) for key in keys]
    )
