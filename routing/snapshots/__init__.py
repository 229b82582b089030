"""Rows → engine values and back: the only bilingual place."""
