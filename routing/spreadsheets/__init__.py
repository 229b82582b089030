"""Tables as files: CSV, XLSX and JSON Lines, read and written as streams of rows."""
