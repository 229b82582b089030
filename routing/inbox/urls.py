"""The addresses of the inbox, and of the links in alerts."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from routing.inbox import alerts, lead, leads, links, mine, shell, signing_in

app_name = "inbox"
one_lead: list[URLPattern] = [
    path("", lead.lead, name="lead"),
    path("accept/", lead.accept, name="accept"),
    path("decline/", lead.decline, name="decline"),
    path("take/", lead.take, name="take"),
    path("answer/", lead.answer, name="answer"),
    path("call/", lead.call, name="call"),
    path("mail/", lead.mail, name="mail"),
    path("outcome/", lead.outcome, name="outcome"),
    path("pass/", lead.pass_on, name="pass_on"),
]
pages: list[URLPattern | URLResolver] = [
    path("", leads.leads, name="leads"),
    path("pulse/", leads.pulse, name="pulse"),
    path("leads/<uuid:uuid>/", include(one_lead)),
    path("availability/", mine.availability, name="availability"),
    path("availability/pause/", mine.pause, name="pause"),
    path("availability/resume/", mine.resume, name="resume"),
    path("leave/", mine.leave, name="leave"),
    path("leave/calendar/", mine.calendar, name="calendar"),
    path("leave/<uuid:uuid>/", mine.change_leave, name="change_leave"),
    path("leave/<uuid:uuid>/remove/", mine.remove_leave, name="remove_leave"),
    path("numbers/", mine.numbers, name="numbers"),
    path("settings/", alerts.settings, name="settings"),
    path("settings/ways/", alerts.arrange, name="arrange_ways"),
    path("settings/ways/add/", alerts.add, name="add_way"),
    path("settings/quiet/", alerts.quiet, name="quiet"),
    path("settings/test-alert/", alerts.test_alert, name="test_alert"),
    path("login/", signing_in.SignIn.as_view(), name="login"),
    path("logout/", signing_in.SignOut.as_view(), name="logout"),
    path("password/", signing_in.forgot, name="forgot"),
    path("password/<uidb64>/<token>/", signing_in.SetPassword.as_view(), name="set_password"),
    path("manifest.webmanifest", shell.manifest, name="manifest"),
    path("worker.js", shell.worker, name="worker"),
    path("offline/", shell.offline, name="offline"),
]
urlpatterns = [path("a/<str:token>", links.link, name="link"), path("inbox/", include(pages))]
