"""The addresses of the API."""

from __future__ import annotations

from django.urls import path, re_path

from routing.api.views.docs import DocsView, SchemaView, UnknownAddress
from routing.api.views.leads import DecisionsView, LeadsView, LeadView, TimelineView
from routing.api.views.pools import PoolLedgerView, PoolMembersView, PoolsView, PoolView
from routing.api.views.reps import RepsView, RepView
from routing.api.views.rulebook import DiffView, PublishView, VersionsView

app_name = "api"
urlpatterns = [
    path("leads", LeadsView.as_view(), name="leads"),
    path("leads/<str:id>", LeadView.as_view(), name="lead"),
    path("leads/<str:id>/decisions", DecisionsView.as_view(), name="decisions"),
    path("leads/<str:id>/timeline", TimelineView.as_view(), name="timeline"),
    path("reps", RepsView.as_view(), name="reps"),
    path("reps/<str:id>", RepView.as_view(), name="rep"),
    path("pools", PoolsView.as_view(), name="pools"),
    path("pools/<str:id>", PoolView.as_view(), name="pool"),
    path("pools/<str:id>/members", PoolMembersView.as_view(), name="pool-members"),
    path("pools/<str:id>/ledger", PoolLedgerView.as_view(), name="pool-ledger"),
    path("rulebook/publish", PublishView.as_view(), name="publish"),
    path("rulebook/versions", VersionsView.as_view(), name="versions"),
    path("rulebook/diff", DiffView.as_view(), name="diff"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    re_path("", UnknownAddress.as_view(), name="unknown"),
]
