"""The demo company: made to look around in, and removed without a trace."""

from __future__ import annotations

from routing.services.demo.create import DemoCompany, NotEmpty, create_demo_company, example_lead
from routing.services.demo.remove import Removed, remove_demo_company

__all__ = ["DemoCompany", "NotEmpty", "Removed", "create_demo_company", "example_lead", "remove_demo_company"]
