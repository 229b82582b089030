"""What is done with a lead: each action one service, each answered with the lead as it is then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep
from routing.api.arrival import arrived_at
from routing.api.authentication import key_of
from routing.api.fields import StrictSerializer
from routing.api.serializers import actions as bodies
from routing.api.serializers.leads import LeadSerializer
from routing.api.views.base import ApiView
from routing.models import Account, Lead, Scope
from routing.services import lead_actions as acts
from routing.services.access import leads_of_key
from routing.services.lead_actions.ownership import lock_owned
from routing.services.teach_match import teach_match
from routing.snapshots.lead_documents import lead_rows

Sent = Mapping[str, Any]
NOT_THEIRS: Mapping[str, Any] = {
    "detail": "Bob Ray has this lead now.",
    "owner": {"email": "bob@acme.example", "name": "Bob Ray"},
}
"""What whoever comes too late is answered."""


def actor_of(request: Request) -> str:
    """Who did it, as timelines say it."""
    key = key_of(request)
    return key.rep.name if key.rep else key.name


def rep_named(address: str) -> Rep:
    """Raises ValidationError if there is none of this address."""
    rep = Rep.objects.filter(email=address.strip().lower()).first()
    if rep is None:
        raise ValidationError({"rep": [f"There is no rep “{address[:80]}”."]})
    return rep


@contextmanager
def changing_own(request: Request, lead: Lead, *others: Lead) -> Iterator[None]:
    """The key of a rep changes what the rep owns, and goes on owning until the change is done. Raises NotTheirs."""
    own = key_of(request).rep_id
    if own is None:
        yield
        return
    with transaction.atomic():
        lock_owned(lead, *others, rep_id=own)
        yield


class ActionView(ApiView):
    """`act` does it; what is sent is read by `serializer_class`. `by_rep`: the act itself asks whose lead it is."""

    by_rep: ClassVar[bool] = False
    scopes = {"post": Scope.LEADS_WRITE}
    conflicts: ClassVar[Mapping[str, tuple[int, ...]]] = {"post": (409,)}
    conflict_example = NOT_THEIRS
    serializer_class: Any = bodies.NothingSerializer
    queryset = Lead.objects.none()

    def get_queryset(self) -> Any:
        return leads_of_key(key_of(self.request))

    def perform(self, request: Request) -> Response:
        lead = self.get_object()
        sent = self.serializer_class(data=request.data)
        sent.is_valid(raise_exception=True)
        with nullcontext() if self.by_rep else changing_own(request, lead):
            self.act(lead, sent.validated_data)
        return Response(LeadSerializer(leads_of_key(key_of(request), lead_rows()).get(pk=lead.pk)).data)

    def act(self, lead: Lead, sent: Sent) -> object:
        raise NotImplementedError

    @property
    def who(self) -> dict[str, Any]:
        """Who acts, and when."""
        return {"now": arrived_at(self.request), "actor": actor_of(self.request)}

    def rep(self, lead: Lead, sent: Sent) -> Rep:
        """Whose act it is: the rep named, else the key's, else the owner."""
        own = key_of(self.request).rep
        if "rep" in sent:
            named = rep_named(sent["rep"])
            if own is not None and own.pk != named.pk:
                raise PermissionDenied(f"This key acts for {own.email} only.")
            return named
        if own is not None:
            return own
        if lead.owner is None:
            raise acts.NotTheirs(None)
        return lead.owner


def action(name: str, summary: str, body: type[StrictSerializer]) -> Any:
    """Describe an ActionView for the document."""

    def describe(view: type[ActionView]) -> type[ActionView]:
        def post(self: ActionView, request: Request, id: str) -> Response:
            return self.perform(request)

        view.serializer_class = body
        described = extend_schema(
            operation_id=f"{name}_lead", summary=summary, request=body, responses={200: LeadSerializer}
        )
        view.post = described(post)  # type: ignore[attr-defined]
        return view

    return describe


