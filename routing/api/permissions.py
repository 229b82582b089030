"""What a key may do: one scope for each method of each view, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from routing.api.authentication import key_of

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which reads this class from the settings while it loads


class HasScope(BasePermission):
    """The key must have the scope that the view names for the method. A method without a scope is refused."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.auth is None:
            return False
        method = "get" if request.method == "HEAD" else str(request.method).lower()
        if method == "options":
            return True
        if method not in view.http_method_names or not hasattr(view, method):
            return True  # so that the answer is 405
        scope = getattr(view, "scopes", {}).get(method)
        self.message = f"This key lacks the scope {scope}."
        return scope is not None and scope in key_of(request).scopes
