"""Ledgers: what is owed to whom, of pools and of fairness groups, which are made here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import BigIntegerField, Count, DateTimeField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display

from reps.admin_base import DeskAdmin, DeskInline
from reps.admin_display import NOTHING, badge, moment, person, quiet
from routing.admin.base import received_at
from routing.admin.exports import Exported
from routing.admin.shares import balance_text
from routing.engine.types import ONE_LEAD
from routing.models import Ledger, LedgerAccount
from routing.services import manage


class BalanceInline(DeskInline):
    model = LedgerAccount
    fields = readonly_fields = ["who", "of", "leads", "last"]
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

    @display(description="counted")
    def of(self, account: LedgerAccount) -> SafeString | str:
        parts = [account.turns_by or "every lead", *(["control group"] if account.control else [])]
        return ", ".join(parts)

    @display(description="balance, in leads")
    def leads(self, account: LedgerAccount) -> SafeString:
        return balance_text(account.balance)

    @display(description="last lead")
    def last(self, account: Any) -> SafeString:
        return moment(account.last_at, account.seen_at) if account.last_at else NOTHING


class GroupForm(ModelForm):
    class Meta:
        model = Ledger
        fields: ClassVar[list[str]] = ["name"]
        help_texts = {"name": "What the fairness group is called where pools are put in it, on their own pages."}


@admin.register(Ledger)
class LedgerAdmin(Exported, DeskAdmin):
    exports = ("ledgers",)
    form = GroupForm
    publishing_note = (
        "Who is owed a lead, and who has had one in advance. The sum is always 0. Each pool leads to its picture. A "
        "new one is a fairness group: pools that are put in it share their turns."
    )
    list_display = ["book", "pool_names", "people", "total", "last_turn"]
    list_display_links = ["book"]
    list_filter = [("shared", BooleanRadioFilter)]
    search_fields = ["name", "pools__name"]
    readonly_fields = ["pool_names"]
    inlines = [BalanceInline]
    empty_hint = "Every pool has a ledger. A fairness group is a ledger that several pools share."

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
        ).prefetch_related("pools", "group_pools")

    def get_fields(self, request: HttpRequest, obj: Ledger | None = None) -> list[str]:
        return ["name", "pool_names"] if obj else ["name"]

    def get_inlines(self, request: HttpRequest, obj: Ledger | None) -> list[Any]:
        return list(self.inlines) if obj else []

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> Any:
        """A pool chooses among fairness groups."""
        found, several = super().get_search_results(request, queryset, term)
        return (found.filter(shared=True) if request.path.endswith("/autocomplete/") else found), several

    def has_change_permission(self, request: HttpRequest, obj: Ledger | None = None) -> bool:
        """Only a fairness group has a name of its own."""
        return super().has_change_permission(request, obj) and (obj is None or obj.shared)

    def has_delete_permission(self, request: HttpRequest, obj: Ledger | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.shared)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without deleting several at once: each may still be used by something."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def save_model(self, request: HttpRequest, obj: Ledger, form: Any, change: bool) -> None:
        if change:
            manage.rename_fairness_group(group=obj, name=obj.name)
            return
        obj.pk = manage.create_fairness_group(name=obj.name).pk

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except manage.StillUsed as error:
            for use in error.uses:
                messages.error(request, f"It is still used. {use}")
            return HttpResponseRedirect(reverse("admin:routing_ledger_change", args=[object_id]))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What still uses it, the service says."""
        return [str(obj) for obj in objs], {"fairness groups": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Ledger) -> None:
        manage.remove_fairness_group(group=obj)

    @display(description="ledger", ordering="name")
    def book(self, ledger: Ledger) -> SafeString | str:
        if ledger.shared:
            return format_html("{} {}", ledger.name, badge("Fairness group", "violet"))
        return ", ".join(pool.name for pool in ledger.pools.all()) or "A pool that is gone"

    @display(description="pools")
    def pool_names(self, ledger: Ledger) -> SafeString | str:
        pools = ledger.group_pools.all() if ledger.shared else ledger.pools.all()
        pages = [(reverse("admin:routing_pool_ledger", args=[pool.pk]), pool.name) for pool in pools]
        return format_html_join(", ", '<a class="lr-link" href="{}">{}</a>', pages) or quiet("none")

    @display(description="reps", ordering="account_count")
    def people(self, ledger: Any) -> int:
        return int(ledger.account_count)

    @display(description="sum")
    def total(self, ledger: Any) -> SafeString:
        return badge("0, as it must be", "green") if ledger.sum == 0 else badge(f"{ledger.sum / ONE_LEAD:+.9f}", "red")

    @display(description="last turn", ordering="last")
    def last_turn(self, ledger: Any) -> SafeString:
        return moment(ledger.last, ledger.seen_at)
