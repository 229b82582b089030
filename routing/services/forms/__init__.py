"""Hosted forms as visitors meet them: what is asked, in which words, and what is said after sending."""
