"""Pools with their members, the share that each weight results in, and the ledger that keeps it fair."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import BigIntegerField, Count, DateTimeField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from reps.admin_base import DeskInline, RecordAdmin
from reps.admin_display import NOTHING, badge, moment, person, quiet
from reps.admin_fields import CapsField
from routing.admin.base import ChosenPersonForm, DraftAdmin, draft_badge, received_at
from routing.engine.types import ONE_LEAD
from routing.models import Ledger, LedgerAccount, Pool, PoolMember
from routing.services import manage


class MemberForm(ChosenPersonForm):
    caps = CapsField(label="Limits", compact=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["weight"] = f"{self.instance.weight.normalize():f}"


class MemberInline(DeskInline):
    model = PoolMember
    form = MemberForm
    fields = ["rep", "weight", "share", "balance", "caps"]
    readonly_fields = ["share", "balance"]
    autocomplete_fields = ["rep"]
    verbose_name, verbose_name_plural = "member", "members (live at once)"
    tab = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PoolMember]:
        account = LedgerAccount.objects.filter(ledger=OuterRef("pool__ledger"), rep=OuterRef("rep"))
        together = (
            PoolMember.objects.filter(pool=OuterRef("pool")).order_by().values("pool").annotate(sum=Sum("weight"))
        )
        members: QuerySet[PoolMember] = super().get_queryset(request).select_related("rep")
        return members.annotate(
            all_weights=Subquery(together.values("sum")),
            ledger_balance=Coalesce(Subquery(account.values("balance")), 0, output_field=BigIntegerField()),
        )

    @display(description="resulting share")
    def share(self, member: Any) -> SafeString:
        total = getattr(member, "all_weights", None)
        if not total:
            return quiet("after saving")
        percent = Decimal(member.weight) * 100 / Decimal(str(total))
        return share_bar(float(percent))

    @display(description="balance")
    def balance(self, member: Any) -> SafeString:
        return balance_text(getattr(member, "ledger_balance", 0))


def share_bar(percent: float) -> SafeString:
    return format_html(
        '<span class="lr-share"><meter min="0" max="100" value="{}"></meter><span>{} %</span></span>',
        f"{percent:.1f}",
        f"{percent:.0f}" if percent >= 10 or percent == int(percent) else f"{percent:.1f}",
    )


def balance_text(billionths: int) -> SafeString:
    """How far somebody is behind (plus: next in turn) or ahead (minus), in leads."""
    leads = billionths / ONE_LEAD
    if abs(leads) < 0.005:
        return quiet("0.00")
    title = "Is owed this much of a lead" if leads > 0 else "Has had this much of a lead in advance"
    return format_html('<span class="lr-balance" title="{}">{}</span>', title, f"{leads:+.2f}".replace("-", "−"))


@admin.register(Pool)
class PoolAdmin(DraftAdmin):
    archive = staticmethod(manage.archive_pool)
    archive_argument = "pool"
    empty_hint = "A pool is a group of reps who take turns. Make one, put reps in it, and name it in a rule."
    publishing_note = "Members and their weights are live at once."
    list_display = ["name", "method", "member_count", "used_by", "draft"]
    search_fields = ["name"]
    fields = [("name", "strategy")]
    inlines = [MemberInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pool]:
        pools: QuerySet[Pool] = super().get_queryset(request)
        return pools.annotate(size=Count("members")).prefetch_related("rules", "overflow_rules", "territories")

    def save_model(self, request: HttpRequest, obj: Pool, form: Any, change: bool) -> None:
        manage.save_pool(pool=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        saved = formset.save(commit=False)
        manage.change_members(saved=saved, removed=formset.deleted_objects, now=received_at(request))

    @display(description="method", ordering="strategy")
    def method(self, pool: Pool) -> str:
        return str(dict(Pool.STRATEGIES).get(pool.strategy, pool.strategy))

    @display(description="members", ordering="size")
    def member_count(self, pool: Any) -> SafeString | str:
        if not pool.size:
            return badge("Nobody", "red", "Its leads go on to the next rule or wait")
        return (
            badge("1 person", "amber", "A pool of one has nobody to share with") if pool.size == 1 else str(pool.size)
        )

    @display(description="gets leads from")
    def used_by(self, pool: Pool) -> SafeString | str:
        rules = [rule.name for rule in [*pool.rules.all(), *pool.overflow_rules.all()] if rule.archived_at is None]
        territories = [row.name for row in pool.territories.all() if row.archived_at is None]
        return ", ".join([*rules, *territories]) or badge(
            "Nothing yet", "amber", "No rule or territory names this pool"
        )

    @display(description="draft")
    def draft(self, pool: Any) -> SafeString | str:
        return draft_badge(pool.mark)


class BalanceInline(DeskInline):
    model = LedgerAccount
    fields = readonly_fields = ["who", "leads", "last"]
    can_delete = False
    verbose_name_plural = "balances"
    tab = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerAccount]:
        accounts: QuerySet[LedgerAccount] = super().get_queryset(request)
        seen_at = Value(received_at(request), output_field=DateTimeField())
        return accounts.select_related("rep").annotate(seen_at=seen_at).order_by("-balance", "rep__name")

    @display(description="rep")
    def who(self, account: LedgerAccount) -> SafeString:
        return person(account.rep.name)

    @display(description="balance, in leads")
    def leads(self, account: LedgerAccount) -> SafeString:
        return balance_text(account.balance)

    @display(description="last lead")
    def last(self, account: Any) -> SafeString:
        return moment(account.last_at, account.seen_at) if account.last_at else NOTHING


@admin.register(Ledger)
class LedgerAdmin(RecordAdmin):
    publishing_note = "Who is owed a lead, and who has had one in advance. The sum is always 0."
    list_display = ["pool_names", "people", "total", "last_turn"]
    search_fields = ["pools__name"]
    fields = ["pool_names"]
    readonly_fields = ["pool_names"]
    inlines = [BalanceInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ledger]:
        accounts = LedgerAccount.objects.filter(ledger=OuterRef("pk")).order_by().values("ledger")
        ledgers: QuerySet[Ledger] = super().get_queryset(request)
        return ledgers.annotate(
            account_count=Count("accounts"),
            sum=Coalesce(Subquery(accounts.annotate(s=Sum("balance")).values("s")), 0, output_field=BigIntegerField()),
            last=Subquery(
                LedgerAccount.objects.filter(ledger=OuterRef("pk"), last_at__isnull=False)
                .order_by(F("last_at").desc())
                .values("last_at")[:1]
            ),
        ).prefetch_related("pools")

    @display(description="pool")
    def pool_names(self, ledger: Ledger) -> str:
        return ", ".join(pool.name for pool in ledger.pools.all()) or "A pool that is gone"

    @display(description="reps", ordering="account_count")
    def people(self, ledger: Any) -> int:
        return int(ledger.account_count)

    @display(description="sum")
    def total(self, ledger: Any) -> SafeString:
        return badge("0, as it must be", "green") if ledger.sum == 0 else badge(f"{ledger.sum / ONE_LEAD:+.9f}", "red")

    @display(description="last turn", ordering="last")
    def last_turn(self, ledger: Any) -> SafeString:
        return moment(ledger.last, ledger.seen_at)
