"""The report of a month: figures that are kept, and the workbook that shows them."""

from __future__ import annotations

import routing.spreadsheets  # noqa: F401  it loads openpyxl, without what nobody needs of it
from routing.services.monthly_report.figures import month_figures, read_asked, run_month
from routing.services.monthly_report.months import Month, NoSuchMonth, month_before, read_month
from routing.services.monthly_report.workbook import write_workbook

__all__ = [
    "Month",
    "NoSuchMonth",
    "month_before",
    "month_figures",
    "read_asked",
    "read_month",
    "run_month",
    "write_workbook",
]
