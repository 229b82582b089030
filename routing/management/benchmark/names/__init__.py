"""A thousand company names as leads write them, with the account that each belongs to: how well matching finds it."""
