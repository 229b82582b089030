"""Codes of the second step: tried as seldom as passwords, and each one once."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms

from leadrouting.sign_in.passwords import try_of
from routing.clock import current_time
from routing.services.sign_in_limits import begin, code_is_new, succeeded, wait_in_words

CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}


class LimitedCode(forms.Form):
    """Mixed into the forms that take a code."""

    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = forms.CharField(label="Code", max_length=20, widget=forms.TextInput(attrs=CODE))

    def clean_code(self) -> str:
        now = current_time()
        tried = try_of(context.request, self.user, "", "code")
        if blocked := begin(tried=tried, now=now):
            context.request.sign_in_wait = blocked.seconds
            raise forms.ValidationError(wait_in_words(blocked.seconds), code="throttled")
        code: str = super().clean_code()  # type: ignore[misc]  # of the form that this is mixed into
        if not code_is_new(account=tried.account, code=normalize_user_code(code), now=now):
            raise forms.ValidationError("This code was used already. Wait for the next one.", code="used")
        succeeded(tried=tried, now=now)
        return code


class CodeForm(LimitedCode, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(LimitedCode, ReauthenticateForm):
    """Before something sensitive is changed."""


class FirstCodeForm(LimitedCode, ActivateTOTPForm):
    """The first code of a new app."""
