"""Lists as files: CSV and XLSX of what a page lists, row by row, in little memory."""

from __future__ import annotations

from routing.services.exports.tables import EXPORTS, MOST_XLSX_ROWS, Export, TooMany, csv_of, xlsx_of

__all__ = ["EXPORTS", "MOST_XLSX_ROWS", "Export", "TooMany", "csv_of", "xlsx_of"]
