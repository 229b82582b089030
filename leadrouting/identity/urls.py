"""Addresses that stand before those of the inbox and the admin. Of django-allauth's only those that are needed."""

from __future__ import annotations

from allauth.account.views import reauthenticate
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from leadrouting.identity import views
from leadrouting.identity.configuration import Identity


def addresses(identity: Identity) -> list[URLPattern | URLResolver]:
    """Those of what is switched on."""
    found: list[URLPattern | URLResolver] = [
        path("inbox/login/", views.SignIn.as_view(), name="account_login"),
        path("admin/login/", views.to_sign_in),
        path("sign-in/inactive/", views.inactive, name="account_inactive"),
        path("sign-in/password/", reauthenticate, name="account_reauthenticate"),
    ]
    if identity.only:
        found += [
            path("inbox/password/", views.no_passwords),
            path("inbox/password/<uidb64>/<token>/", views.no_passwords),
        ]
    if identity.mfa != "off":
        found.append(path("second-step/", include("leadrouting.identity.step_urls")))
    if identity.issuer:
        found.append(path("oidc/", include("leadrouting.identity.provider_urls")))
    return found


urlpatterns = addresses(settings.IDENTITY)
