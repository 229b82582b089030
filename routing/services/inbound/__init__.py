"""Addresses for programs that cannot change what they send: kept, asked, and what comes in there made leads of."""
