"""What each address of the API does: one service call or one query each."""
