"""Hosted forms: their pages, what is sent from them, and the script that shows them in other pages."""
