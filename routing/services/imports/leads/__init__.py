"""Leads from a file: what a row says, what it is, how it becomes a lead, who would get it, how it is taken back."""
