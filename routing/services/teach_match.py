"""Somebody says whether a lead belongs to an account: the lead follows at once, and later leads of its kind too."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from routing.intake.company_names import name_key, says_nothing
from routing.intake.normalise import is_role_mailbox
from routing.matching import grounds_of
from routing.matching.books import is_of_company
from routing.matching.choice import TOLD, Ground
from routing.models import Account, AccountAlias, AccountDomain, AccountExclusion, Identity, Lead, LeadEvent
from routing.services.account_names import index_names
from routing.services.account_suggestions import dismiss_suggestions
from routing.services.batches.lock import lock_people_of_leads
from routing.services.change_lead import go_on
from routing.services.lead_actions.ownership import lock_lead, note_event
from routing.services.lead_actions.refusals import Invalid
from routing.services.waiting import look_again_after_commit

LONGEST_EVIDENCE = 200
COLUMNS = ("account", "account_evidence", "account_confidence", "account_told")


@transaction.atomic
def teach_match(*, lead: Lead, account: Account, same: bool, now: datetime, actor: str) -> Lead:
    """Match the lead to the account for good (`same`), or never again to this one. Leads that wait are looked at anew.

    An owner who has not touched the lead loses it if it is another's by the rules now.

    *Same company*: its domain and name become the account's, and the person belongs to it. *Wrong company*: what
    matched, the domain or else the name, is excluded from the account, and the person belongs to it no longer.
    """
    row = lock_lead(lead)
    lock_people_of_leads([row], {account.pk, row.account_id or account.pk})
    if not Account.objects.filter(pk=account.pk).exists():  # deleted a moment ago
        raise Invalid({"account": [f"There is no account “{account.name}” any more."]})
    learned = _same_company(row, account, now=now, actor=actor) if same else _wrong_company(row, account, now=now)
    row.save(update_fields=COLUMNS)
    rerouted = go_on(row, now=now)
    text = f"{'Belongs' if same else 'Does not belong'} to {account.name}"
    told = [text, *learned, *(["routed again"] if rerouted else [])]
    note_event(row, LeadEvent.Kind.MATCHED, "; ".join(told), actor=actor, now=now)
    look_again_after_commit(now=now)
    return row


def _same_company(lead: Lead, account: Account, *, now: datetime, actor: str) -> list[str]:
    learned = [*_learn_domain(lead, account), *_learn_name(lead, account)]
    identities = [lead.phone_identity_id] if is_role_mailbox(lead.email) else [*_person(lead)]
    Identity.objects.filter(pk__in=[key for key in identities if key]).update(account=account)
    lead.account, lead.account_told = account, True
    lead.account_evidence, lead.account_confidence = f"told by {actor}"[:LONGEST_EVIDENCE], TOLD
    dismiss_suggestions(lead=lead, now=now)
    return learned


def _wrong_company(lead: Lead, account: Account, *, now: datetime) -> list[str]:
    learned = _exclude(lead, account)
    Identity.objects.filter(pk__in=[key for key in _person(lead) if key], account=account).update(account=None)
    if lead.account_id == account.pk:
        lead.account, lead.account_told = None, False
        lead.account_evidence, lead.account_confidence = "", None
    dismiss_suggestions(lead=lead, account_id=account.pk, now=now)
    return learned


def _learn_domain(lead: Lead, account: Account) -> list[str]:
    if not is_of_company(lead.domain):
        return []
    row, created = AccountDomain.objects.get_or_create(account=account, domain=lead.domain)
    if row.excluded:
        AccountDomain.objects.filter(pk=row.pk).update(excluded=False)
    return [f"{lead.domain} is a domain of it"] if created or row.excluded else []


def _learn_name(lead: Lead, account: Account) -> list[str]:
    if says_nothing(lead.company):
        return []
    key = name_key(lead.company)
    allowed_again, _ = AccountExclusion.objects.filter(account=account, name_key=key).delete()
    known = {account.name_key, *account.aliases.values_list("name_key", flat=True)}
    if key in known:
        return [f"“{lead.company}” is a name of it again"] if allowed_again else []
    AccountAlias.objects.create(account=account, name=lead.company, name_key=key)
    index_names(account_ids=[account.pk])
    return [f"“{lead.company}” is a name of it"]


def _exclude(lead: Lead, account: Account) -> list[str]:
    """What made the lead look like one of the account does so no more."""
    grounds = grounds_of(lead, account.pk)
    if Ground.DOMAIN in grounds:
        AccountDomain.objects.filter(account=account, domain=lead.domain).update(excluded=True)
        return [f"{lead.domain} is no domain of it"]
    if Ground.NAME in grounds:
        key = name_key(lead.company)
        AccountExclusion.objects.get_or_create(account=account, name_key=key, defaults={"name": lead.company})
        if account.aliases.filter(name_key=key).delete()[0]:
            index_names(account_ids=[account.pk])
        return [f"“{lead.company}” is no name of it"]
    return []


def _person(lead: Lead) -> tuple[int | None, int | None]:
    return lead.email_identity_id, lead.phone_identity_id