@action("accept", "Accept a lead", bodies.AcceptSerializer)
class AcceptView(ActionView):
    """The owner takes note of it."""

    by_rep = True

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.accept(lead=lead, rep=self.rep(lead, sent), attempt=sent.get("attempt"), **self.who)


@action("decline", "Decline a lead", bodies.DeclineSerializer)
class DeclineView(ActionView):
    """Spam and duplicates go to review, all others to the next rep."""

    by_rep = True

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.decline(
            lead=lead,
            rep=self.rep(lead, sent),
            reason=sent["reason"],
            note=sent["note"],
            attempt=sent.get("attempt"),
            **self.who,
        )


@action("respond", "Note that the lead was answered", bodies.RespondSerializer)
class RespondView(ActionView):
    """The first answer stops the clock."""

    by_rep = True

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.respond(lead=lead, rep=self.rep(lead, sent), channel=sent["channel"], note=sent["note"], **self.who)


@action("claim", "Take up an offer", bodies.ByRepSerializer)
class ClaimView(ActionView):
    """The first who does owns the lead."""

    by_rep = True

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.claim(lead=lead, rep=self.rep(lead, sent), **self.who)


@action("reassign", "Give a lead to somebody", bodies.ReassignSerializer)
class ReassignView(ActionView):
    """Whatever the rules say."""

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.reassign(
            lead=lead, rep=rep_named(sent["rep"]), reason=sent["reason"], counts=sent["counts"], **self.who
        )


@action("release", "End the ownership", bodies.ReasonSerializer)
class ReleaseView(ActionView):
    """The lead is routed again, that rep excluded."""

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.release(lead=lead, reason=sent["reason"], **self.who)


@action("route", "Decide again", bodies.NothingSerializer)
class RouteView(ActionView):
    """Nobody is excluded."""

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.route_lead(lead=lead, **self.who)


@action("quarantine", "Send a lead to review as spam", bodies.ReasonSerializer)
class SpamView(ActionView):
    """Until it is restored."""

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.quarantine(lead=lead, reason=sent["reason"], **self.who)


@action("join", "Join a lead to the one it repeats", bodies.DuplicateSerializer)
class DuplicateView(ActionView):
    """What it says anew is merged in."""

    by_rep = True

    def act(self, lead: Lead, sent: Sent) -> object:
        original = self._original(sent["of"])
        with changing_own(self.request, lead, original):
            return acts.mark_duplicate(lead=lead, of=original, **self.who)

    def _original(self, uuid: UUID) -> Lead:
        original = self.get_queryset().filter(uuid=uuid).first()
        if original is None:
            raise ValidationError({"of": ["There is no lead of this id."]})
        return original


@action("restore", "Bring a lead back", bodies.NothingSerializer)
class RestoreView(ActionView):
    """From review, from nurture, or a duplicate that is none."""

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.restore(lead=lead, **self.who)


@action("park", "Send a lead to nurture", bodies.ParkSerializer)
class ParkView(ActionView):
    """It is looked at again on the day of its review, or when something new is heard."""

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.park(lead=lead, reason=sent["reason"], review_date=sent["review_date"], **self.who)


@action("match", "Say which company a lead belongs to", bodies.MatchLeadSerializer)
class MatchView(ActionView):
    """Later leads of its kind follow."""

    def act(self, lead: Lead, sent: Sent) -> object:
        return teach_match(lead=lead, account=_account(sent["account"]), same=sent["same"], **self.who)


@action("record_outcome_of", "Note what became of a lead", bodies.OutcomeSerializer)
class OutcomeView(ActionView):
    """Won and lost close it."""

    def act(self, lead: Lead, sent: Sent) -> object:
        return acts.set_outcome(
            lead=lead, stage=sent["stage"], amount=sent["amount"], reason=sent["reason"], **self.who
        )


def _account(called: str) -> Account:
    account = Account.objects.filter(name=called).first()
    if account is None:
        try:
            account = Account.objects.filter(uuid=UUID(called)).first()
        except ValueError:
            account = None
    if account is None:
        raise ValidationError({"account": [f"There is no account “{called[:80]}”."]})
    return account
