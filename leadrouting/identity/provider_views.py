"""To the OpenID provider and back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from leadrouting.identity.configuration import PROVIDER
from leadrouting.identity.pages import AWAY, refused

LOGIN = "login"


class CheckedTokens(OpenIDConnectOAuth2Adapter):
    """The signature of a token is always checked, also of one that came straight from the provider."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        signed = kwargs["response"].get("id_token")
        if not signed:
            raise OAuth2Error("The provider sent no id_token.")
        claims = self._decode_id_token(app, signed)
        told = self._fetch_user_info(token.token) if self.openid_config.get("userinfo_endpoint") else {}
        if told and told.get("sub") != claims["sub"]:
            raise OAuth2Error("The provider's page is about somebody else than its token.")
        return self.get_provider().sociallogin_from_response(request, {"userinfo": {**told, **claims}})

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        config = self.openid_config
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token, keys_url=config["jwks_uri"], issuer=config["issuer"], audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk, verify_signature=True,
        )  # fmt: skip
        return claims


@require_POST
def provider_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """On to the provider, by a page of its own: a browser lets no form lead to another site here. Only to sign in."""
    if (request.POST.get("process") or request.GET.get("process", LOGIN)) != LOGIN:
        raise Http404
    answer = _by(OAuth2LoginView, request, provider_id)
    if answer.status_code != HTTPStatus.FOUND:
        return answer
    return render(request, "identity/leaving.html", {"to": answer["Location"], "name": settings.IDENTITY.name})


@require_safe
@never_cache
def provider_callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider."""
    return _by(OAuth2CallbackView, request, provider_id)


def _by(view: type[OAuth2LoginView] | type[OAuth2CallbackView], request: HttpRequest, provider_id: str) -> HttpResponse:
    """The answer of allauth's view; a provider that is away, or answers what nobody understands, is told in words."""
    if provider_id != PROVIDER:
        raise Http404
    try:
        answer: HttpResponse = view.adapter_view(CheckedTokens(request, provider_id))(request)
    except (RequestException, OAuth2Error, KeyError, ValueError, TypeError) as error:
        return refused(request, AWAY, error, status=HTTPStatus.BAD_GATEWAY)
    return answer
