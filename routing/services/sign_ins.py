"""Sign-ins of reps: invitations, forgotten passwords, and whom a typed name means.

A mail's link is made when the mail is written, and stored nowhere. It works once, and for some hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from reps.models import Rep
from routing import outbox
from routing.models import OutboxMessage
from routing.notifications import invitations
from routing.notifications.briefs import Brief
from routing.notifications.messages import Message, NothingToSay
from routing.services.access import Role
from routing.services.mail_envelope import envelope_of
from routing.services.sign_in_limits import may_ask_for_mail

PATIENCE = timedelta(minutes=1)
"""So long a mail that was just asked for is enough: nobody floods a mailbox with them."""


class CannotInvite(Exception):
    """Nobody was invited; the text says why, and what to do."""


class NoSuchUser(NothingToSay):
    """The sign-in that a mail is about is gone, or is switched off."""


@transaction.atomic
def invite(*, rep: Rep, now: datetime) -> User:
    """Give the rep a sign-in of their own, if they have none, and mail them how to choose a password."""
    if not rep.active:
        raise CannotInvite(f"{rep.name} is inactive. Switch them to active first.")
    if rep.kind == Rep.Kind.AGENT:
        raise CannotInvite(f"{rep.name} is an agent, and signs in with an API key.")
    locked = Rep.objects.select_for_update(no_key=True).get(pk=rep.pk)
    user = locked.user or _user_for(locked)
    if not user.is_active:
        raise CannotInvite(f"The sign-in of {rep.name} is switched off. Switch it on first.")
    if user.email.lower() != locked.email:  # else whoever may change a rep's address could sign in as them
        raise CannotInvite(f"The sign-in of {rep.name} has another e-mail address. Change it among the users first.")
    if locked.user_id is None:
        locked.user = user
        locked.save(update_fields=["user"])
    _publish(OutboxMessage.Kind.INVITATION, user, user.email, now=now)
    return user


def _user_for(rep: Rep) -> User:
    """A new sign-in; or the one that this address has already, if it is nobody else's."""
    found = User.objects.filter(Q(username__iexact=rep.email) | Q(email__iexact=rep.email))
    free = found.filter(rep=None).order_by("pk").first()
    if free is not None:
        return free
    if found.exists():
        raise CannotInvite(f"The sign-in {rep.email} belongs to another rep.")
    user = User.objects.create_user(rep.email, rep.email)  # without a password nobody can sign in
    user.groups.add(Group.objects.get(name=Role.REP.value))
    return user


@transaction.atomic
def ask_for_new_password(*, address: str, now: datetime) -> None:
    """Mail whoever has this address how to choose a new password. Nothing tells the asker whether anybody has."""
    user = user_named(address)
    if user is None or not user.is_active or not user.email:
        return
    if may_ask_for_mail(account=str(user.pk), now=now):
        _publish(OutboxMessage.Kind.PASSWORD_RESET, user, user.email, now=now)


def user_named(typed: str) -> User | None:
    """The sign-in that is meant: exactly so called, else by name or address in whatever case, if that is just one."""
    name = typed.strip()
    exact = User.objects.filter(username=name).first()
    if exact is not None or not name:
        return exact
    alike = list(User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name)).order_by("pk")[:2])
    return alike[0] if len(alike) == 1 else None


def _publish(kind: OutboxMessage.Kind, user: User, address: str, *, now: datetime) -> None:
    """One mail a minute, whether the one before has left or not."""
    if OutboxMessage.objects.filter(kind=kind, address=address, created_at__gt=now - PATIENCE).exists():
        return
    outbox.publish(
        [
            OutboxMessage(
                key=f"{kind}:{user.pk}:{now.timestamp():.3f}", kind=kind, address=address, payload={"user": user.pk},
                created_at=now, available_at=now,
            )
        ]
    )  # fmt: skip


def sign_in_mail(briefs: Sequence[Brief], clocks: object, now: datetime) -> Message:
    """The mail of an invitation or a forgotten password. Raises NoSuchUser."""
    [brief] = briefs
    user = User.objects.select_related("rep").filter(pk=brief.message.payload.get("user"), is_active=True).first()
    if user is None:
        raise NoSuchUser("The sign-in is gone, or is switched off.")
    rep = getattr(user, "rep", None)
    name = rep.name if rep else user.get_full_name() or user.get_username()
    hours = settings.SIGN_IN_LINK_HOURS
    invited = brief.message.kind == OutboxMessage.Kind.INVITATION
    compose = invitations.invitation if invited else invitations.new_password
    return compose(name, _link(user), user.get_username(), hours, envelope_of(briefs))


def _link(user: User) -> str:
    key = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return f"{settings.PUBLIC_URL}{reverse('inbox:set_password', args=[key, token])}"
