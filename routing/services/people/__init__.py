"""Changes of people that touch more than their own row: somebody leaves, hands over, joins, has a calendar."""
