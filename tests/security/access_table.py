"""Who may open what: every address of the product. What is not listed here is refused, and fails the test.

`read` holds for GET, HEAD and OPTIONS, `write` for POST (and PUT, PATCH, DELETE of the API). An address of the admin
that belongs to a table of rows (list, add, change, history, delete) is listed by its model in
tests/admin/test_roles.py, one of the API by its scope in tests/api/test_keys_and_scopes.py; all else below, by name.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from django.db import models

from routing.models import Scope
from routing.services.access import Role
from tests.admin.test_roles import ADDS, DELETES, SEES
from tests.security.routes import Route

# --- who comes ---------------------------------------------------------------------------------------------------
ANONYMOUS, DEACTIVATED, NO_ROLE = "anonymous", "deactivated", "user without role"
REP_A, REP_B = "rep A", "rep B"  # the rows are rep B's
MANAGER, OPS, READ_ONLY, ADMIN = "manager of another team", "sales ops", "read-only", "admin"
FORM, REVOKED, EXPIRED, KEY_OF_A = "form id as key", "revoked key", "expired key", "key of rep A"
KEYS = {f"key for {scope}": scope for scope in Scope.values}
PEOPLE = (ANONYMOUS, DEACTIVATED, NO_ROLE, REP_A, REP_B, MANAGER, OPS, READ_ONLY, ADMIN)
PROGRAMS = (FORM, REVOKED, EXPIRED, KEY_OF_A, *KEYS)
EVERYBODY = frozenset(PEOPLE + PROGRAMS)
STAFF = frozenset({NO_ROLE, REP_A, REP_B, MANAGER, OPS, READ_ONLY, ADMIN})  # reps may be staff; here they are
SIGNED_IN = STAFF
REPS = frozenset({REP_A, REP_B, MANAGER})  # the manager is a rep, too
LOOKS = frozenset({MANAGER, OPS, READ_ONLY, ADMIN})
ACTS = frozenset({MANAGER, OPS, ADMIN})
DRAFTS = frozenset({OPS, ADMIN})
NOBODY: frozenset[str] = frozenset()
ROLE_OF = {MANAGER: Role.MANAGER, OPS: Role.SALES_OPS, READ_ONLY: Role.READ_ONLY, ADMIN: Role.ADMIN}
BY_ROLE = {role: name for name, role in ROLE_OF.items()}


class Access(NamedTuple):
    """Who may read, and who may write; nobody, unless they are named."""

    read: frozenset[str] = NOBODY
    write: frozenset[str] = NOBODY


OWN_LEAD = Access(frozenset({REP_B}))
ACT_ON_OWN_LEAD = Access(write=frozenset({REP_B}))

OUTSIDE: dict[str, Access] = {
    "healthz": Access(EVERYBODY),
    "readyz": Access(EVERYBODY),
    "metrics": Access(EVERYBODY),  # no personal data; the proxy lets only monitoring reach it
    "api:schema": Access(EVERYBODY),
    "api:docs": Access(EVERYBODY),
    "forms:form": Access(EVERYBODY, EVERYBODY),
    "forms:embed": Access(EVERYBODY),
    "forms:thanks": Access(),  # the address itself is the key, and the one asked for is wrong
    "inbound:receive": Access(write=EVERYBODY),  # the address itself is the key
    "shared:lead": Access(EVERYBODY),  # the address itself is the key
    # the address itself is the key (but not for somebody else who is signed in); acting needs its page as well
    "inbox:link": Access(EVERYBODY - {REP_A, MANAGER}),
}
INBOX: dict[str, Access] = {
    "inbox:login": Access(EVERYBODY, EVERYBODY),
    "inbox:logout": Access(write=EVERYBODY),
    "inbox:forgot": Access(EVERYBODY, EVERYBODY),
    "inbox:set_password": Access(EVERYBODY, EVERYBODY),
    "inbox:manifest": Access(EVERYBODY),
    "inbox:worker": Access(EVERYBODY),
    "inbox:offline": Access(EVERYBODY),
    "inbox:leads": Access(REPS),
    "inbox:pulse": Access(REPS),
    "inbox:lead": OWN_LEAD,
    "inbox:accept": ACT_ON_OWN_LEAD,
    "inbox:decline": Access(frozenset({REP_B}), frozenset({REP_B})),
    "inbox:take": ACT_ON_OWN_LEAD,
    "inbox:answer": ACT_ON_OWN_LEAD,
    "inbox:call": ACT_ON_OWN_LEAD,
    "inbox:mail": ACT_ON_OWN_LEAD,
    "inbox:outcome": ACT_ON_OWN_LEAD,
    "inbox:pass_on": ACT_ON_OWN_LEAD,
    "inbox:availability": Access(REPS),
    "inbox:pause": Access(write=REPS),
    "inbox:resume": Access(write=REPS),
    "inbox:leave": Access(REPS, REPS),
    "inbox:calendar": Access(write=REPS),
    "inbox:change_leave": Access(frozenset({REP_B}), frozenset({REP_B})),
    "inbox:remove_leave": Access(write=REPS),  # what is gone, or never was theirs, is answered alike
    "inbox:numbers": Access(REPS),
    "inbox:settings": Access(REPS),
    "inbox:arrange_ways": Access(write=REPS),
    "inbox:add_way": Access(write=REPS),
    "inbox:quiet": Access(write=REPS),
    "inbox:test_alert": Access(write=REPS),
}
ADMIN_PAGES: dict[str, Access] = {
    "admin:index": Access(STAFF, STAFF),
    "admin:login": Access(EVERYBODY, EVERYBODY),
    "admin:logout": Access(EVERYBODY, EVERYBODY),
    "admin:password_change": Access(STAFF, STAFF),
    "admin:password_change_done": Access(STAFF, STAFF),
    "admin:auth_user_password_change": Access(frozenset({ADMIN}), frozenset({ADMIN})),
    "admin:routing_suppression_person": Access(frozenset({OPS, ADMIN}), frozenset({OPS, ADMIN})),
    "admin:jsi18n": Access(STAFF, STAFF),
    "admin:search": Access(STAFF, STAFF),
    "admin:autocomplete": Access(LOOKS, LOOKS),  # of a field that they see
    "admin:app_list": Access(LOOKS | {REP_A, REP_B}, LOOKS | {REP_A, REP_B}),
    "admin:view_on_site": Access(),  # no model has a page of its own outside
    "admin:routing_lead_route": Access(write=ACTS),
    "admin:routing_lead_do": Access(ACTS, ACTS),
    "admin:routing_lead_share": Access(write=ACTS),
    "admin:routing_lead_unshare": Access(write=ACTS),
    "admin:routing_lead_save_filter": Access(write=LOOKS | {REP_A, REP_B}),
    "admin:routing_lead_remove_filter": Access(),  # only one's own, or what is shared
    "admin:reps_rep_statement": Access(LOOKS, LOOKS),
    "admin:reps_rep_week": Access(LOOKS),
    "admin:reps_rep_coverage": Access(LOOKS),
    "admin:reps_rep_leaving": Access(ACTS, ACTS),
    "admin:reps_rep_do": Access(ACTS, ACTS),
    "admin:routing_pool_control": Access(DRAFTS, DRAFTS),
    "admin:routing_pool_lab": Access(LOOKS, LOOKS),
    "admin:routing_routingsettings_score": Access(LOOKS, LOOKS),
    "admin:routing_pool_ledger": Access(LOOKS, LOOKS),
    "admin:routing_pool_results": Access(LOOKS, LOOKS),
    "admin:routing_pool_pause": Access(write=DRAFTS),
    "admin:routing_signal_topics": Access(LOOKS, LOOKS),  # the test box writes nothing
    "admin:routing_territory_map": Access(LOOKS),
    "admin:routing_heartbeat_jobs": Access(LOOKS, ACTS),
    "admin:routing_work_start": Access(DRAFTS, DRAFTS),
    "admin:routing_work_cancel": Access(write=DRAFTS),
    "admin:routing_work_apply": Access(),  # only what a repair has shown before
    "admin:routing_work_month": Access(),  # only of a run that made one
    "admin:routing_rule_send_test_lead": Access(),  # only of a way that was just chosen in this browser
    "admin:routing_rule_simulate": Access(LOOKS, LOOKS),
    "admin:routing_rule_conditions": Access(LOOKS),
    "admin:routing_rule_count": Access(write=LOOKS),  # reads, but conditions are too long for an address
    "admin:routing_rule_presets": Access(LOOKS, DRAFTS),
    "admin:routing_rulebookversion_publish": Access(LOOKS, DRAFTS),
    "admin:routing_rulebookversion_draft": Access(LOOKS, LOOKS),
    "admin:routing_rulebookversion_again": Access(write=DRAFTS),
    "admin:routing_scheduledversion_cancel": Access(write=DRAFTS),
}
EXPORTS = ("account", "lookuptable", "lead", "ledger", "pool", "territory")
ADMIN_PAGES |= {f"admin:routing_{model}_export": Access(LOOKS, LOOKS) for model in EXPORTS}
ADMIN_PAGES |= {f"admin:reps_{model}_export": Access(LOOKS, LOOKS) for model in ("rep", "timeoff")}
ADMIN_PAGES["admin:routing_lead_export"] = Access(LOOKS | {REP_A, REP_B}, LOOKS | {REP_A, REP_B})  # of one's own leads
ADMIN_PAGES |= {  # of leads: other sections need the right to change what they hold
    "admin:routing_import_upload": Access(ACTS, ACTS),
    "admin:routing_import_template": Access(ACTS, ACTS),
    "admin:routing_import_columns": Access(ACTS, ACTS),
    "admin:routing_import_confirm": Access(write=ACTS),
    "admin:routing_import_cancel": Access(write=ACTS),
    "admin:routing_import_undo": Access(ACTS, ACTS),
    "admin:routing_import_rejected": Access(ACTS, ACTS),
}
ADMIN_PAGES |= {
    "admin:routing_inboundaddress_test": Access(LOOKS, LOOKS),
    "admin:routing_inboundaddress_key": Access(write=DRAFTS),
    "admin:routing_submission_lead": Access(ACTS, ACTS),
    "admin:routing_submission_discard": Access(write=ACTS),
}
ADMIN_PAGES |= {"docs:contents": Access(STAFF), "docs:page": Access(STAFF), "docs:picture": Access(STAFF)}
BY_NAME = OUTSIDE | INBOX | ADMIN_PAGES
IDENTITY: dict[str, Access] = {  # only with MFA or a provider; for those who have typed a password and no code yet
    "account_login": Access(EVERYBODY, EVERYBODY),
    "admin/login/": Access(),  # leads to the one sign-in
    "account_inactive": Access(),
    "account_reauthenticate": Access(),  # only of who has signed in with a password
    "mfa_index": Access(STAFF),
    "mfa_authenticate": Access(STAFF, STAFF),
    "mfa_reauthenticate": Access(),  # these: only of who has an app
    "mfa_activate_totp": Access(STAFF, STAFF),
    "mfa_deactivate_totp": Access(),
    "mfa_view_recovery_codes": Access(),
    "mfa_generate_recovery_codes": Access(STAFF, STAFF),
    "mfa_download_recovery_codes": Access(),
    "openid_connect_login": Access(write=EVERYBODY),
    "openid_connect_callback": Access(),  # only of who was sent there
}
UNNAMED = {
    "api/v1/": Access(),  # unknown addresses of the API: 401 or 404
    r"admin/(?P<url>.*)$": Access(),  # unknown addresses of the admin: not found
}
ELSEWHERE = {"static files": "WhiteNoise answers them before any view; they hold no data and know no roles"}


@cache
def access_of(route: Route) -> Access | None:
    """What is declared for an address; None: nothing is."""
    if route.text in UNNAMED:
        return UNNAMED[route.text]
    if route.text in BY_NAME:
        return BY_NAME[route.text]
    if route.name in BY_NAME:
        return BY_NAME[route.name]
    if route.of_model:
        return of_model(*route.of_model)
    return IDENTITY.get(route.name or route.text)


def of_model(model: type[models.Model], page: str) -> Access:
    label = model._meta.label
    sees, adds, deletes = (
        frozenset(BY_ROLE[role] for role in BY_ROLE if label in table[role]) for table in (SEES, ADDS, DELETES)
    )
    if label in SEES[Role.REP]:
        sees |= {REP_B} if page not in ("changelist",) else {REP_A, REP_B}
    changes = adds | (sees & deletes)
    return {
        "changelist": Access(sees, sees), "history": Access(sees, sees), "simple_history": Access(sees),
        "redirect": Access(STAFF, STAFF), "add": Access(adds, adds), "delete": Access(deletes, deletes),
        "change": Access(sees, CHANGED_WITHOUT_ADDING.get(label, changes)),
    }[page]  # fmt: skip


CHANGED_WITHOUT_ADDING = {"routing.RoutingSettings": frozenset({OPS, ADMIN}), "routing.Departure": frozenset()}
