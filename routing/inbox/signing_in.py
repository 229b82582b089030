"""Signing in, and choosing a password: by invitation, or because it was forgotten."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods

from routing.clock import current_time
from routing.inbox.visit import private
from routing.services.privacy.audit_log import note
from routing.services.sign_in_limits import asks_too_often, in_words, too_many_mails
from routing.services.sign_ins import ask_for_new_password, user_named
from routing.visitors import address_of


class SignInForm(AuthenticationForm):
    """By e-mail address or user name, in whatever case."""

    username = forms.CharField(
        label="E-mail or user name", max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "inputmode": "email"}),
    )  # fmt: skip
    error_messages = {
        "invalid_login": "E-mail and password do not belong together. Mind capitals in the password.",
        "inactive": "This sign-in is switched off. Ask whoever manages your team.",
    }

    def get_invalid_login_error(self) -> ValidationError:
        wait = getattr(self.request, "sign_in_wait", 0)
        return ValidationError(in_words(wait), code="throttled") if wait else super().get_invalid_login_error()

    def clean_username(self) -> str:
        typed: str = self.cleaned_data["username"]
        found = user_named(typed)
        return found.get_username() if found else typed


class AddressForm(forms.Form):
    address = forms.CharField(
        label="E-mail", max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )  # fmt: skip


class SignIn(views.LoginView):
    template_name = "inbox/login.html"
    authentication_form = SignInForm
    next_page = "inbox:leads"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return private(super().dispatch(request, *args, **kwargs))


class SignOut(views.LogoutView):
    next_page = "inbox:login"


class NewPasswordForm(SetPasswordForm):
    new_password2 = forms.CharField(
        label="Once more", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )


class SetPassword(views.PasswordResetConfirmView):
    """From the link of a mail, which works once; whoever has chosen a password is signed in."""

    template_name = "inbox/set_password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("inbox:leads")
    post_reset_login = True

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        return private(super().dispatch(*args, **kwargs))

    def form_valid(self, form: SetPasswordForm[Any]) -> HttpResponse:
        response = super().form_valid(form)
        note(action="password.chosen", user=self.user, now=current_time())
        return response


@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """The same answer for every address."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        now = current_time()
        if wait := asks_too_often(address=address_of(request), now=now):
            request.sign_in_wait = wait  # type: ignore[attr-defined]
            form.add_error(None, too_many_mails(wait))
            return private(render(request, "inbox/forgot.html", {"form": form}))
        ask_for_new_password(address=form.cleaned_data["address"], now=now)
        return private(render(request, "inbox/forgot_sent.html"))
    return private(render(request, "inbox/forgot.html", {"form": form}))
