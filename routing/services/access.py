"""Who may do what: the built-in roles and their permissions, and which leads somebody may see."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, Permission, User
from django.db import transaction
from django.db.models import Exists, OuterRef, Value

from reps.models import Rep
from routing.models import ApiKey, Assignment, Lead, Offer
from routing.models.leads import LeadQuerySet
from routing.snapshots.rulebook import current_rulebook


class Role(StrEnum):
    """The groups that every installation has."""

    ADMIN = "Admin"
    SALES_OPS = "Sales ops"
    MANAGER = "Manager"
    REP = "Rep"
    READ_ONLY = "Read-only"


SEE_ALL_LEADS = "routing.see_all_leads"
ROUTE_LEADS = "routing.change_lead"
PUBLISH = "routing.add_rulebookversion"

WRITE = ("add", "change", "delete", "view")
DRAFT = (
    "routing.rule",
    "routing.pool",
    "routing.territory",
    "routing.slapolicy",
    "routing.routingsettings",
    "routing.topic",
    "routing.lookuptable",
    "routing.lookuprow",
    "routing.source",
    "routing.example",
    "routing.ledger",
)
PEOPLE = (
    "reps.team",
    "reps.rep",
    "reps.workinghours",
    "reps.timeoff",
    "reps.skill",
    "reps.expertise",
    "reps.channel",
    "routing.poolmember",
    "routing.lastresort",
    "routing.departure",
)
CONNECTIONS = ("routing.webhook", "routing.form", "routing.formfield", "routing.inboundaddress")
COMPANIES = (
    "routing.account",
    "routing.accountdomain",
    "routing.accountalias",
    "routing.accountperson",
    "routing.accountexclusion",
)
RECORDS = (
    "routing.lead",
    "routing.leadevent",
    "routing.assignment",
    "routing.decision",
    "routing.identity",
    "routing.ledgeraccount",
    "routing.posting",
    "routing.outboxmessage",
    "routing.mailboxmessage",
    "routing.heartbeat",
    "routing.rulebookversion",
    "routing.scheduledversion",
    "routing.signal",
    "routing.offer",
    "routing.accountsuggestion",
    "routing.performancetable",
    "routing.learnedexpertise",
    "routing.weighttilt",
    "routing.work",
    "routing.webhookdelivery",
    "routing.incident",
    "routing.submission",
    "routing.auditentry",
    "routing.consent",
)
FILES = ("routing.import", "routing.columnmapping")
"""Files that were brought in: they hold what people said, so only who may bring some in sees them."""
APPS = ("reps", "routing", "auth", "django_rq")


def _permissions(models: Iterable[str], verbs: Iterable[str]) -> set[str]:
    return {f"{app}.{verb}_{model}" for app, model in (name.split(".") for name in models) for verb in verbs}


SEE_PERSONS = "routing.view_suppression"
ERASE_PERSONS = "routing.delete_lead"
PEOPLES_DATA = (SEE_PERSONS, ERASE_PERSONS)
"""To answer people who ask what is known of them, or to be erased."""
SEES_EVERYTHING = _permissions((*DRAFT, *PEOPLE, *COMPANIES, *CONNECTIONS, *RECORDS), ["view"]) | {SEE_ALL_LEADS}
PERMISSIONS: dict[Role, set[str]] = {
    Role.SALES_OPS: SEES_EVERYTHING
    | _permissions((*DRAFT, *PEOPLE, *COMPANIES, *CONNECTIONS), WRITE)
    | _permissions(FILES, ["view"])
    | {ROUTE_LEADS, PUBLISH, "routing.view_routingbatch", *PEOPLES_DATA},
    Role.MANAGER: SEES_EVERYTHING
    | _permissions(PEOPLE, ["add", "change"])
    | _permissions(["reps.timeoff", "reps.workinghours", "reps.expertise", "reps.channel"], ["delete"])
    | _permissions(COMPANIES, WRITE)
    | _permissions(FILES, ["view"])
    | {ROUTE_LEADS},
    Role.REP: {"routing.view_lead"},
    Role.READ_ONLY: SEES_EVERYTHING,
}


@transaction.atomic
def ensure_groups() -> None:
    """Make the built-in roles, with exactly the permissions named here. Admins have every one there is."""
    for label in APPS:
        create_permissions(apps.get_app_config(label), verbosity=0)
    every = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.filter(content_type__app_label__in=APPS).select_related("content_type")
    }
    for role in Role:
        group, _ = Group.objects.get_or_create(name=role.value)
        group.permissions.set(p for name, p in every.items() if role == Role.ADMIN or name in PERMISSIONS[role])


def rep_of(user: AbstractBaseUser | AnonymousUser) -> Rep | None:
    """The rep who signs in as this user, if it is one."""
    return Rep.objects.select_related("team").filter(user_id=user.pk).first() if user.pk else None


def visible_leads(user: User | AnonymousUser, leads: LeadQuerySet | None = None) -> LeadQuerySet:
    """The leads that somebody may see: all of them with the permission for it, else only one's own."""
    chosen = Lead.objects.all() if leads is None else leads
    return chosen if user.has_perm(SEE_ALL_LEADS) else chosen.visible_to(rep_of(user))


def leads_of_key(key: ApiKey, leads: LeadQuerySet | None = None) -> LeadQuerySet:
    """The leads that a key may see: a rep's key those that ever were theirs or offered to them, any other key all.

    `hidden` tells of which the rep may not see whose they are: they never had them, and the pool's offers hide it.
    """
    chosen = Lead.objects.all() if leads is None else leads
    if key.rep_id is None:
        return chosen.annotate(hidden=Value(False))
    owned = Assignment.objects.filter(lead=OuterRef("pk"), rep=key.rep_id)
    offered = Offer.objects.filter(lead=OuterRef("pk"), rep=key.rep_id)
    return chosen.filter(Exists(owned) | Exists(offered)).annotate(hidden=_hidden_from(key))


def known_leads_of_key(key: ApiKey, leads: LeadQuerySet | None = None) -> LeadQuerySet:
    """Those of them whose person and company the key may know."""
    seen = leads_of_key(key, leads)
    return seen if key.rep_id is None else seen.filter(~_hidden_from(key))


def _hidden_from(key: ApiKey) -> Exists:
    """That a lead was offered to the rep by a pool that hides whose it is, and never was theirs."""
    published = current_rulebook()
    hiding = [pool for pool, terms in published.pool_terms.items() if terms.hide_details] if published else []
    theirs = Assignment.objects.filter(lead=OuterRef("lead"), rep=key.rep_id)
    return Exists(Offer.objects.filter(~Exists(theirs), lead=OuterRef("pk"), rep=key.rep_id, pool__in=hiding))
