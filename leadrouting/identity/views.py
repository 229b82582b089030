"""The sign-in for everybody while a second step or an OpenID provider is in use."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from leadrouting.identity.accounts import home_of
from leadrouting.identity.configuration import PROVIDER
from leadrouting.identity.pages import refused
from routing.inbox.signing_in import SignIn as InboxSignIn


class SignIn(InboxSignIn):
    """One page for the inbox and the admin. Whoever has a second step is asked for it next."""

    template_name = "identity/sign_in.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        lacking = str(getattr(request, "half_signed_in", ""))
        if lacking == "new":
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        if lacking == "code":  # such as by the link of a mail: from the beginning, with both steps
            logout(request)
        elif request.method == "GET" and request.user.is_authenticated:
            return HttpResponseRedirect(self.get_redirect_url() or home_of(request.user))  # type: ignore[arg-type]
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"identity": settings.IDENTITY, "provider_id": PROVIDER}

    def get_default_redirect_url(self) -> str:
        return home_of(self.user) if hasattr(self, "user") else super().get_default_redirect_url()

    def form_valid(self, form: Any) -> HttpResponse:
        self.user = form.get_user()
        login = Login(user=self.user, email_verification="none", redirect_url=self.get_success_url())
        return perform_password_login(self.request, {"username": self.user.get_username()}, login)


@require_http_methods(["GET", "HEAD", "POST"])
def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin has no sign-in of its own then: there is one door, with all its locks."""
    wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({REDIRECT_FIELD_NAME: wanted})}")


@require_safe
@never_cache
def inactive(request: HttpRequest) -> HttpResponse:
    return refused(request, "This sign-in is switched off. Ask whoever manages your team.")


@require_safe
@never_cache
def no_passwords(request: HttpRequest, **kwargs: str) -> HttpResponse:
    """In place of the pages for forgotten passwords."""
    why = f"There are no passwords here. Everybody signs in with {settings.IDENTITY.name}."
    return refused(request, why, status=HTTPStatus.NOT_FOUND)
