"""What comes after the decision who may open something, made cheap: thousands of cells are asked.

Everything that decides is the product's: the middleware, the sign-in, the checks of every view, the rows that
somebody may see. Who a session, a user or a key is and what they may do is found out in earnest once for each of
them and remembered, as nothing changes it between two cells. What stands in a page is asserted elsewhere.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from functools import cache
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin, options
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.template import base as templates
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from simple_history.admin import SimpleHistoryAdmin

from leadrouting import security, viewer
from routing.admin import base, dashboard, departures, leads, versions
from routing.api import authentication
from routing.api.views import docs
from routing.services.api_keys import KeyRefused

admin.autodiscover()


@contextmanager
def shortcuts() -> Iterator[None]:
    """Pages stay empty, and nobody is asked twice who they are."""
    logging.disable(logging.CRITICAL)
    try:
        with pytest.MonkeyPatch.context() as patch:
            remember_who_comes(patch)
            remember_rows(patch)
            leave_out_what_is_shown(patch)
            yield
    finally:
        logging.disable(logging.NOTSET)


def remember_who_comes(patch: pytest.MonkeyPatch) -> None:
    load, get_user, permissions = SessionStore.load, ModelBackend.get_user, ModelBackend.get_all_permissions
    sessions, users, rights, keys = {}, {}, {}, {}  # type: ignore[var-annotated]

    def session(self: SessionStore) -> dict[str, Any]:
        key = self.session_key
        if key not in sessions:
            sessions[key] = load(self)
        return dict(sessions[key])

    def user(self: ModelBackend, user_id: int) -> Any:
        if user_id not in users:
            users[user_id] = get_user(self, user_id)
        return copy.copy(users[user_id])  # whatever a cell hangs on to it

    def all_permissions(self: ModelBackend, user_obj: Any, obj: Any = None) -> set[str]:
        who = user_obj.pk, user_obj.is_active, obj
        if who not in rights:
            rights[who] = permissions(self, user_obj, obj)
        return rights[who]

    patch.setattr(SessionStore, "load", session)
    patch.setattr(ModelBackend, "get_user", user)
    patch.setattr(ModelBackend, "get_all_permissions", all_permissions)
    patch.setattr(authentication, "open_with", opened_once(authentication.open_with, keys))


def remember_rows(patch: pytest.MonkeyPatch) -> None:
    """Which row somebody sees under a key: found anew for each method, but not for each page of the row."""
    get_object, rows = ModelAdmin.get_object, {}  # type: ignore[var-annotated]

    def row(self: Any, request: Any, object_id: str, from_field: Any = None) -> Any:
        which = self, request.user.pk, request.method, object_id, from_field
        if which not in rows:
            rows[which] = get_object(self, request, object_id, from_field)
        return copy.copy(rows[which])

    patch.setattr(ModelAdmin, "get_object", row)


def opened_once(open_with: Any, known: dict[str, Any]) -> Any:
    """What a key opens, or that it was refused."""

    def opened(*, secret: str, now: Any) -> Any:
        if secret not in known:
            try:
                known[secret] = open_with(secret=secret, now=now)
            except KeyRefused as refused:
                known[secret] = refused
        if isinstance(known[secret], KeyRefused):
            raise KeyRefused(str(known[secret]))
        return known[secret]

    return opened


def leave_out_what_is_shown(patch: pytest.MonkeyPatch) -> None:
    """Each of these is asked only after the view has let somebody in, and what it answers decides nothing more."""
    full_list = admin.site.get_app_list
    patch.setattr(SimpleTemplateResponse, "rendered_content", "")
    patch.setattr(templates.Template, "render", lambda self, context: SafeString(""))
    patch.setattr(admin.site, "each_context", lambda request: {})
    patch.setattr(
        admin.site, "get_app_list", lambda request, app_label=None: app_label and full_list(request, app_label)
    )
    patch.setattr(viewer.ViewerMiddleware, "zone_of", lambda self, request: UTC)
    patch.setattr(docs, "document", dict)
    for module in (security, viewer):
        patch.setattr(module, "reverse", cache(reverse))
    patch.setattr(dashboard, "dashboard", lambda request, context: context)
    patch.setattr(base, "draft_changes", list)
    patch.setattr(versions, "in_words", lambda content: {})
    patch.setattr(versions.RulebookVersionAdmin, "publish_page", lambda self, *args: HttpResponse())
    patch.setattr(leads.LeadAdmin, "page_context", lambda self, request, lead: {})
    patch.setattr(departures, "belongings", lambda rep: {})
    leave_out_rows_and_forms(patch)


def leave_out_rows_and_forms(patch: pytest.MonkeyPatch) -> None:
    """Lists without rows, forms without the rows below them; the class of a form is made once for each of us."""
    get_form, forms = ModelAdmin.get_form, {}  # type: ignore[var-annotated]

    def form_class(self: Any, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        which = self, request.user.pk, getattr(obj, "pk", None), change, str(kwargs.get("fields"))
        if which not in forms:
            forms[which] = get_form(self, request, obj, change, **kwargs)
        return forms[which]

    patch.setattr(ModelAdmin, "get_form", form_class)
    patch.setattr(ModelAdmin, "_create_formsets", lambda self, request, obj, change: ([], []))
    patch.setattr(options, "get_deleted_objects", lambda objs, request, site: ([], {}, set(), []))
    patch.setattr(SimpleHistoryAdmin, "set_history_delta_changes", lambda self, *args, **kwargs: None)
    for page in admin.site._registry.values():
        patch.setattr(page.get_changelist(None), "get_results", no_rows)


def no_rows(self: Any, request: Any) -> None:
    self.result_list = self.queryset.none()
    self.result_count = self.full_result_count = 0
    self.show_full_result_count = self.show_admin_actions = self.can_show_all = self.multi_page = False
    self.paginator = self.model_admin.get_paginator(request, self.result_list, self.list_per_page)
