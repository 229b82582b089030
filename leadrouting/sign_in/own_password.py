"""The admin's page on which people change their own password: the old one is guessed at as seldom as at the sign-in."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from unfold.forms import AdminOwnPasswordChangeForm

from leadrouting.sign_in.passwords import has_to_wait, try_of
from routing.clock import current_time
from routing.services.sign_in_limits import in_words, succeeded


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """Counts with the tries of the sign-in."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["old_password"].help_text = "The one with which you sign in now."

    def clean_old_password(self) -> str:
        now = current_time()
        tried = try_of(self.request, self.user, "")
        if has_to_wait(self.request, tried, self.user, now=now):
            raise ValidationError(in_words(self.request.sign_in_wait), code="throttled")  # type: ignore[attr-defined]
        old: str = super().clean_old_password()
        succeeded(tried=tried, now=now)
        return old


class OwnPasswordView(PasswordChangeView):
    form_class = OwnPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}


def change_own_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
    """In place of the admin site's own view, which has no setting for its form."""
    page = OwnPasswordView.as_view(
        success_url=reverse("admin:password_change_done"),
        extra_context={**admin.site.each_context(request), **(extra_context or {})},
    )
    return page(request)
