"""Who is let in of those whom the OpenID provider sends."""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest

from leadrouting.identity.claims import claims_of, verified_address
from leadrouting.identity.pages import AWAY, TURNED_BACK, refused
from routing.clock import current_time
from routing.services.access import Role
from routing.services.privacy.audit_log import note


class Provider(DefaultSocialAccountAdapter):
    """People from the provider: known by what it calls them, at first by an address that it has verified."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.is_existing:
            return
        claims = claims_of(sociallogin.account.extra_data)
        address = verified_address(claims)
        if not address:
            _refuse(request, "It gave no e-mail address, or one that it has not verified.")
        with transaction.atomic():
            user = _known(address) or self._new(address, claims)
            if user is None:
                _refuse(request, f"Nobody here has the address {address}. Ask whoever manages the users.")
            sociallogin.account.extra_data = {}  # what it says of people is asked anew each time
            sociallogin.connect(request, user)
        note(action="sign_in.linked", user=user, subject=user, now=current_time())

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> NoReturn:
        raise ImmediateHttpResponse(refused(request, AWAY if exception else TURNED_BACK, exception or error))

    def _new(self, address: str, claims: dict[str, Any]) -> User | None:
        """A sign-in with the role that the settings name, if they do."""
        if not settings.IDENTITY.sign_up or User.objects.filter(username__iexact=address).exists():
            return None
        role = Group.objects.get(name=settings.IDENTITY.sign_up)
        names = {name: str(claims.get(claim) or "")[:150] for name, claim in NAMES.items()}
        user = User.objects.create_user(address, address, is_staff=role.name != Role.REP, **names)
        user.groups.add(role)
        return user


NAMES = {"first_name": "given_name", "last_name": "family_name"}


def _known(address: str) -> User | None:
    """The one who has this address. Two who have it cannot be told apart, and nobody is let in as either."""
    found = list(User.objects.filter(email__iexact=address)[:2])
    return found[0] if len(found) == 1 else None


def _refuse(request: HttpRequest, why: str) -> NoReturn:
    raise ImmediateHttpResponse(refused(request, why))
