"""What makes a submission suspicious. It is kept for review, never dropped."""

from __future__ import annotations

from routing.intake.domains import is_disposable, registrable_domain


def screen_reason(*, email: str, honeypot: str = "") -> str:
    """Why a person should look at this lead first; empty if there is no reason.

    `honeypot` is what was sent in a field that people do not see.
    """
    if honeypot.strip():
        return "A field that people do not see was filled in."
    domain = email.rpartition("@")[2]
    if domain and (is_disposable(domain) or is_disposable(registrable_domain(domain))):
        return f"Disposable e-mail address ({domain[:100]})."
    return ""
