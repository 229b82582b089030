"""The sections of a file that are configuration: how rows of a table become documents of it, and documents rows."""
