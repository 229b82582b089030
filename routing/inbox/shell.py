"""What makes the inbox an app on a phone: its manifest, and a worker that keeps the shell, and never a lead."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

HOUR = 3600


@require_safe
@cache_control(max_age=HOUR, public=True)
def manifest(request: HttpRequest) -> HttpResponse:
    icons = [
        {"src": static(f"inbox/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size, purpose in ((192, "any"), (512, "any"), (512, "maskable"))
    ]
    content = {
        "name": "Lead routing inbox", "short_name": "Leads", "id": reverse("inbox:leads"),
        "start_url": reverse("inbox:leads"), "scope": reverse("inbox:leads"), "display": "standalone",
        "background_color": "#f6f6f4", "theme_color": "#f6f6f4", "icons": icons,
    }  # fmt: skip
    return JsonResponse(content, content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """Lies under the inbox's address, so that it serves no other page."""
    return render(request, "inbox/worker.js", content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(max_age=HOUR, public=True)
def offline(request: HttpRequest) -> HttpResponse:
    """Shown by the worker when there is no network."""
    return render(request, "inbox/offline.html")
