"""What comes in at forms and inbound addresses: kept as it came, then made leads of."""
