"""The addresses of the API."""

from __future__ import annotations

from django.urls import path, re_path

from routing.api.views import (
    actions,
    departures,
    imports,
    leads,
    outbox,
    persons,
    pools,
    reps,
    rulebook,
    runs,
    shared_links,
    webhooks,
)
from routing.api.views.configuration import CALLED, path_of, row_view, rows_view
from routing.api.views.docs import DocsView, SchemaView, UnknownAddress
from routing.api.views.fairness import CoverageView, FairnessView
from routing.api.views.inbound import RotateInboundView
from routing.api.views.insights import LoadView, PerformanceView, SpeedView
from routing.api.views.invitations import InviteRepView
from routing.api.views.settings import SettingsView
from routing.api.views.signals import SignalsView

app_name = "api"
ACTIONS = {
    "accept": actions.AcceptView,
    "decline": actions.DeclineView,
    "respond": actions.RespondView,
    "claim": actions.ClaimView,
    "reassign": actions.ReassignView,
    "release": actions.ReleaseView,
    "route": actions.RouteView,
    "spam": actions.SpamView,
    "duplicate": actions.DuplicateView,
    "restore": actions.RestoreView,
    "park": actions.ParkView,
    "match": actions.MatchView,
    "outcome": actions.OutcomeView,
}
urlpatterns = [
    path("leads", leads.LeadsView.as_view(), name="leads"),
    path("leads/import", imports.SendLeadsView.as_view(), name="leads-import"),
    path("leads/<str:id>", leads.LeadView.as_view(), name="lead"),
    path("leads/<str:id>/decisions", leads.DecisionsView.as_view(), name="decisions"),
    path("leads/<str:id>/decisions/latest/why", leads.WhyView.as_view(), name="why"),
    path("leads/<str:id>/timeline", leads.TimelineView.as_view(), name="timeline"),
    path("leads/<str:id>/shared-links", shared_links.SharedLinksView.as_view(), name="shared-links"),
    path("leads/<str:id>/shared-links/<str:link>", shared_links.SharedLinkView.as_view(), name="shared-link"),
    *(path(f"leads/<str:id>/{name}", view.as_view(), name=f"lead-{name}") for name, view in ACTIONS.items()),
    path("persons/search", persons.SearchPersonView.as_view(), name="person-search"),
    path("persons/export", persons.ExportPersonView.as_view(), name="person-export"),
    path("persons/erase", persons.ErasePersonView.as_view(), name="person-erase"),
    path("audit", persons.AuditView.as_view(), name="audit"),
    path("imports", imports.ImportsView.as_view(), name="imports"),
    path("imports/<str:id>", imports.ImportView.as_view(), name="import"),
    path("imports/<str:id>/rows", imports.ImportRowsView.as_view(), name="import-rows"),
    path("imports/<str:id>/confirm", imports.ConfirmImportView.as_view(), name="import-confirm"),
    path("imports/<str:id>/cancel", imports.CancelImportView.as_view(), name="import-cancel"),
    path("imports/<str:id>/undo", imports.UndoImportView.as_view(), name="import-undo"),
    path("signals", SignalsView.as_view(), name="signals"),
    path("settings", SettingsView.as_view(), name="settings"),
    *(path(path_of(section), rows_view(section).as_view(), name=path_of(section)) for section in CALLED),
    *(
        path(f"{path_of(section)}/<str:id>", row_view(section).as_view(), name=f"{path_of(section)}-one")
        for section in CALLED
    ),
    path("reps/<str:id>/pause", reps.PauseRepView.as_view(), name="rep-pause"),
    path("reps/<str:id>/resume", reps.ResumeRepView.as_view(), name="rep-resume"),
    path("reps/<str:id>/invite", InviteRepView.as_view(), name="rep-invite"),
    path("reps/<str:id>/hand-over", departures.HandOverView.as_view(), name="rep-hand-over"),
    path("reps/<str:id>/leaving", departures.LeavingView.as_view(), name="rep-leaving"),
    path("reps/<str:id>/statement", reps.StatementView.as_view(), name="rep-statement"),
    path("pools/<str:id>/members", pools.PoolMembersView.as_view(), name="pool-members"),
    path("pools/<str:id>/members/<str:rep>", pools.PoolMemberView.as_view(), name="pool-member"),
    path("pools/<str:id>/ledger", pools.PoolLedgerView.as_view(), name="pool-ledger"),
    path("pools/<str:id>/pause", pools.PausePoolView.as_view(), name="pool-pause"),
    path("pools/<str:id>/resume", pools.ResumePoolView.as_view(), name="pool-resume"),
    path("pools/<str:id>/end-control", pools.EndControlView.as_view(), name="pool-end-control"),
    path("reps/<str:id>/agent-secret", webhooks.AgentSecretView.as_view(), name="agent-secret"),
    path("inbound/<str:id>/rotate", RotateInboundView.as_view(), name="inbound-rotate"),
    path("webhooks", webhooks.WebhooksView.as_view(), name="webhooks"),
    path("webhooks/<str:id>", webhooks.WebhookView.as_view(), name="webhook"),
    path("webhooks/<str:id>/rotate", webhooks.RotateWebhookView.as_view(), name="webhook-rotate"),
    path("webhooks/<str:id>/test", webhooks.TestWebhookView.as_view(), name="webhook-test"),
    path("webhooks/<str:id>/retry", webhooks.RetryWebhookView.as_view(), name="webhook-retry"),
    path("webhook-deliveries", webhooks.DeliveriesView.as_view(), name="webhook-deliveries"),
    path("webhook-deliveries/<str:id>", webhooks.DeliveryView.as_view(), name="webhook-delivery"),
    path("webhook-deliveries/<str:id>/retry", webhooks.RetryDeliveryView.as_view(), name="webhook-delivery-retry"),
    path("outbox", outbox.OutboxView.as_view(), name="outbox"),
    path("outbox/<str:id>/retry", outbox.RetryMessageView.as_view(), name="outbox-retry"),
    path("routing/pause", rulebook.PauseRoutingView.as_view(), name="routing-pause"),
    path("routing/resume", rulebook.ResumeRoutingView.as_view(), name="routing-resume"),
    path("rulebook/publish", rulebook.PublishView.as_view(), name="publish"),
    path("rulebook/scheduled", rulebook.ScheduledListView.as_view(), name="scheduled"),
    path("rulebook/scheduled/<str:id>", rulebook.ScheduledView.as_view(), name="scheduled-one"),
    path("rulebook/rollback", rulebook.RollbackView.as_view(), name="rollback"),
    path("rulebook/versions", rulebook.VersionsView.as_view(), name="versions"),
    path("rulebook/versions/<str:number>", rulebook.VersionView.as_view(), name="version"),
    path("rulebook/diff", rulebook.DiffView.as_view(), name="diff"),
    path("rulebook/lint", rulebook.LintView.as_view(), name="lint"),
    path("rulebook/repair", runs.RepairView.as_view(), name="repair"),
    path("rulebook/repairs", runs.RepairsView.as_view(), name="repairs"),
    path("rulebook/repairs/<str:id>", runs.RepairRunView.as_view(), name="repair-run"),
    path("rulebook/repairs/<str:id>/cancel", runs.CancelRepairView.as_view(), name="repair-cancel"),
    path("simulations", runs.SimulationsView.as_view(), name="simulations"),
    path("replays", runs.ReplaysView.as_view(), name="replays"),
    path("replays/<str:id>", runs.ReplayView.as_view(), name="replay"),
    path("replays/<str:id>/cancel", runs.CancelReplayView.as_view(), name="replay-cancel"),
    path("presets/<str:name>", rulebook.PresetView.as_view(), name="preset"),
    path("insights/speed", SpeedView.as_view(), name="speed"),
    path("insights/load", LoadView.as_view(), name="load"),
    path("insights/fairness", FairnessView.as_view(), name="fairness"),
    path("insights/coverage", CoverageView.as_view(), name="coverage"),
    path("insights/performance", PerformanceView.as_view(), name="performance"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    re_path("", UnknownAddress.as_view(), name="unknown"),
]
