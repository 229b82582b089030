"""The form of the admin's sign-in."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from routing.services.sign_in_limits import in_words


class AdminSignInForm(AuthenticationForm):
    """Says how long to wait after too many wrong tries."""

    error_messages: ClassVar[dict[str, str]] = {
        **AuthenticationForm.error_messages,
        "invalid_login": "Nobody who may sign in here has this username and password. Mind small and capital letters.",
    }

    def get_invalid_login_error(self) -> ValidationError:
        if wait := getattr(self.request, "sign_in_wait", 0):
            return ValidationError(in_words(wait), code="throttled")
        error: ValidationError = super().get_invalid_login_error()
        return error
