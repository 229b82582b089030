"""Proof: what ways of dealing out leads are worth, in worlds whose truth is known and on past deals. No database."""
