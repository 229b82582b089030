"""Conditions of rules in the admin: the form that builds them, what fields can be, and how many leads they match."""
