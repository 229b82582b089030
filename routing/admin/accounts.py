"""Accounts with their domains, other names and people."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import display

from reps.admin_base import DeskInline, HistoryAdmin
from reps.admin_display import NOTHING, badge, person, two_lines
from routing.admin.account_page import account_context
from routing.admin.base import ChosenPersonForm, GuardedPage, ManagedForm
from routing.admin.exports import Exported
from routing.intake.domains import NotAnAccountDomain, account_domain
from routing.models import Account, AccountAlias, AccountDomain, AccountPerson
from routing.services import manage

STAGE_TONES = {Account.Stage.CUSTOMER: "green", Account.Stage.PROSPECT: "blue", Account.Stage.FORMER: "neutral"}


class DomainForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    """Whatever is entered, a web address even, becomes the registrable domain."""

    class Meta:
        model = AccountDomain
        fields = ["domain", "excluded"]
        help_texts = {
            "domain": "Of their mail or web site, such as globex.com. A whole web address is cut down to it.",
        }

    def clean(self) -> dict[str, Any] | None:
        values = super().clean()
        if domain := self.cleaned_data.get("domain"):
            try:
                self.cleaned_data["domain"] = account_domain(domain, excluded=self.cleaned_data["excluded"])
            except NotAnAccountDomain as error:
                self.add_error("domain", str(error))
        return values


class AliasForm(forms.ModelForm):  # type: ignore[type-arg]  # as above
    class Meta:
        model = AccountAlias
        fields = ["name"]
        help_texts = {"name": "Such as a brand or an abbreviation; leads are matched by it as by the account's name."}


class AccountPersonForm(ChosenPersonForm):
    class Meta:
        model = AccountPerson
        fields = ["role", "rep"]
        help_texts = {
            "role": "Such as csm, sdr or deal_owner, or a name of your own. A rule can send leads to it.",
            "rep": "Who has this role on the account.",
        }


class AccountForm(ManagedForm):
    class Meta:
        model = Account
        fields: ClassVar[list[str]] = []  # the page says which
        help_texts = {
            "name": "Leads are matched by it too; legal form, case and accents make no difference.",
            "parent": "The account that this one is part of, such as its group. Empty: it stands alone.",
            "owner": "Who gets its leads where a rule sends them to the owner of the account. Empty: nobody.",
            "stage": "What they are to you. Rules ask for it as account.stage; of several that match a customer wins.",
            "target": "A company that you want to win. Rules ask for it as account.target.",
            "industry": "In words of your own, such as energy. Rules ask for it as account.industry.",
            "employees": "How many people work there; rules ask for it as account.employees. Empty: not known.",
            "country": "ISO 3166-1 code, such as US. Rules ask for it as account.country. Empty: not known.",
            "region": "ISO 3166-2 code, such as US-TX. It supports a match by the company's name.",
            "phone": "With its country code, such as +17135550100. It supports a match by the company's name.",
            "postal_code": "With its leading zeros, such as 01067. It supports a match by the company's name.",
        }


class DomainInline(DeskInline):
    model = AccountDomain
    form = DomainForm
    verbose_name_plural = "domains"


class AliasInline(DeskInline):
    model = AccountAlias
    form = AliasForm
    verbose_name_plural = "other names"


class PersonInline(DeskInline):
    model = AccountPerson
    form = AccountPersonForm
    autocomplete_fields = ["rep"]
    verbose_name_plural = "our people"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccountPerson]:
        return super().get_queryset(request).select_related("rep")


@admin.register(Account)
class AccountAdmin(Exported, GuardedPage, HistoryAdmin):
    exports = ("accounts",)
    imports = "accounts"
    form = AccountForm
    list_display = ["company", "owned_by", "stage_badge", "size", "place", "lead_count"]
    list_display_links = ["company"]
    list_select_related = ["owner", "parent"]
    list_filter = [
        ("stage", ChoicesDropdownFilter),
        ("target", BooleanRadioFilter),
        ("owner", AutocompleteSelectFilter),
        ("parent", AutocompleteSelectFilter),
    ]
    search_fields = ["name", "domains__domain", "aliases__name"]
    autocomplete_fields = ["owner", "parent"]
    inlines = [DomainInline, AliasInline, PersonInline]
    change_form_outer_after_template = "admin/routing/account_around.html"
    empty_hint = "Accounts are the companies you know. Leads are matched to them by domain and name."
    publishing_note = "The owner of an account gets its leads where a rule says so."
    fieldsets = [
        (None, {"fields": [("name", "parent"), ("owner", "stage"), "target"]}),
        (
            "What we know",
            {"fields": [("industry", "employees"), ("country", "region"), ("postal_code", "phone")]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        accounts: QuerySet[Account] = super().get_queryset(request)
        return accounts.annotate(leads_ever=Count("leads", distinct=True)).prefetch_related("domains")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        account = self.get_object(request, object_id) if object_id and request.method == "GET" else None
        around = account_context(account, request) if account else {}
        return super().changeform_view(request, object_id, form_url, around | (extra_context or {}))

    def lock_first(self, request: HttpRequest, object_id: str) -> None:
        list(Account.objects.filter(pk=object_id).select_for_update(no_key=True).values_list("pk"))

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        manage.save_account(account=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not AccountAlias:
            super().save_formset(request, form, formset, change)
            return
        for alias in formset.save(commit=False):
            manage.save_alias(alias=alias)
        for alias in formset.deleted_objects:
            manage.remove_alias(alias=alias)

    @display(description="account", ordering="name")
    def company(self, account: Account) -> SafeString:
        domains = ", ".join(d.domain for d in account.domains.all() if not d.excluded)
        return two_lines(account.name, domains)

    @display(description="owner", ordering="owner__name")
    def owned_by(self, account: Account) -> SafeString:
        return person(account.owner.name) if account.owner else NOTHING

    @display(description="stage", ordering="stage")
    def stage_badge(self, account: Account) -> SafeString:
        shown = badge(account.get_stage_display(), STAGE_TONES.get(Account.Stage(account.stage), "neutral"))
        return shown + badge("Target", "violet") if account.target else shown

    @display(description="employees", ordering="employees")
    def size(self, account: Account) -> str | SafeString:
        return f"{account.employees:,}" if account.employees is not None else NOTHING

    @display(description="place", ordering="country")
    def place(self, account: Account) -> str | SafeString:
        return account.region or account.country or NOTHING

    @display(description="leads", ordering="leads_ever")
    def lead_count(self, account: Any) -> int:
        return int(account.leads_ever)
