"""What django-allauth is told, from our few settings."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured

from leadrouting import env

STEPS = ("off", "optional", "required")
PROVIDER = "company"
"""How the one OpenID provider is called in addresses."""


class Identity(NamedTuple):
    """What of it is wanted."""

    mfa: str
    issuer: str
    client_id: str
    client_secret: str
    name: str
    sign_up: str
    only: bool

    @property
    def on(self) -> bool:
        return self.mfa != "off" or bool(self.issuer)


def read_identity() -> Identity:
    """The settings, and whether they go together. Raises ImproperlyConfigured."""
    wanted = Identity(
        mfa=env.text(
            "MFA",
            "off",
            "A second step of signing in, by an authenticator app: off, optional, or required for all who may open "
            "the admin.",
        ).lower(),
        issuer=env.text(
            "OIDC_ISSUER", "", "Address of your OpenID Connect provider, such as https://login.example.com/realms/acme."
        ).rstrip("/"),
        client_id=env.text("OIDC_CLIENT_ID", "", "How this system is called at the provider."),
        client_secret=env.text("OIDC_CLIENT_SECRET", "", "The secret that the provider gave for it."),
        name=env.text("OIDC_NAME", "your company account", "“Sign in with …”: what people call the provider."),
        sign_up=env.text(
            "OIDC_SIGN_UP",
            "",
            "The role of people who come from the provider and have no sign-in here yet, such as Read-only. Empty: "
            "they are not let in.",
        ),
        only=env.flag("OIDC_ONLY", False, "Nobody signs in with a password any more, only through the provider."),
    )
    if wanted.mfa not in STEPS:
        raise ImproperlyConfigured(f"MFA: “{wanted.mfa}” is none of: {', '.join(STEPS)}.")
    if wanted.issuer and not (wanted.client_id and wanted.client_secret):
        raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")
    if wanted.only and not wanted.issuer:
        raise ImproperlyConfigured("OIDC_ONLY without OIDC_ISSUER would let nobody in.")
    return wanted


def apps_of(identity: Identity) -> list[str]:
    """Ours last: it takes the pages of the others out of the admin."""
    if not identity.on:
        return []
    parts = ["allauth", "allauth.account"]
    parts += ["allauth.mfa"] if identity.mfa != "off" else []
    parts += ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"] if identity.issuer else []
    return [*parts, "leadrouting.identity.apps.IdentityConfig"]


def middleware_of(identity: Identity) -> list[str]:
    """To stand behind what knows the user."""
    if not identity.on:
        return []
    strong = ["leadrouting.identity.middleware.SecondStepMiddleware"] if identity.mfa != "off" else []
    return ["allauth.account.middleware.AccountMiddleware", *strong]


def settings_of(identity: Identity) -> dict[str, Any]:
    """allauth's settings. Its own limits are off: they count in one process, ours in the database."""
    if not identity.on:
        return {}
    app = {
        "provider_id": PROVIDER,
        "name": identity.name,
        "client_id": identity.client_id,
        "secret": identity.client_secret,
        "settings": {"server_url": identity.issuer, "oauth_pkce_enabled": True},
    }
    return {
        "ACCOUNT_ADAPTER": "leadrouting.identity.accounts.Accounts",
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_RATE_LIMITS": False,
        "ACCOUNT_SESSION_REMEMBER": True,
        "MFA_ADAPTER": "leadrouting.identity.step_adapter.SecondSteps",
        "MFA_FORMS": {
            "authenticate": "leadrouting.identity.forms.CodeForm",
            "reauthenticate": "leadrouting.identity.forms.CodeAgainForm",
            "activate_totp": "leadrouting.identity.forms.FirstCodeForm",
        },
        "MFA_TOTP_ISSUER": "Lead routing",
        "MFA_TOTP_TOLERANCE": 1,
        "SOCIALACCOUNT_ADAPTER": "leadrouting.identity.provider_adapter.Provider",
        "SOCIALACCOUNT_EMAIL_VERIFICATION": "none",
        "SOCIALACCOUNT_PROVIDERS": {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}},
        "SOCIALACCOUNT_STORE_TOKENS": False,
    }
