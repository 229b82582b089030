"""Setting up the second step."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.totp.views import ActivateTOTPView
from django.http import HttpResponse

from routing.clock import current_time
from routing.services.privacy.audit_log import note


class Activate(ActivateTOTPView):
    """The first code of a new app proves the second step: nobody is asked for it again at once."""

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        user: Any = self.request.user
        record_authentication(self.request, user, "mfa", type="totp")
        self.request.session.cycle_key()
        note(action="second_step.set_up", user=user, subject=user, now=current_time())
        return answer
