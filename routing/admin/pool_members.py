"""The members of a pool on its page: weights, the share that each results in, and balances."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import BigIntegerField, DateTimeField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from reps.admin_base import DeskInline
from reps.admin_display import quiet, two_lines
from reps.admin_fields import CapsField
from routing.admin.base import ChosenPersonForm, received_at
from routing.admin.shares import balance_text, ramp_text, share_bar
from routing.models import LedgerAccount, PoolMember
from routing.services.pool_ledgers import ramp_of


class MemberForm(ChosenPersonForm):
    caps = CapsField(
        label="Limits", compact=True, help_text="The most leads that they may get from this pool. Empty: no limit."
    )

    class Meta:
        model = PoolMember
        fields: ClassVar[list[str]] = []  # the page says which
        labels = {"ramp_weeks": "Ramp, in weeks"}
        help_texts = {
            "rep": "Who takes turns here. Whoever is off shift, on leave or at a limit is passed over.",
            "weight": "2 gets twice the leads of 1. The share beside it follows.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["weight"] = f"{self.instance.weight.normalize():f}"


class MemberInline(DeskInline):
    model = PoolMember
    form = MemberForm
    fields = ["rep", "weight", "ramp_weeks", "share", "balance", "caps"]
    readonly_fields = ["share", "balance"]
    autocomplete_fields = ["rep"]
    verbose_name, verbose_name_plural = "member", "members (live at once)"
    tab = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PoolMember]:
        book = Coalesce(OuterRef("pool__fairness_group"), OuterRef("pool__ledger"))
        account = LedgerAccount.objects.filter(ledger=book, rep=OuterRef("rep")).order_by().values("rep")
        together = (
            PoolMember.objects.filter(pool=OuterRef("pool")).order_by().values("pool").annotate(sum=Sum("weight"))
        )
        members: QuerySet[PoolMember] = super().get_queryset(request).select_related("rep")
        return members.annotate(
            seen_at=Value(received_at(request), output_field=DateTimeField()),
            all_weights=Subquery(together.values("sum")),
            ledger_balance=Coalesce(
                Subquery(account.annotate(sum=Sum("balance")).values("sum")), 0, output_field=BigIntegerField()
            ),
        )

    @display(description="resulting share")
    def share(self, member: Any) -> SafeString:
        total = getattr(member, "all_weights", None)
        if not total:
            return quiet("after saving")
        percent = Decimal(member.weight) * 100 / Decimal(str(total))
        ramp = ramp_of(member, now=member.seen_at)
        bar = share_bar(float(percent))
        return two_lines(bar, quiet(ramp_text(float(member.weight), ramp))) if ramp else bar

    @display(description="balance")
    def balance(self, member: Any) -> SafeString:
        return balance_text(getattr(member, "ledger_balance", 0))
