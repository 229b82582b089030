"""PostgreSQL whose silence is noticed (base.py)."""
