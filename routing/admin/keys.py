"""API keys, users and their roles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from reps.admin_base import DeskAdmin
from reps.admin_display import NOTHING, badge, moment, person, quiet
from routing.admin.base import note_named
from routing.admin.bulk import ActsOnMany
from routing.admin.bulk.connections import KEY_ACTS, SHOWN_ONCE
from routing.clock import current_time
from routing.models import ApiKey, Scope
from routing.services.access import Role
from routing.services.api_keys import (
    FORMER,
    WARNED_BEFORE,
    NotForReps,
    check_scopes_of_rep,
    create_api_key,
    to_look_after,
)


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label="May",
        choices=[(value, f"{label} ({value})") for value, label in Scope.choices],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="What a program can do with the key. Tick no more than it needs.",
    )

    class Meta:
        model = ApiKey
        fields = ["name", "scopes", "rep", "test_email", "expires_at"]
        help_texts = {
            "name": "Which program uses it, such as website or CRM.",
            "rep": "The program acts for this rep, and reads and changes their leads alone. Empty: all leads.",
            "expires_at": "From then on the key opens nothing. Empty: it works until it is revoked.",
        }

    def clean(self) -> Any:
        values = super().clean()
        if self.cleaned_data.get("rep"):
            try:
                check_scopes_of_rep(self.cleaned_data.get("scopes", ()))
            except NotForReps as error:
                self.add_error("scopes", str(error))
        return values

    def clean_expires_at(self) -> datetime | None:
        ends: datetime | None = self.cleaned_data["expires_at"]
        if ends and "expires_at" in self.changed_data and ends <= current_time():
            raise forms.ValidationError("This lies in the past. Choose a later time. “Revoke at once” ends a key now.")
        return ends


@admin.register(ApiKey)
class ApiKeyAdmin(ActsOnMany, DeskAdmin):
    form = ApiKeyForm
    list_display = ["name", "begins", "may", "state", "ends", "used"]
    list_select_related = ["rep"]
    list_filter = [("rep", RelatedDropdownFilter)]
    search_fields = ["name", "prefix"]
    autocomplete_fields = ["rep"]
    readonly_fields = ["begins", "state", "used", "made"]
    bulk = KEY_ACTS
    change_form_outer_after_template = "admin/routing/key_after.html"
    empty_hint = "Forms and other programs send in leads with a key."
    publishing_note = "The secret is shown once, when the key is made. Only a hash of it is kept."

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        keys: QuerySet[ApiKey] = super().get_queryset(request)
        return keys.annotate(former_of=Min("replaced_by__name"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        known = [("begins", "state"), ("used", "made")] if obj else []
        return [("name", "test_email"), "scopes", ("rep", "expires_at"), *known]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        key: ApiKey | None = kwargs.get("obj")
        live = key is not None and key.revoked_at is None
        context["key_to_end"] = key if live and self.has_change_permission(request, key) else None
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            note_named(request, "key.changed", obj)
            return
        made = create_api_key(
            name=obj.name, scopes=obj.scopes, test_email=obj.test_email, expires_at=obj.expires_at, rep=obj.rep
        )
        obj.pk = made.key.pk
        note_named(request, "key.made", made.key)
        messages.warning(request, format_html(SHOWN_ONCE, "key", made.key.name, made.secret, ""))

    def delete_model(self, request: HttpRequest, obj: ApiKey) -> None:
        note_named(request, "key.deleted", obj)
        super().delete_model(request, obj)

    @display(description="begins with")
    def begins(self, key: ApiKey) -> SafeString:
        return format_html("<code>{}…</code>", key.prefix)

    @display(description="may")
    def may(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @display(description="state")
    def state(self, key: Any) -> SafeString:
        if key.revoked_at:
            return badge("Revoked", "red", f"{key.revoked_at:%Y-%m-%d %H:%M} UTC")
        if key.expires_at and key.expires_at <= key.seen_at:
            return badge("Expired", "red")
        if key.former_of:
            return badge("Former secret", "amber", f"Exchanged: {key.former_of} has a new one.")
        if key.expires_at and key.expires_at - key.seen_at < WARNED_BEFORE:
            return badge("Ends soon", "amber", "Exchange its secret, or choose another day.")
        return badge("Usable", "green")

    @display(description="ends", ordering="expires_at")
    def ends(self, key: Any) -> SafeString:
        return moment(key.expires_at, key.seen_at) if key.expires_at else quiet("never")

    @display(description="last used", ordering="last_used_at")
    def used(self, key: Any) -> SafeString:
        return moment(key.last_used_at, key.seen_at) if key.last_used_at else quiet("never")

    @display(description="made", ordering="created_at")
    def made(self, key: Any) -> SafeString:
        return moment(key.created_at, key.seen_at)


def keys_to_look_after(now: datetime) -> list[dict[str, str]]:
    """Keys of which somebody should hear before a program stops working."""
    return [
        {"url": reverse("admin:routing_apikey_change", args=[key.pk]), "name": key.name, "text": _why(key, now)}
        for key in to_look_after(now=now)
    ]


def _why(key: ApiKey, now: datetime) -> str:
    ends = f"{timezone.localtime(key.expires_at):%-d %B, %H:%M}"
    if key.expires_at and key.expires_at <= now:
        return f"ended on {ends}, and was in use until then. Exchange its secret, or choose another day."
    if key.name.endswith(FORMER):
        return f"is still used and ends on {ends}. Give the program the new secret before."
    return f"ends on {ends}. Exchange its secret, or choose another day."


admin.site.unregister(User)
admin.site.unregister(Group)
Group._meta.verbose_name, Group._meta.verbose_name_plural = "role", "roles"  # the menu and the docs say role


class UserForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        labels = {"is_staff": "Opens this admin", "is_superuser": "Owner", "groups": "Roles"}
        help_texts = {
            "is_active": "Switched off, they cannot sign in. Nothing of theirs is deleted.",
            "is_staff": "Otherwise they see only the inbox.",
            "is_superuser": "May do everything in this installation, whatever their roles say.",
            "first_name": "Together with the last name: what lists and the audit log call them.",
            "last_name": "Together with the first name. Both empty: they are called by their username.",
            "email": "Where the link to a new password goes. Empty: they cannot ask for one.",
            "groups": "What somebody may see and change. A user without a role sees next to nothing.",
        }


class RoleForm(forms.ModelForm):
    class Meta:
        model = Group
        fields = ["name", "permissions"]
        help_texts = {
            "name": "By it people are given the role on their page under Users.",
            "permissions": "What people with this role may do, besides what their other roles allow.",
        }


@admin.register(User)
class UserAdmin(DjangoUserAdmin, DeskAdmin):  # type: ignore[misc]  # Django declares its paginator narrowly
    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["who", "roles", "as_rep", "state", "seen"]
    list_display_links = ["who"]
    list_select_related = ["rep"]
    list_filter = [("groups", RelatedDropdownFilter), ("is_active", BooleanRadioFilter)]
    search_fields = ["username", "first_name", "last_name", "email"]
    filter_horizontal = []
    autocomplete_fields = ["groups"]
    publishing_note = "A role says what somebody may see and change. A sales rep sees only their own leads."
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": [("first_name", "last_name"), "email"]}),
        ("Access", {"fields": ["groups", "is_active", "is_staff", "is_superuser"]}),
        ("Dates", {"fields": [("last_login", "date_joined")]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    add_fieldsets = [(None, {"fields": ["username", "usable_password", "password1", "password2"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.prefetch_related("groups")

    @display(description="user", ordering="username")
    def who(self, user: User) -> SafeString:
        name = user.get_full_name()
        return person(name or user.username, user.username if name else user.email)

    @display(description="roles")
    def roles(self, user: User) -> SafeString | str:
        names = [group.name for group in user.groups.all()]
        if user.is_superuser:
            names.insert(0, "Owner of this installation")
        return ", ".join(names) or NOTHING

    @display(description="rep")
    def as_rep(self, user: Any) -> SafeString | str:
        return user.rep.name if hasattr(user, "rep") else NOTHING

    @display(description="state", ordering="is_active")
    def state(self, user: User) -> SafeString:
        if not user.is_active:
            return badge("Inactive", "neutral")
        return badge("Can sign in", "green") if user.is_staff else badge("No access here", "amber", "Not staff")

    @display(description="last sign-in", ordering="last_login")
    def seen(self, user: Any) -> SafeString:
        return moment(user.last_login, user.seen_at) if user.last_login else quiet("never")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, DeskAdmin):  # type: ignore[misc]  # as above
    form = RoleForm
    list_display = ["name", "kind", "people"]
    publishing_note = "Built-in roles are set anew at every upgrade. Make a role of your own for exceptions."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        groups: QuerySet[Group] = super().get_queryset(request)
        return groups.annotate(user_count=Count("user"))

    @display(description="kind")
    def kind(self, group: Group) -> SafeString:
        built_in = group.name in [role.value for role in Role]
        return badge("Built in", "neutral") if built_in else badge("Your own", "blue")

    @display(description="people", ordering="user_count")
    def people(self, group: Any) -> int:
        return int(group.user_count)
